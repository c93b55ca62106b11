package sfu

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/ice/v4"
)

// Config of a Node.
type Config struct {
	// Listen is the UDP address for media. An unspecified IPv6 address stands for IPv4 too.
	Listen netip.AddrPort
	// Advertise are the UDP addresses that browsers are told, when they are not those of
	// this machine's interfaces: behind NAT, Docker or a load balancer. A port of 0 is the
	// port that is listened on.
	Advertise []netip.AddrPort
	// TCP accepts ICE-TCP connections; nil for none. The Node does not close it.
	TCP ice.TCPMux
	// AdvertiseTCP are the TCP addresses that browsers are told.
	AdvertiseTCP []netip.AddrPort

	// ConnectTimeout is how long a leg may take until its media can flow.
	ConnectTimeout time.Duration
	// SilenceTimeout is how long neither STUN nor media may come.
	SilenceTimeout time.Duration
	// MaxLegs is how many legs there may be; further offers are refused.
	MaxLegs int
	// MaxBPS is how much one stream of a visitor may carry, in bits per second.
	MaxBPS uint64
}

// DefaultConfig listens on UDP port 7000 of all addresses.
func DefaultConfig() Config {
	return Config{
		Listen:         netip.AddrPortFrom(netip.IPv6Unspecified(), 7000),
		ConnectTimeout: 30 * time.Second,
		SilenceTimeout: 15 * time.Second,
		MaxLegs:        2000,
		MaxBPS:         6_000_000,
	}
}

// Validate names everything that is wrong.
func (c Config) Validate() error {
	var problems []error
	if !c.Listen.Addr().IsValid() {
		problems = append(problems, errors.New("sfu: no address to listen on"))
	}
	for _, a := range append(append([]netip.AddrPort{}, c.Advertise...), c.AdvertiseTCP...) {
		if !a.Addr().IsValid() || a.Addr().IsUnspecified() || a.Addr().IsMulticast() {
			problems = append(problems, fmt.Errorf("sfu: %s cannot be advertised", a))
		}
	}
	for name, d := range map[string]time.Duration{"connect": c.ConnectTimeout, "silence": c.SilenceTimeout} {
		if d < time.Second {
			problems = append(problems, fmt.Errorf("sfu: %s timeout of %s is below a second", name, d))
		}
	}
	if c.MaxLegs < 2 {
		problems = append(problems, fmt.Errorf("sfu: %d legs are no pair", c.MaxLegs))
	}
	if c.MaxBPS < 100_000 {
		problems = append(problems, fmt.Errorf("sfu: %d bits per second is too little for a stream", c.MaxBPS))
	}
	return errors.Join(problems...)
}

// advertised are the addresses for browsers, with ports.
func advertised(given []netip.AddrPort, listen netip.AddrPort) ([]netip.AddrPort, error) {
	if len(given) == 0 {
		found, err := interfaceAddresses(listen.Addr())
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			given = append(given, netip.AddrPortFrom(a, 0))
		}
	}
	var list []netip.AddrPort
	for _, a := range given {
		port := a.Port()
		if port == 0 {
			port = listen.Port()
		}
		list = append(list, netip.AddrPortFrom(a.Addr().Unmap(), port))
	}
	return list, nil
}

// interfaceAddresses are those of this machine that at stands for: itself, or if it is
// unspecified all that others can reach, or loopback if there is nothing else.
func interfaceAddresses(at netip.Addr) ([]netip.Addr, error) {
	if !at.IsUnspecified() {
		return []netip.Addr{at}, nil
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("sfu: interfaces: %w", err)
	}
	var found, loopback []netip.Addr
	for _, a := range all {
		network, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(network.IP)
		if ip = ip.Unmap(); !ok || ip.IsLinkLocalUnicast() || ip.Is6() && at.Is4() {
			continue
		}
		if ip.IsLoopback() {
			loopback = append(loopback, ip)
		} else {
			found = append(found, ip)
		}
	}
	if len(found) == 0 {
		return loopback, nil
	}
	return found, nil
}
