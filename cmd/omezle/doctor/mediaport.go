package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Port says whether the media server's UDP ports can be bound, or connects to the media server that has them.
func (m MediaServer) Port(ctx context.Context, r *Report) {
	a, at := r.Area("sfu"), m.Listen
	if at.Port() == 0 {
		a.Warn("port", "any free UDP port, another after each start: no firewall and no port mapping can name it", `set sfu.listen: ":7000"`)
	}
	var taken []string
	for i := range m.Ports {
		port := at.Port() + uint16(i) //nolint:gosec // Validate has seen to it
		if at.Port() == 0 {
			break
		}
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at.Addr(), port)))
		switch {
		case err == nil:
			_ = conn.Close()
		case !errors.Is(err, syscall.EADDRINUSE):
			refused(a, "port", err)
			return
		default:
			taken = append(taken, strconv.Itoa(int(port)))
		}
	}
	first := slices.Contains(taken, strconv.Itoa(int(at.Port())))
	switch {
	case m.Running && (first || at.Port() == 0):
		m.try(ctx, a)
		return
	case m.Running:
		a.Warn("port", fmt.Sprintf("a node runs here, but nobody has %s/udp: it runs with other settings", at), "restart it, so that it takes these")
		return
	case first:
		a.Fail("port", fmt.Sprintf("%s/udp is taken, and no node runs here", at), "stop that program (ss -lunp shows which), or set sfu.listen to another port")
	case at.Port() != 0:
		a.OK("port", "%s/udp is free", at)
	}
	if more := slices.DeleteFunc(taken, func(port string) bool { return port == strconv.Itoa(int(at.Port())) }); len(more) > 0 {
		a.Warn("port", "further ports are taken, and the node does without them: "+strings.Join(more, ", "), "stop those programs, or lower sfu.shards")
	}
}

var errElsewhere = errors.New("the media servers of other nodes answer")

// offers is how often an offer is made until this node's media server is the one that answers.
const offers = 4

// try connects to this machine's media server, by UDP and by TCP, at the ports that are bound here.
func (m MediaServer) try(ctx context.Context, a *Area) {
	at, err := url.Parse(m.API)
	if id := m.teller(); m.API == "" && id != "" {
		a.OK("port", "%s/udp is taken, and node %s, which is alive, tells browsers of it", m.Listen, id)
		return
	}
	if m.API == "" || err != nil {
		a.Skip("port", fmt.Sprintf("%s/udp is taken, by the node that runs here or by another program", m.Listen), "give --url, to connect to it through a node with the role signaling")
		return
	}
	site := &Site{url: at, client: newClient(&tls.Config{InsecureSkipVerify: true, ServerName: m.Server})} //nolint:gosec // our own node, by address
	defer site.client.CloseIdleConnections()
	for _, way := range ways {
		if way.name == "tcp" && len(m.TCP) == 0 {
			continue
		}
		subject := "ice-" + way.name
		for range offers {
			if _, err = site.connect(ctx, way, func(answer string) (string, error) { return m.local(answer, way.name) }); !errors.Is(err, errElsewhere) {
				break
			}
		}
		switch {
		case errors.Is(err, errElsewhere):
			a.Skip(subject, fmt.Sprintf("not looked at: %v, %d times", err, offers), "ask again; and see whether the node that runs here has these settings")
		case err != nil:
			a.Fail(subject, "the node that runs here has a media server, but from this machine: "+err.Error(), "see its log, and whether a firewall closes the port to this machine")
		default:
			a.OK(subject, "the media server that runs here takes calls")
		}
	}
}

// local makes the first candidate lead to the port on this machine, whatever browsers are told. All candidates must be
// this node's.
func (m MediaServer) local(answer, protocolName string) (string, error) {
	only, _ := candidatesOf(answer, protocolName)
	var out strings.Builder
	found := false
	for line := range strings.Lines(only) {
		fields := strings.Fields(line)
		if !strings.HasPrefix(line, "a=candidate:") || len(fields) < 8 {
			out.WriteString(line)
			continue
		}
		address, err := netip.ParseAddr(fields[4])
		port, wrong := strconv.ParseUint(fields[5], 10, 16)
		if err != nil || wrong != nil {
			continue
		}
		reached, ours := m.bound(protocolName, netip.AddrPortFrom(address, uint16(port)))
		if !ours || found {
			continue
		}
		found = true
		fields[4], fields[5] = reached.Addr().String(), strconv.Itoa(int(reached.Port()))
		out.WriteString(strings.Join(fields, " ") + "\r\n")
	}
	if !found {
		return "", errElsewhere
	}
	return out.String(), nil
}

// bound is where a packet to an address of this node arrives, seen from this machine.
func (m MediaServer) bound(protocolName string, told netip.AddrPort) (netip.AddrPort, bool) {
	if protocolName == "tcp" {
		return reachedHere(m.Public.AddrPort()), slices.Contains(m.TCP, told)
	}
	for _, ours := range m.UDP {
		if ours.Addr() != told.Addr() {
			continue
		}
		if m.Listen.Port() == 0 { // only the node knows it
			return reachedHere(netip.AddrPortFrom(m.Listen.Addr(), told.Port())), true
		}
		if shift := int(told.Port()) - int(ours.Port()); shift >= 0 && shift < m.Ports {
			return reachedHere(netip.AddrPortFrom(m.Listen.Addr(), m.Listen.Port()+uint16(shift))), true //nolint:gosec // Validate has seen to it
		}
	}
	return netip.AddrPort{}, false
}

// reachedHere is how this machine reaches what is bound to at.
func reachedHere(at netip.AddrPort) netip.AddrPort {
	if !at.Addr().IsValid() || at.Addr().IsUnspecified() {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port())
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}
