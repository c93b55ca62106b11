package bench

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/signaling/protocol"
)

const (
	burstVisitors = 1000
	burstRounds   = 5
	burstWriters  = 8

	rateVisitors = 1000
	rate         = 200 // finds a second
	rateWindow   = 20 * time.Second

	saturatedVisitors = 1000
	saturatedWarmUp   = 3 * time.Second
	saturatedWindow   = 10 * time.Second

	askAgain = 5 * time.Second // what a visitor waits before asking again
)

var anybody = &protocol.Find{Type: protocol.KindFind, Mode: models.ModeText}

func BenchmarkMatch(b *testing.B) {
	b.Run("burst=1000", func(b *testing.B) {
		for b.Loop() {
			benchmarkBurst(b)
		}
	})
	b.Run("rate=200", func(b *testing.B) {
		for b.Loop() {
			benchmarkRate(b)
		}
	})
	b.Run("saturated", func(b *testing.B) {
		for b.Loop() {
			benchmarkSaturated(b)
		}
	})
}

// seekers are sitters who look for partners, with what they measure.
type seekers struct {
	list    []*sitter
	times   stage.Latencies
	matched atomic.Int64 // sides
	retried int
}

func seat(b *testing.B, house *house, n int) *seekers {
	b.Helper()
	k := &seekers{}
	k.list = house.seat(b, n, func(s *sitter, message protocol.Validator) {
		switch m := message.(type) {
		case *protocol.Matched:
			s.mu.Lock()
			k.times.Add(time.Since(s.asked))
			s.asked, s.pair = time.Time{}, m
			s.mu.Unlock()
			k.matched.Add(1)
		case *protocol.Ended:
			s.mu.Lock()
			s.pair = nil
			s.mu.Unlock()
		}
	})
	return k
}

func (s *sitter) ask() {
	s.mu.Lock()
	s.asked = time.Now()
	s.mu.Unlock()
	_ = s.conn.Send(anybody) // a closed socket is reported by its reader
}

// leave ends the sitter's pair, if it is the one to do so: the polite side.
func (s *sitter) leave() {
	s.mu.Lock()
	pair := s.pair
	s.mu.Unlock()
	if pair != nil && pair.Polite {
		_ = s.conn.Send(&protocol.Leave{Type: protocol.KindLeave, Pair: pair.Pair})
	}
}

// free reports whether the sitter neither has a partner nor looks for one.
func (s *sitter) free() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pair == nil && s.asked.IsZero()
}

// repeat lets those ask again who have waited too long.
func (k *seekers) repeat() {
	for _, s := range k.list {
		s.mu.Lock()
		late := !s.asked.IsZero() && time.Since(s.asked) > askAgain*time.Duration(s.again+1)
		if late {
			s.again++
		}
		s.mu.Unlock()
		if late {
			k.retried++
			_ = s.conn.Send(anybody)
		}
	}
}

func (k *seekers) report(b *testing.B) {
	times := k.times.Take()
	b.ReportMetric(milliseconds(times.At(.5)), "p50-ms")
	b.ReportMetric(milliseconds(times.At(.99)), "p99-ms")
	b.ReportMetric(float64(k.retried), "retried")
	b.ReportMetric(0, "ns/op")
}

func benchmarkBurst(b *testing.B) {
	house := newHouse(b, 1)
	k := seat(b, house, burstVisitors)
	for round := range burstRounds {
		var asking sync.WaitGroup
		for w := range burstWriters {
			asking.Go(func() {
				for i := w; i < len(k.list); i += burstWriters {
					k.list[i].ask()
				}
			})
		}
		asking.Wait()
		until(b, func() bool {
			k.repeat()
			return k.matched.Load() == int64((round+1)*burstVisitors)
		}, "not all were matched")
		for _, s := range k.list {
			s.leave()
		}
		until(b, func() bool {
			for _, s := range k.list {
				if !s.free() {
					return false
				}
			}
			return true
		}, "not all pairs ended")
	}
	k.report(b)
}

func benchmarkRate(b *testing.B) {
	house := newHouse(b, 1)
	k := seat(b, house, rateVisitors)
	profiled := house.during(b, rateWindow)
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	const finds = int(rate * rateWindow / time.Second)
	for i := range finds {
		<-tick.C
		s := k.list[i%len(k.list)] // last asked five seconds ago
		until(b, s.free, "a visitor is not free after five seconds")
		s.ask()
		k.list[(i+len(k.list)/2)%len(k.list)].leave()
	}
	until(b, func() bool {
		k.repeat()
		return k.matched.Load() == int64(finds)
	}, "not all were matched")
	profiled()
	k.report(b)
}

func benchmarkSaturated(b *testing.B) {
	house := newHouse(b, 1, "OTHER_PER_SECOND=1000000", "OTHER_BURST=1000000")
	var matched atomic.Int64 // sides
	list := house.seat(b, saturatedVisitors, func(s *sitter, message protocol.Validator) {
		switch m := message.(type) {
		case *protocol.Matched:
			matched.Add(1)
			if m.Polite {
				_ = s.conn.Send(&protocol.Leave{Type: protocol.KindLeave, Pair: m.Pair, Next: true})
			}
		case *protocol.Ended:
			if !m.Self {
				_ = s.conn.Send(anybody)
			}
		}
	})
	for _, s := range list {
		s.ask()
	}
	pause(b.Context(), saturatedWarmUp)
	before, began := matched.Load(), time.Now()
	profiled := house.during(b, saturatedWindow)
	pause(b.Context(), saturatedWindow)
	pairs := float64(matched.Load()-before) / 2
	b.ReportMetric(pairs/time.Since(began).Seconds(), "matches/s")
	b.ReportMetric(0, "ns/op")
	profiled()
}
