package socket

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Listener accepts connections that can become websockets. One address may have
// at most limit connections open that are not websockets; further ones are closed at once.
type Listener struct {
	net.Listener
	limit  int
	exempt func(netip.Addr) bool

	mu   sync.Mutex
	open map[netip.Addr]int

	refused atomic.Int64
}

// NewListener wraps a TCP listener. exempt names addresses without a limit
// (trusted proxies); it must be safe for concurrent use and may be nil.
func NewListener(inner net.Listener, limit int, exempt func(netip.Addr) bool) *Listener {
	return &Listener{Listener: inner, limit: limit, exempt: exempt, open: make(map[netip.Addr]int)}
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

// Refused returns how many connections were closed for being too many of one address.
func (l *Listener) Refused() int64 { return l.refused.Load() }

func (l *Listener) admit(conn net.Conn) (release func(), ok bool) {
	tcp, isTCP := conn.RemoteAddr().(*net.TCPAddr)
	if !isTCP {
		return nil, true
	}
	addr := tcp.AddrPort().Addr().Unmap().WithZone("")
	if l.exempt != nil && l.exempt(addr) {
		return nil, true
	}
	if addr.Is6() { // one household has a /64
		addr = netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[addr] >= l.limit {
		return nil, false
	}
	l.open[addr]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.open[addr]--; l.open[addr] <= 0 {
			delete(l.open, addr)
		}
	}, true
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
