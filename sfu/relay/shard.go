package relay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"omezle/sfu/relay/udp"
)

// Errors of a leg.
var (
	ErrClosed  = errors.New("relay: leg is closed")
	ErrSecured = errors.New("relay: leg has its keys")
)

const (
	tickEvery = 10 * time.Millisecond
	// sourcesPerLeg is how many addresses of a leg are known; older ones are forgotten.
	sourcesPerLeg = 8
	// strangers is how many packets from unknown sources are remembered until their leg
	// finds them authentic.
	strangers = 64
	// silence is how long a leg sends nothing authentic before its address may be
	// somebody else's.
	silence = 500 * time.Millisecond
)

// Shard is one UDP port and the legs on it. It implements net.PacketConn and pion's
// ice.AddrPortReaderWriter for one reader, the UDP mux.
type Shard struct {
	socket  *udp.Socket
	now     func() time.Duration // since the shard was made; above 0
	stopped chan struct{}        // the reader has seen the end

	// Of the reader.
	others [udp.Batch]uint8 // packets of the batch that are pion's
	count  int
	next   int
	last   int // packets of the batch
	pace   pace

	mu       sync.Mutex // guards what follows, all legs, and the socket's Next, Queue, Flush
	bySource map[udp.Key]*Leg
	legs     []*Leg
	unknown  [strangers]stranger
	stranger int
	ticked   time.Duration
}

// stranger is a packet of media that went to pion.
type stranger struct {
	tag    uint64
	source udp.Key
}

// NewShard makes a shard on a socket, which it owns from here on. When it has much to
// do it gathers packets for so long before it takes them; 0: never.
func NewShard(socket *udp.Socket, gather time.Duration) *Shard {
	began := time.Now()
	return &Shard{
		socket: socket, bySource: map[udp.Key]*Leg{}, stopped: make(chan struct{}), pace: pace{most: gather, cpu: processCPU},
		now: func() time.Duration { return time.Since(began) + 1 },
	}
}

// Counters of the shard's socket.
func (s *Shard) Counters() udp.Counters { return s.socket.Counters() }

// Legs is how many legs the shard has.
func (s *Shard) Legs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs)
}

// Port is the UDP port.
func (s *Shard) Port() uint16 { return s.socket.Local().Port() }

// Stopped is closed when the reader has seen the end of the shard.
func (s *Shard) Stopped() <-chan struct{} { return s.stopped }

// ReadFromAddrPort relays media until there is a packet that is not for the relay.
func (s *Shard) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for s.next == s.count {
		s.pace.rest(s.now(), s.last, udp.Batch)
		n, err := s.socket.Receive()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				s.release()
			}
			return 0, netip.AddrPort{}, err
		}
		now := s.now()
		s.pace.took(n, now)
		s.last = n
		s.relay(n, now)
	}
	i := int(s.others[s.next])
	s.next++
	return copy(b, s.socket.Packet(i)), s.socket.Source(i), nil
}

// release closes the descriptor, under the lock: other goroutines flush.
func (s *Shard) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.stopped:
	default:
		_ = s.socket.Release()
		close(s.stopped)
	}
}

// relay handles a batch: media of known sources here, the rest is noted for pion.
func (s *Shard) relay(n int, now time.Duration) {
	s.count, s.next = 0, 0
	s.mu.Lock()
	defer s.mu.Unlock()
	var leg *Leg
	var source udp.Key
	for i := range n {
		packet := s.socket.Packet(i)
		if isMedia(packet) {
			if key := s.socket.SourceKey(i); key != source {
				source, leg = key, s.bySource[key]
			}
			// Once a leg is silent, what is not its own may be another's behind the same NAT,
			// whom pion knows. Before that it is noise, and pion's queues are not for that.
			if leg != nil && (leg.ingest(packet, now) != foreign || now-leg.heard < silence) {
				continue
			}
			s.unknown[s.stranger%strangers] = stranger{tagOf(packet), source}
			s.stranger++
		}
		if len(packet) > 0 {
			s.others[s.count] = uint8(i)
			s.count++
		}
	}
	if now-s.ticked >= tickEvery {
		s.ticked = now
		for _, l := range s.legs {
			l.tick(now)
		}
	}
	s.socket.Flush()
}

// tagOf is the end of a packet's authentication tag, or of its index: enough to know
// the packet again.
func tagOf(packet []byte) uint64 { return binary.NativeEndian.Uint64(packet[len(packet)-8:]) }

// learn makes the source of a packet that proved authentic l's. A browser may send from
// another valid candidate pair than the one nominated.
func (s *Shard) learn(l *Leg, tag uint64) {
	for i := range s.unknown {
		if u := &s.unknown[i]; u.tag == tag && u.source != (udp.Key{}) {
			if s.bySource[u.source] != l {
				s.own(l, u.source)
			}
			return
		}
	}
}

func (s *Shard) own(l *Leg, source udp.Key) {
	if old := s.bySource[source]; old != nil {
		old.sources = slices.DeleteFunc(old.sources, func(k udp.Key) bool { return k == source })
	}
	if len(l.sources) == sourcesPerLeg {
		delete(s.bySource, l.sources[0])
		l.sources = l.sources[1:]
	}
	s.bySource[source] = l
	l.sources = append(l.sources, source)
}

func (s *Shard) leave(l *Leg) {
	for _, source := range l.sources {
		delete(s.bySource, source)
	}
	l.sources = nil
	s.legs = slices.DeleteFunc(s.legs, func(x *Leg) bool { return x == l })
}

// WriteToAddrPort sends a packet of pion's.
func (s *Shard) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return s.socket.WriteTo(b, to)
}

// ReadFrom is ReadFromAddrPort, which the mux prefers.
func (s *Shard) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := s.ReadFromAddrPort(b)
	return n, net.UDPAddrFromAddrPort(from), err
}

// WriteTo is WriteToAddrPort, which the mux prefers.
func (s *Shard) WriteTo(b []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, fmt.Errorf("relay: %T is no UDP address", to)
	}
	return s.WriteToAddrPort(b, u.AddrPort())
}

// Close lets the reader's next read fail with net.ErrClosed.
func (s *Shard) Close() error { return s.socket.Close() }

// LocalAddr is the unspecified address with the shard's port: to the mux, one port
// stands for all addresses of the machine.
func (s *Shard) LocalAddr() net.Addr {
	return &net.UDPAddr{IP: net.IPv6unspecified, Port: int(s.Port())}
}

// SetDeadline does nothing: reads return at Close, writes at once. So do the other two.
func (*Shard) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (*Shard) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (*Shard) SetWriteDeadline(time.Time) error { return nil }
