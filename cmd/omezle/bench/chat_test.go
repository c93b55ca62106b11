package bench

import (
	"fmt"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
)

const (
	chatPairs  = 500
	chatRate   = 2000 // messages a second, of all
	chatWarmUp = 3 * time.Second
	chatWindow = 20 * time.Second
	chatTick   = 2 * time.Millisecond
)

func BenchmarkChat(b *testing.B) {
	for _, nodes := range []int{1, 2} {
		b.Run(fmt.Sprintf("nodes=%d", nodes), func(b *testing.B) {
			for b.Loop() {
				benchmarkChat(b, nodes)
			}
		})
	}
}

func benchmarkChat(b *testing.B, nodes int) {
	house := newHouse(b, nodes)
	crowd := stage.NewCrowd(b)
	for i := range 2 * chatPairs {
		crowd.Invite([]string{house.nodes[i%nodes].URL}, "", nil)
		if i%100 == 99 {
			until(b, func() bool { return stage.Count(crowd.Guests(), online) == i+1 }, "not all are connected")
		}
	}
	guests := crowd.Guests()
	for i, g := range guests {
		g.Find(stage.Text(fmt.Sprintf("pair %d", i/2)))
	}
	until(b, func() bool {
		for i := 0; i < len(guests); i += 2 {
			if p := guests[i].Pair(); p == "" || p != guests[i+1].Pair() {
				return false
			}
		}
		return true
	}, "not all pairs are together")

	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		chatter(guests, stop)
	}()
	pause(b.Context(), chatWarmUp)
	crowd.Delivery.Take()
	servers, redis := house.cpu(b)
	profiled := house.during(b, chatWindow)
	pause(b.Context(), chatWindow)
	times := crowd.Delivery.Take()
	serversAfter, redisAfter := house.cpu(b)
	close(stop)
	<-done
	profiled()
	for _, g := range guests {
		for _, problem := range g.Problems() {
			b.Error(problem)
		}
	}
	if wanted := int(chatRate * chatWindow.Seconds()); len(times) < wanted*95/100 {
		b.Errorf("%d messages were delivered, %d were to be sent", len(times), wanted)
	}
	perMillion := func(spent time.Duration) float64 { return spent.Seconds() / float64(len(times)) * 1e6 }
	b.ReportMetric(perMillion(serversAfter-servers+redisAfter-redis), "cpu-s/Mmsg")
	b.ReportMetric(perMillion(redisAfter-redis), "redis-cpu-s/Mmsg")
	b.ReportMetric(milliseconds(times.At(.5)), "p50-ms")
	b.ReportMetric(milliseconds(times.At(.99)), "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// chatter lets guests talk in turns until stopped, at chatRate however late a tick comes.
func chatter(guests []*stage.Guest, stop <-chan struct{}) {
	tick := time.NewTicker(chatTick)
	defer tick.Stop()
	began := time.Now()
	for said := 0; ; {
		select {
		case <-stop:
			return
		case now := <-tick.C:
			for due := int(now.Sub(began).Seconds() * chatRate); said < due; said++ {
				_ = guests[said%len(guests)].Say() // what is missing shows in the count
			}
		}
	}
}

func online(g *stage.Guest) bool { return g.Where().Connected }
