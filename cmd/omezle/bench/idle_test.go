package bench

import (
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/signaling/protocol"
)

// pingRounds is how many pings each socket has had when memory is measured.
const pingRounds = 2

func BenchmarkIdleSocket(b *testing.B) {
	sockets := 15_000
	if text := os.Getenv("OMEZLE_BENCH_SOCKETS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			b.Fatalf("OMEZLE_BENCH_SOCKETS: %q is not a number of sockets", text)
		}
		sockets = n
	}
	for b.Loop() {
		house := newHouse(b, 1, "MAX_SESSIONS="+strconv.Itoa(sockets+1000))
		before := house.rss(b)
		var pinged atomic.Int64
		house.seat(b, sockets, func(s *sitter, message protocol.Validator) {
			if _, ok := message.(*protocol.Stats); ok { // idle visitors get it with every ping
				s.mu.Lock()
				if s.pings++; s.pings == pingRounds {
					pinged.Add(1)
				}
				s.mu.Unlock()
			}
		})
		until(b, func() bool { return int(pinged.Load()) == sockets }, "not every socket was pinged")
		after := house.rss(b)
		house.profile(b, "heap", ".pprof")
		house.profile(b, "heap?debug=1", ".txt") // as text, with the runtime's own account at its end
		b.ReportMetric(float64(after-before)/float64(sockets), "B/socket")
		b.ReportMetric(0, "ns/op")
	}
}

func (h *house) rss(b *testing.B) int64 {
	b.Helper()
	bytes, err := stage.RSS(h.nodes[0].PID())
	if err != nil {
		b.Fatal(err)
	}
	return bytes
}
