package port

import (
	"net"
	"sync"
)

// kindListener gives the connections of one kind. Nothing is queued: what looks at a connection waits until it is
// accepted, the listener closes, or the port stops.
type kindListener struct {
	addr  net.Addr
	conns chan net.Conn

	once   sync.Once
	closed chan struct{}
}

func newKindListener(addr net.Addr) *kindListener {
	return &kindListener{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept implements net.Listener.
func (l *kindListener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, net.ErrClosed
	default:
	}
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept; connections of this kind are closed from now on.
func (l *kindListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is the address of the port.
func (l *kindListener) Addr() net.Addr { return l.addr }

// offer hands conn over; false: nobody takes it any more.
func (l *kindListener) offer(conn net.Conn, stopped <-chan struct{}) bool {
	select {
	case l.conns <- conn:
		return true
	case <-l.closed:
		return false
	case <-stopped:
		return false
	}
}
