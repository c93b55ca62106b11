package sfu

import (
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/pion/ice/v4"
	"golang.org/x/sys/unix"
)

const (
	// unsent is how much of a stream may wait in the kernel, beside what is on its way:
	// 130 ms of 1 Mbit/s. What waits before that can still be dropped.
	unsent = 16 << 10
	// stalled is how long one write may take. A frame written in part ends the stream.
	stalled = 5 * time.Second
	// firstPacket is how long a stream may take to say whose it is, and the leg to come.
	firstPacket = 10 * time.Second

	packetsUnread = 64
)

// streams is a listener of ICE-TCP connections that knows all that are open.
type streams struct {
	net.Listener

	mu     sync.Mutex // guards what follows
	open   map[*stream]struct{}
	closed bool
}

func newStreams(l net.Listener) ice.TCPMux {
	return ice.NewTCPMuxDefault(ice.TCPMuxParams{
		Listener: &streams{Listener: l, open: map[*stream]struct{}{}}, Logger: quiet{}, ReadBufferSize: packetsUnread,
		FirstStunBindTimeout: firstPacket, AliveDurationForConnFromStun: firstPacket,
	})
}

// Accept implements net.Listener.
func (s *streams) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	keepShort(conn)
	one := &stream{Conn: conn, of: s}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	s.open[one] = struct{}{}
	return one, nil
}

// Close closes all connections too: the mux waits for those that say nothing.
func (s *streams) Close() error {
	s.mu.Lock()
	s.closed = true
	for one := range s.open {
		_ = one.Conn.Close()
	}
	s.mu.Unlock()
	return s.Listener.Close()
}

// stream is one connection, whose writes end in time.
type stream struct {
	net.Conn
	of *streams
}

// Write is called with whole frames (RFC 4571).
func (c *stream) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(stalled)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(b)
	if err != nil {
		_ = c.Close()
	}
	return n, err
}

// Close may be called more than once.
func (c *stream) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// keepShort lets the kernel take little more than it can send. Where it cannot, media
// waits there longer, and nothing else changes.
func keepShort(conn net.Conn) {
	for {
		if inner, ok := conn.(interface{ NetConn() net.Conn }); ok {
			conn = inner.NetConn()
			continue
		}
		break
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsent)
	})
}

// tcpAddresses are those of ICE-TCP as browsers see them.
func (c Config) tcpAddresses(udp []Address, public net.Addr) []netip.AddrPort {
	port := uint16(c.TCPPort)
	if a, ok := public.(*net.TCPAddr); ok && port == 0 {
		port = uint16(a.Port)
	}
	var list []netip.AddrPort
	for _, ip := range c.TCPAdvertise {
		list = append(list, netip.AddrPortFrom(ip.Unmap(), port))
	}
	if len(list) == 0 {
		for _, a := range udp {
			list = append(list, netip.AddrPortFrom(a.IP, port))
		}
	}
	return list
}
