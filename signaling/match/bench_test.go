//go:build unix

package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"omezle/signaling/redisdb/redistest"
)

// crowd draws tickets with the variety of a busy hour.
func crowd(n int) []*Ticket {
	rng := rand.New(rand.NewPCG(3, 4))
	tickets := make([]*Ticket, n)
	for i := range tickets {
		tickets[i] = visitor(speaks([]string{"en", "en", "es", ""}[rng.IntN(4)]))
		for range rng.IntN(4) {
			tickets[i].Interests = append(tickets[i].Interests, fmt.Sprint("interest", rng.IntN(20)))
		}
	}
	return tickets
}

// BenchmarkJoin measures a Join on a redis-server of its own: callers at once,
// who ask for nothing, so that every second one matches; and a varied crowd.
func BenchmarkJoin(b *testing.B) {
	for _, c := range []struct {
		name  string
		plain bool
	}{{"anybody", true}, {"varied", false}} {
		b.Run(c.name, func(b *testing.B) {
			m := New(redistest.Open(b, redistest.Single(b)).Client(), DefaultConfig())
			tickets := crowd(4096)
			var matches, next int
			var mu sync.Mutex
			b.SetParallelism(16)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					mu.Lock()
					k := *tickets[next%len(tickets)]
					next++
					mu.Unlock()
					if c.plain {
						k.Interests, k.Language = nil, ""
					}
					match, _, err := m.Join(b.Context(), k)
					if err != nil {
						b.Error(err)
						return
					}
					if match != nil {
						mu.Lock()
						matches++
						mu.Unlock()
					}
				}
			})
			b.ReportMetric(float64(matches)/b.Elapsed().Seconds(), "matches/s")
		})
	}
}

// BenchmarkBurst has a thousand visitors ask at the same instant and measures
// how long each waits for its answer.
func BenchmarkBurst(b *testing.B) {
	const burst = 1000
	m := New(redistest.Open(b, redistest.Single(b)).Client(), DefaultConfig())
	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		times, start := make([]time.Duration, burst), make(chan struct{})
		var wg sync.WaitGroup
		for i := range burst {
			k := visitor()
			wg.Go(func() {
				<-start
				begin := time.Now()
				if _, _, err := m.Join(b.Context(), *k); err != nil {
					b.Error(err)
				}
				times[i] = time.Since(begin)
			})
		}
		b.StartTimer()
		close(start)
		wg.Wait()
		took = append(took, times...)
		if n := countAll(b, m); n != 0 {
			b.Fatalf("%d wait", n)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

func countAll(b *testing.B, m *Matcher) (n int) {
	waiting, err := m.Waiting(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, k := range waiting {
		n += k
	}
	return n
}

// BenchmarkPoll measures the upkeep of a thousand tickets that find nobody.
func BenchmarkPoll(b *testing.B) {
	bench := newBench(b, redistest.Open(b, redistest.Single(b)).Client(), DefaultConfig())
	tickets := crowd(1000)
	for _, k := range tickets {
		k.Device = "same"
		bench.wait(k)
	}
	b.ResetTimer()
	for b.Loop() {
		bench.pass(time.Second)
		bench.poll(tickets...)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/ticket")
}
