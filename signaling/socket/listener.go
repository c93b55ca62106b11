package socket

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Bounds are how many connections may be open that are not websockets (yet); further ones are closed at once.
type Bounds struct {
	PerAddress int // of one IPv4 address or IPv6 /64
	Total      int
}

// Listener accepts connections that can become websockets, within bounds.
type Listener struct {
	net.Listener
	bounds Bounds
	exempt func(netip.Addr) bool

	mu    sync.Mutex
	open  map[netip.Addr]int
	total int

	refused atomic.Int64
}

// NewListener wraps a TCP listener. exempt names addresses without a bound of their own
// (trusted proxies); it must be safe for concurrent use and may be nil.
func NewListener(inner net.Listener, bounds Bounds, exempt func(netip.Addr) bool) *Listener {
	return &Listener{Listener: inner, bounds: bounds, exempt: exempt, open: make(map[netip.Addr]int)}
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		release, ok := l.admit(conn)
		if !ok {
			l.refused.Add(1)
			_ = conn.Close()
			continue
		}
		return newAsyncConn(conn, release), nil
	}
}

// Refused returns how many connections were closed for being too many.
func (l *Listener) Refused() int64 { return l.refused.Load() }

func (l *Listener) admit(conn net.Conn) (release func(), ok bool) {
	tcp, isTCP := conn.RemoteAddr().(*net.TCPAddr)
	if !isTCP {
		return nil, true
	}
	addr := tcp.AddrPort().Addr().Unmap().WithZone("")
	counted := l.exempt == nil || !l.exempt(addr)
	if addr.Is6() { // one household has a /64
		addr = netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= l.bounds.Total || (counted && l.open[addr] >= l.bounds.PerAddress) {
		return nil, false
	}
	l.total++
	if counted {
		l.open[addr]++
	}
	return func() { l.release(addr, counted) }, true
}

func (l *Listener) release(addr netip.Addr, counted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if !counted {
		return
	}
	if l.open[addr]--; l.open[addr] <= 0 {
		delete(l.open, addr)
	}
}

// underlying finds the asyncConn below a hijacked connection, through TLS.
func underlying(c net.Conn) *asyncConn {
	for c != nil {
		switch conn := c.(type) {
		case *asyncConn:
			return conn
		case *tls.Conn:
			c = conn.NetConn()
		default:
			return nil
		}
	}
	return nil
}
