package sfu

import (
	"net"
	"net/netip"
)

// Advertised are the addresses that browsers are given by a node with these settings. public is where the listener of
// ICE-TCP is bound; nil: there is none.
type Advertised struct {
	UDP []netip.AddrPort // of the first port; further ones have the next numbers
	TCP []netip.AddrPort // empty: not offered
	// Ports is how many UDP ports there may be, from Listen's upwards.
	Ports  int
	Listen netip.AddrPort
}

// Advertised reads the machine's interfaces where nothing is set.
func (c Config) Advertised(public *net.TCPAddr) (Advertised, error) {
	listen, err := parseListen(c.Listen)
	if err != nil {
		return Advertised{}, err
	}
	addresses, err := c.addresses(listen)
	if err != nil {
		return Advertised{}, err
	}
	told := Advertised{Ports: c.shards(), Listen: listen}
	for _, a := range addresses {
		told.UDP = append(told.UDP, a.at(listen.Port()))
	}
	if public != nil && c.TCPPort >= 0 {
		told.TCP = c.tcpAddresses(addresses, public)
	}
	return told, nil
}

// addresses are those of Advertise, or of the interfaces.
func (c Config) addresses(listen netip.AddrPort) ([]Address, error) {
	if len(c.Advertise) > 0 {
		return c.Advertise, nil
	}
	return interfaceAddresses(listen.Addr())
}
