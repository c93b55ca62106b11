package socket

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Bounds are how many connections may be open that are not websockets (yet).
type Bounds struct {
	PerAddress int // of one IPv4 address or IPv6 /64
	Total      int
}

// Gate takes connections that can become websockets, within bounds; further ones are refused.
type Gate struct {
	bounds Bounds
	exempt func(netip.Addr) bool

	mu    sync.Mutex
	open  map[netip.Addr]int
	total int

	refused atomic.Int64
}

// NewGate returns a gate. exempt names addresses without a bound of their own (trusted proxies); it must be safe for
// concurrent use and may be nil.
func NewGate(bounds Bounds, exempt func(netip.Addr) bool) *Gate {
	return &Gate{bounds: bounds, exempt: exempt, open: make(map[netip.Addr]int)}
}

// Admit returns what is to be used in place of conn, below TLS if there is TLS, or false when there are too
// many already; then the caller closes conn.
func (g *Gate) Admit(conn net.Conn) (net.Conn, bool) {
	release, ok := g.admit(conn)
	if !ok {
		g.refused.Add(1)
		return nil, false
	}
	return newAsyncConn(conn, release), true
}

// Refused returns how many connections were refused for being too many.
func (g *Gate) Refused() int64 { return g.refused.Load() }

// Listener accepts connections through a gate and closes those that it refuses.
type Listener struct {
	net.Listener
	*Gate
}

// NewListener wraps a TCP listener; the rest is as for NewGate.
func NewListener(inner net.Listener, bounds Bounds, exempt func(netip.Addr) bool) *Listener {
	return &Listener{Listener: inner, Gate: NewGate(bounds, exempt)}
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
	counted := g.exempt == nil || !g.exempt(addr)
	if addr.Is6() { // one household has a /64
		addr = netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= g.bounds.Total || (counted && g.open[addr] >= g.bounds.PerAddress) {
		return nil, false
	}
	g.total++
	if counted {
		g.open[addr]++
	}
	return func() { g.release(addr, counted) }, true
}

func (g *Gate) release(addr netip.Addr, counted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if !counted {
		return
	}
	if g.open[addr]--; g.open[addr] <= 0 {
		delete(g.open, addr)
	}
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
