package bandwidth

import (
	"testing"
	"time"
)

// path is a bottleneck with a queue, and a sender who obeys the estimate.
type path struct {
	capacity float64       // bits per second
	free     time.Duration // when it has sent what it has
	skew     time.Duration // of the viewer's clock
}

// run sends for a time at the rate of the estimate, but at most at most, and returns
// the longest wait in the last second.
func (p *path) run(e *Estimator, now *time.Duration, length time.Duration, most int) time.Duration {
	const size = 1200
	var worst time.Duration
	end := *now + length
	type sent struct{ at, arrived time.Duration }
	var unreported []sent
	next, report := *now, *now
	for *now < end {
		rate := min(e.BPS(), most)
		*now = next
		next += time.Duration(float64(size*8) / float64(rate) * float64(time.Second))
		p.free = max(p.free, *now) + time.Duration(size*8/p.capacity*float64(time.Second))
		if wait := p.free - *now; *now > end-time.Second {
			worst = max(worst, wait)
		}
		unreported = append(unreported, sent{*now, p.free})
		if *now-report < 100*time.Millisecond {
			continue
		}
		report = *now
		kept := unreported[:0]
		for _, s := range unreported {
			if s.arrived > *now {
				kept = append(kept, s)
				continue
			}
			e.Arrived(s.at, s.arrived+p.skew, size, *now)
		}
		unreported = kept
		e.Update(*now)
	}
	return worst
}

func TestEstimateFollowsTheBottleneck(t *testing.T) {
	var e Estimator
	now := time.Second
	p := path{capacity: 5_000_000, skew: -time.Hour}
	p.run(&e, &now, 5*time.Second, 1_500_000)
	p.capacity = 400_000
	worst := p.run(&e, &now, 5*time.Second, 1_500_000)
	if bps := e.BPS(); bps > 400_000 || bps < 200_000 {
		t.Errorf("%d bits per second within 5 s of a path of 400,000", bps)
	}
	worst = min(worst, p.run(&e, &now, 5*time.Second, 1_500_000))
	if worst > 250*time.Millisecond {
		t.Errorf("packets still wait %s", worst)
	}
	p.capacity = 5_000_000
	p.run(&e, &now, 30*time.Second, 1_500_000)
	if bps := e.BPS(); bps < 1_000_000 {
		t.Errorf("%d bits per second half a minute after the path is free", bps)
	}
}

func TestEstimateDoesNotOutgrowWhatIsSent(t *testing.T) {
	var e Estimator
	now := time.Second
	p := path{capacity: 100_000_000}
	p.run(&e, &now, time.Second, 200_000)
	e.rate = 250_000
	p.run(&e, &now, 60*time.Second, 200_000)
	if bps := e.BPS(); bps > 330_000 {
		t.Errorf("%d bits per second while 200,000 are sent", bps)
	}
}

func TestLossLowersTheEstimate(t *testing.T) {
	var e Estimator
	now := time.Second
	e.Update(now)
	for i := range 200 {
		now += 10 * time.Millisecond
		if i%4 == 0 {
			e.Lost(1200)
		} else {
			e.Arrived(now, now, 1200, now)
		}
		e.Update(now)
	}
	if bps := e.BPS(); bps > Start/2 {
		t.Errorf("%d bits per second at a quarter lost", bps)
	}
}

func TestReportsDoWithoutTransportFeedback(t *testing.T) {
	var e Estimator
	e.Report(0, 1_000_000, time.Second)
	e.Report(0.3, 1_000_000, 2*time.Second)
	if bps := e.BPS(); bps > 900_000 {
		t.Errorf("%d bits per second at 30 %% lost of a million", bps)
	}
}
