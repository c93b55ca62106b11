package turn

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"

	pion "github.com/pion/turn/v5"
)

var (
	errNoRoom   = errors.New("turn: no room for another relay")
	errNoFamily = errors.New("turn: no public address of this family")
	errOnlyUDP  = errors.New("turn: relays are UDP only")
)

// relays makes relay sockets: pion's RelayAddressGenerator.
type relays struct {
	cfg     Config
	peers   *Peers
	guard   *guard
	metrics *Metrics

	mu     sync.Mutex                    // guards what follows
	open   map[netip.AddrPort]*relayConn // by the public address
	closed bool
	ended  sync.WaitGroup // of each socket: who reads from it, and its Close
}

func newRelays(cfg Config, peers *Peers, guard *guard, metrics *Metrics) *relays {
	return &relays{cfg: cfg, peers: peers, guard: guard, metrics: metrics, open: make(map[netip.AddrPort]*relayConn)}
}

// Validate implements pion's interface; Config has been validated.
func (r *relays) Validate() error { return nil }

// portTries is how many ports are tried for one relay; with half of them taken, one allocation in 65,000 fails.
const portTries = 16

// AllocatePacketConn opens the relay socket of an allocation.
func (r *relays) AllocatePacketConn(request pion.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	if request.RequestedPort != 0 || request.UserID == "" { // RESERVATION-TOKEN and EVEN-PORT
		return nil, nil, errOnlyUDP
	}
	public, ok := publicOf(r.cfg.PublicIP, request.Network == "udp4")
	if !ok {
		return nil, nil, errNoFamily
	}
	release, ok := r.guard.acquire(request.UserID)
	if !ok {
		return nil, nil, errNoRoom
	}
	conn, err := r.listen(request.Network)
	if err != nil {
		release()
		return nil, nil, err
	}
	port := uint16(conn.LocalAddr().(*net.UDPAddr).Port) //nolint:gosec // a port
	relay := &relayConn{
		UDPConn: conn, relays: r, release: release, public: netip.AddrPortFrom(public, port), inside: r.inside(public),
	}
	if !r.add(relay) {
		return nil, nil, errors.Join(errNoRoom, relay.Close())
	}
	return relay, net.UDPAddrFromAddrPort(relay.public), nil
}

func publicOf(public []netip.Addr, ipv4 bool) (netip.Addr, bool) {
	for _, addr := range public {
		if addr.Is4() == ipv4 {
			return addr, true
		}
	}
	return netip.Addr{}, false
}

func (r *relays) listen(network string) (*net.UDPConn, error) {
	host := ""
	if r.cfg.RelayIP.IsValid() && r.cfg.RelayIP.Is4() == (network == "udp4") {
		host = r.cfg.RelayIP.String()
	}
	var config net.ListenConfig
	var last error
	for range portTries {
		port := int(r.cfg.RelayMin) + rand.IntN(int(r.cfg.RelayMax)-int(r.cfg.RelayMin)+1)
		conn, err := config.ListenPacket(context.Background(), network, net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return conn.(*net.UDPConn), nil
		}
		last = err
	}
	return nil, fmt.Errorf("turn: relay socket: %w", last)
}

// inside is where another relay of this server with the same public address is reached without leaving the machine.
func (r *relays) inside(public netip.Addr) netip.Addr {
	switch {
	case r.cfg.RelayIP.IsValid() && r.cfg.RelayIP.Is4() == public.Is4():
		return r.cfg.RelayIP
	case public.Is4():
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.IPv6Loopback()
}

func (r *relays) add(relay *relayConn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.open[relay.public] = relay
	r.ended.Add(2)
	return true
}

// closeAll closes every relay socket and waits for who reads it and for its room to be given back.
func (r *relays) closeAll() {
	r.mu.Lock()
	r.closed = true
	for _, relay := range r.open {
		_ = relay.UDPConn.Close() // its reader sees it
	}
	r.mu.Unlock()
	r.ended.Wait()
}

// has tells whether a relay is at a public address.
func (r *relays) has(public netip.AddrPort) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open[public] != nil
}

// AllocateListener refuses RFC 6062.
func (r *relays) AllocateListener(pion.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errOnlyUDP
}

// AllocateConn refuses RFC 6062.
func (r *relays) AllocateConn(pion.AllocateConnConfig) (net.Conn, error) { return nil, errOnlyUDP }

// relayConn is the relay socket of one allocation.
type relayConn struct {
	*net.UDPConn
	relays  *relays
	release func()
	public  netip.AddrPort
	inside  netip.Addr // where the others are without leaving the machine
	once    sync.Once
}

// WriteTo sends a client's datagram to a peer, or drops it when the peer may not be relayed to: pion asks
// for an address only, and once for a permission.
func (c *relayConn) WriteTo(p []byte, to net.Addr) (int, error) {
	udp, ok := to.(*net.UDPAddr)
	if !ok {
		return len(p), nil
	}
	addr, ok := netip.AddrFromSlice(udp.IP)
	peer := netip.AddrPortFrom(addr, uint16(udp.Port)) //nolint:gosec // a port
	inside := addr == c.public.Addr() && c.relays.has(peer)
	if !ok || !c.relays.peers.Datagram(peer, inside) {
		c.relays.metrics.refused.WithLabelValues(refusedDatagram).Inc()
		return len(p), nil
	}
	c.relays.metrics.sent(len(p))
	if inside {
		peer = netip.AddrPortFrom(c.inside, peer.Port())
	}
	return c.WriteToUDPAddrPort(p, peer)
}

// ReadFrom receives a peer's datagram. What another relay sent inside the machine comes from where that is seen.
func (c *relayConn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(p)
	if err != nil { // pion reads no more
		c.once.Do(c.relays.ended.Done)
		return n, nil, err
	}
	c.relays.metrics.received(n)
	if from.Addr() == c.inside {
		if public := netip.AddrPortFrom(c.public.Addr(), from.Port()); c.relays.has(public) {
			from = public
		}
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// Close gives the room back.
func (c *relayConn) Close() error {
	c.relays.mu.Lock()
	first := c.relays.open[c.public] == c // and not the next one at this port
	if first {
		delete(c.relays.open, c.public)
	}
	c.relays.mu.Unlock()
	c.release()
	if first {
		defer c.relays.ended.Done()
	}
	return c.UDPConn.Close()
}
