package relay

import (
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const forwarded = 4096 // packets prepared for a benchmark: fewer than half a sequence

// flow is a pair whose viewer is a UDP socket, with packets of the publisher's at hand.
type flow struct {
	a, b    *end
	packets [][]byte
	next    uint16 // sequence number
}

func newFlow(tb testing.TB, k Kind, size int) *flow {
	tb.Helper()
	w := newBench(tb)
	f := &flow{}
	f.a, f.b = w.pair()
	sink, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = sink.Close() })
	f.b.leg.Route(sink.LocalAddr().(*net.UDPAddr).AddrPort())
	f.refill(k, size)
	return f
}

// refill seals the next packets of the publisher's.
func (f *flow) refill(k Kind, size int) {
	codec := f.a.leg.up[k].codec
	f.packets = f.packets[:0]
	for range forwarded {
		f.packets = append(f.packets, f.a.sealed(codec.SSRC, codec.PayloadType, f.next, make([]byte, size)))
		f.next++
	}
}

// forward passes the i-th packet as the shard's loop would.
func (f *flow) forward(i int) bool {
	s := f.a.leg.shard
	f.a.bench.clock += time.Millisecond
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	ok := f.a.leg.ingest(f.packets[i], now) == authentic
	if i%4 == 3 {
		f.a.leg.tick(now)
		f.b.leg.tick(now)
		s.socket.Flush()
	}
	return ok
}

func TestForwardingAllocatesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		kind Kind
		size int
	}{"video": {Video, 1100}, "audio": {Audio, 80}} {
		t.Run(name, func(t *testing.T) {
			f := newFlow(t, c.kind, c.size)
			f.a.leg.config.MaxBPS = 1 << 40
			i := 0
			for ; i < 512; i++ { // fill the cache, make the maps
				f.forward(i)
			}
			allocations := testing.AllocsPerRun(2000, func() {
				if !f.forward(i) {
					t.Fatal("not forwarded")
				}
				i++
			})
			// Feedback is sealed by pion, which allocates for each packet of it: ten a second
			// and leg. None of that is for each packet that is forwarded.
			if allocations != 0 {
				t.Errorf("%.2f allocations a packet", allocations)
			}
			if got := f.a.leg.Statistics().Forwarded; got < 2000 {
				t.Errorf("only %d were forwarded", got)
			}
		})
	}
}

func BenchmarkForward(b *testing.B) {
	for name, c := range map[string]struct {
		kind Kind
		size int
	}{"video": {Video, 1100}, "audio": {Audio, 80}} {
		b.Run(name, func(b *testing.B) {
			f := newFlow(b, c.kind, c.size)
			f.a.leg.config.MaxBPS = 1 << 40
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				if i == len(f.packets) {
					b.StopTimer()
					f.refill(c.kind, c.size)
					i = 0
					b.StartTimer()
				}
				if !f.forward(i) {
					b.Fatal("not forwarded")
				}
				i++
			}
		})
	}
}
