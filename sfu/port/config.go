package port

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Config is what operators set about the public port beside its address.
type Config struct {
	ExtraListen []string       `help:"further TCP addresses that serve the same as listen, for instance :3478 where a proxy has 443"`
	ProxyFrom   []netip.Prefix `help:"address ranges of load balancers that begin every connection with a PROXY protocol header, version 1 or 2"`
	PeekTimeout time.Duration  `help:"for the PROXY header, the first bytes and the TLS handshake of a connection, each"`
	MaxPending  int            `unit:"connections" help:"connections that have not said yet what they speak; further ones are closed"`
}

// DefaultConfig returns the settings of a node that nobody configured.
func DefaultConfig() Config {
	return Config{PeekTimeout: 5 * time.Second, MaxPending: 4096}
}

// Validate returns every problem, joined.
func (c Config) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf("port: "+format, args...)) }
	for _, address := range c.ExtraListen {
		if _, port, err := net.SplitHostPort(address); err != nil {
			bad("extra_listen: %q is not HOST:PORT or :PORT", address)
		} else if _, err := net.LookupPort("tcp", port); err != nil {
			bad("extra_listen: %q is no port", port)
		}
	}
	if c.PeekTimeout < 100*time.Millisecond || c.PeekTimeout > time.Minute {
		bad("peek_timeout %v is not within 100ms to 1m", c.PeekTimeout)
	}
	if c.MaxPending < 1 {
		bad("max_pending %d is under 1", c.MaxPending)
	}
	return errors.Join(problems...)
}
