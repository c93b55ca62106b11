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
	stalled = 10 * time.Second
	// firstPacket is how long a stream may take to say whose it is, and the leg to come.
	firstPacket = 10 * time.Second

	packetsUnread = 64
	urgentQueued  = 32 // frames of STUN and DTLS
)

// streams is a listener of ICE-TCP connections that knows all that are open.
type streams struct {
	net.Listener
	writing sync.WaitGroup

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
	one := &stream{Conn: conn, of: s, urgent: make(chan []byte, urgentQueued), media: make(chan []byte), end: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	s.open[one] = struct{}{}
	s.writing.Go(one.run)
	return one, nil
}

// Close closes all connections too, which the mux would wait for, and waits for their
// writers.
func (s *streams) Close() error {
	s.mu.Lock()
	s.closed = true
	for one := range s.open {
		one.shut()
	}
	s.mu.Unlock()
	s.writing.Wait()
	return s.Listener.Close()
}

// stream is one connection. A goroutine of its own writes, since those who send must
// not wait: the ICE agent would not hear what arrives meanwhile.
type stream struct {
	net.Conn
	of            *streams
	urgent, media chan []byte
	once          sync.Once
	end           chan struct{}
}

// Write takes a whole frame (RFC 4571), which is the stream's to keep. STUN and DTLS are
// queued, or dropped if too much of it waits. Media waits until all before it is on its
// way: its sender is an outbox, which drops what has waited for long.
func (c *stream) Write(frame []byte) (int, error) {
	if len(frame) > 2 && frame[2]&0xc0 == 0x80 {
		select {
		case c.media <- frame:
			return len(frame), nil
		case <-c.end:
			return 0, net.ErrClosed
		}
	}
	select {
	case c.urgent <- frame:
	default:
	}
	return len(frame), nil
}

func (c *stream) run() {
	for {
		var frame []byte
		select {
		case frame = <-c.urgent:
		default:
			select {
			case frame = <-c.urgent:
			case frame = <-c.media:
			case <-c.end:
				return
			}
		}
		err := c.SetWriteDeadline(time.Now().Add(stalled))
		if err == nil {
			_, err = c.Conn.Write(frame)
		}
		if err != nil {
			_ = c.Close()
			return
		}
	}
}

func (c *stream) shut() {
	c.once.Do(func() {
		close(c.end)
		_ = c.Conn.Close()
	})
}

// Close may be called more than once.
func (c *stream) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	c.shut()
	return nil
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
