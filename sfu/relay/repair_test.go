package relay

import (
	"testing"
	"time"

	"omezle/sfu/relay/bandwidth"
)

// congest lets the viewer's path fill with a queue of that length, and lose that many of
// ten packets.
func (e *end) congest(queue time.Duration, lost int) {
	w := e.bench
	for range 12 {
		for i := range 10 {
			w.clock += 8 * time.Millisecond
			if i < lost {
				e.leg.estimate.Lost(w.clock, 1000)
			} else {
				e.leg.estimate.Arrived(w.clock, w.clock+queue, 1000, w.clock)
			}
		}
		e.leg.estimate.Update(w.clock)
		e.leg.relieve(w.clock)
	}
}

func TestWhatOverflowsIsGivenUpForANewPicture(t *testing.T) {
	a, b := newBench(t).pair()
	next := a.frame(1, 4, true)
	b.congest(0, 0)
	if b.leg.estimate.Draining() {
		t.Fatal("drains without a queue")
	}
	next = a.frame(next, 4, false)
	b.congest(200*time.Millisecond, 4)
	if !b.leg.estimate.Draining() {
		t.Fatal("nothing is seen of the queue")
	}
	b.take()
	asked := a.leg.Statistics().KeyframesAsked
	a.bench.shard.mu.Lock()
	b.leg.resend(next-1, a.bench.clock)
	a.bench.shard.mu.Unlock()
	if media, _ := b.take(); len(media) != 0 {
		t.Error("resent into a queue that overflows")
	}
	if again := a.leg.Statistics().KeyframesAsked; again != asked {
		t.Errorf("asked for %d keyframes while the queue stands", again-asked)
	}
	b.congest(0, 0)
	if again := a.leg.Statistics().KeyframesAsked; again != asked+1 {
		t.Errorf("asked for %d keyframes when the queue was gone", again-asked)
	}
	next = a.frame(next, 4, true)
	b.take()
	a.bench.shard.mu.Lock()
	b.leg.resend(next-1, a.bench.clock)
	a.bench.shard.mu.Unlock()
	if media, _ := b.take(); len(media) != 1 {
		t.Errorf("%d packets of the new picture were resent", len(media))
	}
}

func TestRepairsTakeAShareOfThePath(t *testing.T) {
	path := bandwidth.Estimator{Ceiling: 400_000}
	var r repairs
	sent := 0
	now := time.Minute
	for range 1000 { // ten seconds of asking for everything
		now += 10 * time.Millisecond
		for r.may(1, &path, now) {
			r.spent(1000)
			sent += 1000
		}
	}
	if bps := sent * 8 / 10; bps < 100_000 || bps > 140_000 {
		t.Errorf("%d bits per second are resent on a path of 400,000", bps)
	}
}

func TestKeyframesHaveTimeToArrive(t *testing.T) {
	for name, c := range map[string]struct {
		ceiling  int
		from, to time.Duration
	}{
		"wide":   {2_500_000, 450 * time.Millisecond, 550 * time.Millisecond},
		"narrow": {200_000, 1200 * time.Millisecond, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := newBench(t).pair()
			b.leg.estimate.Ceiling = c.ceiling
			a.frame(1, 12, true)
			a.bench.clock += time.Minute
			pli := []byte{0x81, typePayloadFeedback, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}
			b.rtcp(pli)
			began, asked := a.bench.clock, a.leg.Statistics().KeyframesAsked
			b.rtcp(pli)
			for a.leg.Statistics().KeyframesAsked == asked && a.bench.clock < began+time.Minute {
				a.bench.clock += 10 * time.Millisecond
				a.tick()
			}
			if after := a.bench.clock - began; after < c.from || after > c.to {
				t.Errorf("asked again after %s", after)
			}
		})
	}
}
