package sfu

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/pion/ice/v4"
)

// candidateLines are the relay's own candidates, which are the same for every leg: all
// its sockets are one. They are written here, not gathered, so that address and port
// may be others than those bound.
func candidateLines(udp, tcp []netip.AddrPort) []string {
	// RFC 8445 5.1.2.1: type preference of a host, local preference, component 1. TCP
	// comes after all UDP.
	priority := func(preference, place int) int { return preference<<24 | (65535-place)<<8 | 255 }
	var lines []string
	for i, a := range udp {
		lines = append(lines, fmt.Sprintf("%d 1 udp %d %s %d typ host", i+1, priority(126, i), a.Addr(), a.Port()))
	}
	for i, a := range tcp {
		lines = append(lines, fmt.Sprintf("%d 1 tcp %d %s %d typ host tcptype passive", len(udp)+i+1, priority(90, i), a.Addr(), a.Port()))
	}
	return lines
}

// onePort is a UDP mux that gathers one candidate for each address family that is
// advertised: the sockets under all of them are the same.
type onePort struct {
	*ice.UDPMuxDefault
	addresses []net.Addr
}

func newOnePort(mux *ice.UDPMuxDefault, udp []netip.AddrPort, port uint16) *onePort {
	m := &onePort{UDPMuxDefault: mux}
	var four, six bool
	for _, a := range udp {
		have := &four
		if a.Addr().Is6() {
			have = &six
		}
		if !*have {
			*have = true
			m.addresses = append(m.addresses, net.UDPAddrFromAddrPort(netip.AddrPortFrom(a.Addr(), port)))
		}
	}
	return m
}

// GetListenAddresses replaces the mux's, which lists all interfaces.
func (m *onePort) GetListenAddresses() []net.Addr { return m.addresses }

// networkTypes for the agents.
func networkTypes(tcp bool) []ice.NetworkType {
	types := []ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeUDP6}
	if tcp {
		types = append(types, ice.NetworkTypeTCP4, ice.NetworkTypeTCP6)
	}
	return types
}
