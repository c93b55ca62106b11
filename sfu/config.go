package sfu

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"time"

	"omezle/sfu/relay/bandwidth"
)

// Config is what operators set about relayed calls.
type Config struct {
	Listen    string    `help:"UDP address of media, IP:PORT or :PORT"`
	Advertise []Address `help:"addresses at which browsers reach this node, with a port where it is not listen's: 203.0.113.7 or 203.0.113.7:443; empty: those of this machine"`
	Shards    int       `unit:"ports" help:"UDP ports at the most, from listen's upwards, each the work of one core; the next is opened when those in use are busy; 0: as many as there are cores; always 1 where advertise has ports"`

	Gather time.Duration `help:"how long a busy port gathers packets before it takes them, which saves about a fifth of the work; a quiet one never waits; 0: never"`

	TCPPort      int          `config:"tcp_port" unit:"port" help:"port of media over TCP (ICE-TCP) as browsers see it; 0: the public port; -1: not offered"`
	TCPAdvertise []netip.Addr `config:"tcp_advertise" help:"addresses of media over TCP as browsers see them, where they are not those of advertise"`

	ConnectTimeout time.Duration `help:"how long a visitor's connection may take until media can flow"`
	SilenceTimeout time.Duration `help:"how long neither STUN nor media may come from a visitor"`
	MaxLegs        int           `unit:"legs" help:"visitors at the same time, two to a call; further calls go elsewhere"`
	TargetBPS      int           `config:"target_bps" unit:"bit/s" help:"how much browsers are asked to send at the most, where the partner's line carries it"`
	MaxBPS         uint64        `config:"max_bps" unit:"bit/s" help:"how much one stream of a visitor may carry; more is dropped"`
}

// DefaultConfig returns the settings of a node that nobody configured: UDP port 7000 of
// all addresses.
func DefaultConfig() Config {
	return Config{
		Listen:         ":7000",
		Gather:         500 * time.Microsecond,
		ConnectTimeout: 30 * time.Second,
		SilenceTimeout: 15 * time.Second,
		MaxLegs:        2000,
		TargetBPS:      2_500_000,
		MaxBPS:         6_000_000,
	}
}

// maxShards is as many as anybody has cores for.
const maxShards = 256

// Validate returns every problem, joined.
func (c Config) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf("sfu: "+format, args...)) }
	if listen, err := parseListen(c.Listen); err != nil {
		bad("listen: %w", err)
	} else if listen.Port() != 0 && int(listen.Port())+c.shards()-1 > 65535 {
		bad("listen: no room for %d ports from %d upwards", c.shards(), listen.Port())
	}
	for _, a := range c.Advertise {
		if !a.reachable() {
			bad("advertise: %s is not an address that anybody can reach", a)
		}
	}
	for _, ip := range c.TCPAdvertise {
		if !(Address{IP: ip}).reachable() {
			bad("tcp_advertise: %s is not an address that anybody can reach", ip)
		}
	}
	if c.Shards < 0 || c.Shards > maxShards {
		bad("shards %d is not within 0 to %d", c.Shards, maxShards)
	}
	if c.Gather < 0 || c.Gather > 5*time.Millisecond {
		bad("gather %v is not within 0 to 5ms", c.Gather)
	}
	if c.TCPPort < -1 || c.TCPPort > 65535 {
		bad("tcp_port %d is not within -1 to 65535", c.TCPPort)
	}
	for name, d := range map[string]time.Duration{"connect_timeout": c.ConnectTimeout, "silence_timeout": c.SilenceTimeout} {
		if d < time.Second || d > 10*time.Minute {
			bad("%s %v is not within 1s to 10m", name, d)
		}
	}
	if c.MaxLegs < 2 {
		bad("max_legs %d is no pair", c.MaxLegs)
	}
	if c.MaxBPS < 100_000 {
		bad("max_bps %d is too little for a stream, want 100000 or more", c.MaxBPS)
	}
	if c.TargetBPS < bandwidth.Minimum || uint64(c.TargetBPS) > c.MaxBPS {
		bad("target_bps %d is not within %d and max_bps, over which packets are dropped", c.TargetBPS, bandwidth.Minimum)
	}
	return errors.Join(problems...)
}

// shards is how many there may be. A port that is mapped somewhere else says nothing
// about where the next one would be.
func (c Config) shards() int {
	for _, a := range c.Advertise {
		if a.Port != 0 {
			return 1
		}
	}
	if c.Shards == 0 {
		return runtime.NumCPU()
	}
	return c.Shards
}
