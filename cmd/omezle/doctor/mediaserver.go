package doctor

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"omezle/sfu"
	"omezle/sfu/turn"
	"omezle/signaling/bus"
)

// MediaServer is that of this machine's node, as its settings have it.
type MediaServer struct {
	sfu.Advertised
	// Public is where the public port listens.
	Public *net.TCPAddr
	// Running says that a node of this service has the public port.
	Running bool
	// API is where that node answers browsers; empty: it does not.
	API string
	// Alive are the nodes that the registry takes to be alive.
	Alive []bus.Sighting
	// Server is the name to ask for in TLS.
	Server string
}

// Addresses judges what browsers are told.
func (m MediaServer) Addresses(r *Report) {
	a := r.Area("sfu")
	public := slices.ContainsFunc(m.UDP, func(at netip.AddrPort) bool { return turn.Reachable(at.Addr()) })
	for _, at := range m.UDP {
		mapped := m.mapping("udp", at, m.Listen.Port())
		switch {
		case turn.Reachable(at.Addr()):
			a.OK("advertise", "%s/udp is an address of the internet%s", at, mapped)
		case public:
			a.OK("advertise", "%s/udp is for visitors in the same network; others have a public one%s", at, mapped)
		default:
			a.Warn("advertise", fmt.Sprintf("%s/udp is no address of the internet: only visitors in the same network reach it%s", at, mapped),
				"set sfu.advertise to the address at which the internet reaches this node")
		}
	}
	if m.Ports > 1 && m.Listen.Port() != 0 {
		a.OK("ports", "%d to %d/udp open one after the other as calls come: the firewall must let all in, or set sfu.shards to 1", m.Listen.Port(), m.last())
	}
	m.tcp(a, public)
}

// tcp judges the addresses of ICE-TCP; public says that there is a public one for UDP, which is told of already.
func (m MediaServer) tcp(a *Area, public bool) {
	if len(m.TCP) == 0 {
		a.Warn("advertise tcp", "not offered: networks that let no UDP out do not reach the media server", "set sfu.tcp_port to 0, and let the public port in")
		return
	}
	for _, at := range m.TCP {
		mapped := m.mapping("tcp", at, m.Public.AddrPort().Port())
		private := !turn.Reachable(at.Addr())
		switch {
		case private && (at.Port() == 80 || at.Port() == 443):
			// libwebrtc drops such candidates, so that pages cannot ask around in a private network.
			a.Warn("advertise tcp", fmt.Sprintf("browsers do not connect to the private address %s at this port%s", at, mapped),
				"set sfu.tcp_advertise to a public address, or listen on a port from 1024 up")
		case private && !public:
			a.OK("advertise tcp", "%s/tcp, for visitors in the same network%s", at, mapped)
		case private && !slices.ContainsFunc(m.TCP, func(other netip.AddrPort) bool { return turn.Reachable(other.Addr()) }):
			a.Warn("advertise tcp", fmt.Sprintf("%s/tcp is no address of the internet%s", at, mapped), "set sfu.tcp_advertise to the public address")
		default:
			a.OK("advertise tcp", "%s/tcp%s", at, mapped)
		}
	}
}

// mapping says what must stand before this machine for an address to lead here.
func (m MediaServer) mapping(protocolName string, at netip.AddrPort, listen uint16) string {
	here, err := turn.MachineAddrs()
	switch own := err != nil || slices.Contains(here, at.Addr()); {
	case at.Port() != listen:
		return fmt.Sprintf("; a port mapping must lead from there to %d/%s here", listen, protocolName)
	case !own:
		return "; this machine does not have it, a NAT must lead from there to here"
	}
	return ""
}

func (m MediaServer) last() int { return int(m.Listen.Port()) + m.Ports - 1 }

// teller is the node that tells others of our address; empty: none does.
func (m MediaServer) teller() string {
	for _, n := range m.Alive {
		if n.SFU != nil && len(m.UDP) > 0 && slices.Contains(n.SFU.Addresses, m.UDP[0]) {
			return string(n.ID)
		}
	}
	return ""
}

// MediaServers tells how busy the media servers of nodes are that are alive. here says that this node's settings have one.
func MediaServers(r *Report, nodes []bus.Sighting, here bool) {
	a := r.Area("sfu")
	owners := map[netip.AddrPort][]string{}
	seen := 0
	for _, n := range nodes {
		if n.SFU == nil {
			continue
		}
		seen++
		judgeLoad(a, n)
		for _, at := range n.SFU.Addresses {
			owners[at] = append(owners[at], string(n.ID))
		}
	}
	for at, ids := range owners {
		if len(ids) > 1 {
			a.Fail("advertise", fmt.Sprintf("%s is told by several: %s; browsers of one get to another and no further", at, strings.Join(ids, ", ")),
				"set sfu.advertise of each node to its own address, or to ports of one address that are mapped to different nodes")
		}
	}
	if seen == 0 && !here && len(nodes) > 0 {
		a.Skip("servers", "no node has one: calls go from browser to browser or through TURN", "add sfu to a node's roles")
	}
}

// fullAt is the share of its legs from which on a media server is about to refuse.
const fullAt = 0.9

func judgeLoad(a *Area, n bus.Sighting) {
	var places []string
	for _, at := range n.SFU.Addresses {
		places = append(places, at.String())
	}
	what := fmt.Sprintf("%d of %d legs, at %s", n.SFU.Legs, n.SFU.Max, strings.Join(places, ", "))
	if float64(n.SFU.Legs) >= fullAt*float64(n.SFU.Max) {
		a.Warn(string(n.ID), "nearly full: "+what, "add a node with the role sfu, or raise sfu.max_legs if its cores are not busy")
		return
	}
	a.OK(string(n.ID), "%s", what)
}
