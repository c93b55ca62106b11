package relay

import (
	"testing"
	"time"
)

// turn lets the loop wait and work for given times, bringing packets each time.
func turn(p *pace, now *time.Duration, length, wait, work time.Duration, packets int) {
	for end := *now + length; *now < end; {
		p.idle = *now
		*now += wait
		p.took(packets, *now)
		*now += work
	}
}

func TestPacketsAreGatheredOnlyUnderLoad(t *testing.T) {
	const most = 500 * time.Microsecond
	p, now := pace{most: most}, time.Second
	p.began = now
	turn(&p, &now, 5*time.Second, 900*time.Microsecond, 100*time.Microsecond, 1)
	if p.delay != 0 {
		t.Errorf("a tenth of a core: waits %s", p.delay)
	}
	turn(&p, &now, 5*time.Second, 600*time.Microsecond, 400*time.Microsecond, 4)
	if p.delay != most {
		t.Errorf("four tenths: waits %s", p.delay)
	}
	if share := p.share(); share < 0.38 || share > 0.42 {
		t.Errorf("share is %.2f", share)
	}
	turn(&p, &now, 5*time.Second, 850*time.Microsecond, 150*time.Microsecond, 4)
	if p.delay != most {
		t.Errorf("still 15 %%, because of gathering: waits %s", p.delay)
	}
	turn(&p, &now, 5*time.Second, 950*time.Microsecond, 50*time.Microsecond, 4)
	if p.delay != 0 {
		t.Errorf("quiet again: waits %s", p.delay)
	}
}

func TestGatheringThatBringsNothingEnds(t *testing.T) {
	p, now := pace{most: 500 * time.Microsecond}, time.Second
	p.began = now
	waiting := 0
	for range 100 {
		turn(&p, &now, 100*time.Millisecond, 500*time.Microsecond, 500*time.Microsecond, 1)
		if p.delay > 0 {
			waiting++
		}
	}
	if waiting > 50 {
		t.Errorf("waits %d %% of the time for batches of one", waiting)
	}
}

func TestShardThatMayNotGatherNeverDoes(t *testing.T) {
	p, now := pace{}, time.Second
	turn(&p, &now, 5*time.Second, 100*time.Microsecond, 900*time.Microsecond, 20)
	if p.delay != 0 {
		t.Errorf("waits %s", p.delay)
	}
	if p.share() < 0.85 {
		t.Errorf("share is %.2f", p.share())
	}
}

func TestLoopThatOthersKeepFromRunningIsNotBusy(t *testing.T) {
	now := time.Second
	p := pace{most: 500 * time.Microsecond, began: now}
	p.cpu = func() time.Duration { return now / 20 }
	p.used = p.cpu()
	turn(&p, &now, 5*time.Second, 100*time.Microsecond, 900*time.Microsecond, 20)
	if p.delay != 0 || p.share() > 0.06 {
		t.Errorf("waits %s, share %.2f", p.delay, p.share())
	}
}
