package bandwidth

import (
	"math/rand/v2"
	"testing"
	"time"
)

// seeds of chance that each case is tried with.
const seeds = 20

// stumbles stands still for 100 to 300 ms, about once a second.
func stumbles(rng *rand.Rand) (every, length time.Duration) {
	return 300*time.Millisecond + time.Duration(rng.Int64N(int64(time.Second))),
		100*time.Millisecond + time.Duration(rng.Int64N(int64(200*time.Millisecond)))
}

func TestOpenPathStaysOpen(t *testing.T) {
	for name, set := range map[string]func(*link){
		"quiet":                         func(*link) {},
		"jitter":                        func(l *link) { l.jitter = 30 * time.Millisecond },
		"a viewer who stumbles":         func(l *link) { l.pause = stumbles },
		"that, with jitter and 2% lost": func(l *link) { l.pause, l.jitter, l.loss = stumbles, 20*time.Millisecond, 0.02 },
		"that, with late feedback":      func(l *link) { l.pause, l.deaf = stumbles, 400*time.Millisecond },
		"a sender with little to send":  func(l *link) { l.pause, l.wanted = stumbles, 200_000 },
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(seeds) {
				var e Estimator
				l := newLink(&e, seed)
				set(l)
				l.look()
				l.run(time.Minute)
				if l.lowest < 0.9*DefaultCeiling {
					t.Errorf("%d: fell to %.0f", seed, l.lowest)
				}
			}
		})
	}
}

func TestFalseAlarmIsTakenBack(t *testing.T) {
	for seed := range uint64(seeds) {
		var e Estimator
		l := newLink(&e, seed)
		l.wanted, l.pause, l.jitter, l.deaf = 80_000, stumbles, 100*time.Millisecond, 200*time.Millisecond
		l.look()
		l.run(time.Minute)
		if mean := l.sum / float64(l.looks); mean < 0.9*DefaultCeiling {
			t.Errorf("%d: %.0f bits per second on average", seed, mean)
		}
	}
}

func TestEstimateSettlesJustBelowTheBottleneck(t *testing.T) {
	for name, set := range map[string]func(*link){
		"quiet":             func(*link) {},
		"a short queue":     func(l *link) { l.buffer = 200 * time.Millisecond },
		"a viewer's clock":  func(l *link) { l.skew = 3 * time.Hour },
		"jitter":            func(l *link) { l.jitter = 15 * time.Millisecond },
		"one who stumbles":  func(l *link) { l.pause = stumbles },
		"less to send":      func(l *link) { l.wanted = 800_000 },
		"narrow from begin": func(l *link) { l.capacity = 400_000 },
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(seeds) {
				var e Estimator
				l := newLink(&e, seed)
				set(l)
				l.run(5 * time.Second)
				l.capacity = 400_000
				l.run(3 * time.Second)
				l.look()
				l.run(30 * time.Second)
				if l.lowest < 270_000 || l.sum < 340_000*float64(l.looks) || l.highest > 460_000 {
					t.Errorf("%d: %.0f to %.0f bits per second, on average %.0f, on a path of 400,000", seed, l.lowest, l.highest, l.sum/float64(l.looks))
				}
				if l.longest > 250*time.Millisecond || l.dropped*200 > l.sent {
					t.Errorf("%d: waits of up to %s, %d of %d dropped", seed, l.longest, l.dropped, l.sent)
				}
				l.capacity = 20_000_000
				l.run(10 * time.Second)
				if bps := float64(e.BPS()); bps < 0.9*min(DefaultCeiling, l.wanted) {
					t.Errorf("%d: %.0f bits per second ten seconds after the path is free", seed, bps)
				}
			}
		})
	}
}

func TestLongQueueIsDrained(t *testing.T) {
	for seed := range uint64(seeds) {
		var e Estimator
		l := newLink(&e, seed)
		l.run(5 * time.Second)
		l.capacity, l.buffer = 400_000, 3*time.Second
		l.run(8 * time.Second)
		l.look()
		l.run(20 * time.Second)
		if l.longest > 250*time.Millisecond {
			t.Errorf("%d: packets still wait %s", seed, l.longest)
		}
	}
}

func TestEncoderThatSendsMoreThanItMayIsToldLess(t *testing.T) {
	for _, greed := range []float64{1.3, 1.6} {
		for seed := range uint64(seeds) {
			var e Estimator
			l := newLink(&e, seed)
			l.greed, l.wanted = greed, 1_000_000
			l.run(5 * time.Second)
			l.capacity = 400_000
			l.run(6 * time.Second)
			l.look()
			l.run(30 * time.Second)
			if l.longest > 300*time.Millisecond || l.dropped*50 > l.sent {
				t.Errorf("%d: %.1f times: waits of up to %s, %d of %d dropped", seed, greed, l.longest, l.dropped, l.sent)
			}
			if mean := l.sum / float64(l.looks) * greed; mean < 300_000 {
				t.Errorf("%d: %.1f times: only %.0f bits per second are used", seed, greed, mean)
			}
		}
	}
}

func TestLossAloneIsNoCongestion(t *testing.T) {
	var e Estimator
	l := newLink(&e, 7)
	l.loss = 0.05
	l.look()
	l.run(time.Minute)
	if l.lowest < 0.7*DefaultCeiling {
		t.Errorf("fell to %.0f", l.lowest)
	}
}

func TestPathThatDropsWithoutAQueueIsFollowed(t *testing.T) {
	var e Estimator
	l := newLink(&e, 7)
	l.capacity, l.buffer = 400_000, 25*time.Millisecond
	l.run(5 * time.Second)
	l.look()
	l.run(20 * time.Second)
	if l.highest > 600_000 || l.lowest < 200_000 {
		t.Errorf("%.0f to %.0f bits per second on a path of 400,000", l.lowest, l.highest)
	}
}

func TestLongerPathIsNoQueue(t *testing.T) {
	var e Estimator
	l := newLink(&e, 7)
	l.run(5 * time.Second)
	l.delay += 150 * time.Millisecond
	l.run(15 * time.Second)
	l.look()
	l.run(20 * time.Second)
	if l.lowest < 0.9*DefaultCeiling {
		t.Errorf("fell to %.0f", l.lowest)
	}
}

func TestEstimateDoesNotOutgrowWhatIsSent(t *testing.T) {
	e := Estimator{rate: 250_000}
	l := newLink(&e, 7)
	l.wanted = 200_000
	l.run(time.Minute)
	if bps := e.BPS(); bps > 400_000 {
		t.Errorf("%d bits per second while 200,000 are sent", bps)
	}
}

func TestCeilingIsNeverExceeded(t *testing.T) {
	e := Estimator{Ceiling: 700_000}
	l := newLink(&e, 7)
	l.look()
	l.run(20 * time.Second)
	if l.highest != 700_000 || l.lowest != 700_000 {
		t.Errorf("%.0f to %.0f", l.lowest, l.highest)
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
