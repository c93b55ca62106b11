package socket

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Gate takes connections that can become websockets. One address may have at most limit connections open that are
// not websockets; further ones are refused.
type Gate struct {
	limit  int
	exempt func(netip.Addr) bool

	mu   sync.Mutex
	open map[netip.Addr]int

	refused atomic.Int64
}

// NewGate returns a gate. exempt names addresses without a limit (trusted proxies); it must be safe for
// concurrent use and may be nil.
func NewGate(limit int, exempt func(netip.Addr) bool) *Gate {
	return &Gate{limit: limit, exempt: exempt, open: make(map[netip.Addr]int)}
}

// Admit returns what is to be used in place of conn, below TLS if there is TLS, or false when its address has too
// many already; then the caller closes conn.
func (g *Gate) Admit(conn net.Conn) (net.Conn, bool) {
	release, ok := g.admit(conn)
	if !ok {
		g.refused.Add(1)
		return nil, false
	}
	return newAsyncConn(conn, release), true
}

// Refused returns how many connections were refused for being too many of one address.
func (g *Gate) Refused() int64 { return g.refused.Load() }

// Listener accepts connections through a gate and closes those that it refuses.
type Listener struct {
	net.Listener
	*Gate
}

// NewListener wraps a TCP listener; the rest is as for NewGate.
func NewListener(inner net.Listener, limit int, exempt func(netip.Addr) bool) *Listener {
	return &Listener{Listener: inner, Gate: NewGate(limit, exempt)}
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		admitted, ok := l.Admit(conn)
		if !ok {
			_ = conn.Close()
			continue
		}
		return admitted, nil
	}
}

func (g *Gate) admit(conn net.Conn) (release func(), ok bool) {
	tcp, isTCP := conn.RemoteAddr().(*net.TCPAddr)
	if !isTCP {
		return nil, true
	}
	addr := tcp.AddrPort().Addr().Unmap().WithZone("")
	if g.exempt != nil && g.exempt(addr) {
		return nil, true
	}
	if addr.Is6() { // one household has a /64
		addr = netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[addr] >= g.limit {
		return nil, false
	}
	g.open[addr]++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.open[addr]--; g.open[addr] <= 0 {
			delete(g.open, addr)
		}
	}, true
}

// underlying finds the asyncConn below a hijacked connection, through TLS and whatever else tells what it wraps.
func underlying(c net.Conn) *asyncConn {
	for c != nil {
		switch conn := c.(type) {
		case *asyncConn:
			return conn
		case interface{ NetConn() net.Conn }:
			c = conn.NetConn()
		default:
			return nil
		}
	}
	return nil
}
