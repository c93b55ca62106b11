package frame

import (
	"errors"
	"testing"
	"time"

	"omezle/models"
)

func TestAPictureIsLookedAtDenselyFirstAndByItsPlanLater(t *testing.T) {
	film(t, nil, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(time.Second)
		if len(s.judged) == 0 {
			t.Error("no look within the first second")
		}
		s.pass(9 * time.Second)
		if n := len(s.judged); n < 6 || n > 18 {
			t.Errorf("%d looks in the first 10 s", n)
		}
		before := len(s.judged)
		s.pass(10 * time.Minute)
		if n := len(s.judged) - before; n < 120 || n > 200 { // 150 of 4 s
			t.Errorf("%d looks in 10 minutes", n)
		}
		for _, look := range s.looks {
			if look.Samples != 1 || look.Hot != 0 || look.Class != "Neutral" || look.Trouble != "" {
				t.Fatalf("%+v", look)
			}
		}
		if len(s.alarms) > 0 {
			t.Errorf("alarms: %+v", s.alarms)
		}
	})
}

func TestLooksCannotBeTimed(t *testing.T) {
	film(t, func(_ *studio, c *Config) { c.DenseStart = 0 }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(20 * time.Minute)
		soon, late := 0, 0
		for i := range s.judged[1:] {
			switch gap := s.judged[i+1].Sub(s.judged[i]); {
			case gap < 2*time.Second:
				soon++
			case gap > 5*time.Second:
				late++
			}
		}
		if soon == 0 || late == 0 || soon > len(s.judged)/4 {
			t.Errorf("of %d looks %d within 2 s, %d after 5 s", len(s.judged), soon, late)
		}
	})
}

func TestKeyframesThatPassAreUsedAndNobodyIsAsked(t *testing.T) {
	film(t, func(s *studio, c *Config) { s.passing, c.SurprisePercent = 250*time.Millisecond, 0 }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(time.Minute)
		stats := s.sampler.Stats()
		if stats.Passing < 15 || stats.Passing > 60 || len(s.asked) > 1 {
			t.Errorf("%d keyframes used of those that pass, %d asked for", stats.Passing, len(s.asked))
		}
	})
}

func TestAskedKeyframesStayWithinTheBudget(t *testing.T) {
	frame := append(keyframe(t, "trigger-64x48"), make([]byte, 6000)...) // as large as one of 640x480
	film(t, func(s *studio, _ *Config) { s.bps, s.frame = 120_000, frame }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		const minutes = 20
		s.pass(minutes * time.Minute)
		stats := s.sampler.Stats()
		sent := float64(s.bps) / 8 * minutes * 60
		share := 100 * float64(stats.AskedBytes) / sent
		t.Logf("%d keyframes of %d bytes in %d minutes of %d bit/s: %.2f %% of the bytes; %d asks put off", stats.Taken, len(frame), minutes, s.bps, share, stats.Thrifty)
		allowed := sent*0.05 + float64(DefaultConfig().Overdraft+len(frame))
		if float64(stats.AskedBytes) > allowed || stats.Thrifty == 0 {
			t.Errorf("%d bytes of %.0f allowed", stats.AskedBytes, allowed)
		}
	})
}

func TestABudgetMakesNobodyBlind(t *testing.T) {
	film(t, func(s *studio, c *Config) { s.bps, c.Overdraft, s.answer = 5_000, 0, 0 }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(10 * time.Minute)
		if n := len(s.judged); n < 25 || n > 40 {
			t.Errorf("%d looks in 10 minutes", n)
		}
	})
}

func TestASenderWhoAnswersNoAskIsReported(t *testing.T) {
	film(t, func(s *studio, _ *Config) { s.answer = -1 }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(9 * time.Second)
		if s.troubles(models.FrameNoKeyframes) != 0 {
			t.Error("reported at once")
		}
		s.pass(6 * time.Second)
		if s.troubles(models.FrameNoKeyframes) != 1 || len(s.asked) < vainAsks {
			t.Errorf("after 15 s: %+v, %d asks", s.looks, len(s.asked))
		}
		s.pass(time.Minute)
		if n := s.troubles(models.FrameNoKeyframes); n < 2 || n > 6 {
			t.Errorf("after another minute: %d reports", n)
		}
		s.mu.Lock()
		s.answer = 100 * time.Millisecond
		s.mu.Unlock()
		s.pass(20 * time.Second)
		if len(s.judged) == 0 {
			t.Error("not looked at once it answers")
		}
	})
}

func TestNobodyIsAskedOrBlamedWhileNothingIsSent(t *testing.T) {
	film(t, func(s *studio, _ *Config) { s.bps, s.answer = 0, -1 }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingDense)
		s.pass(time.Minute)
		if len(s.asked) != 0 || len(s.looks) != 0 {
			t.Errorf("%d asks, looks %+v", len(s.asked), s.looks)
		}
	})
}

func TestALegTheMediaServerDoesNotKnowYetIsTriedLater(t *testing.T) {
	film(t, func(s *studio, _ *Config) { s.refuse = errNoLeg }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(30 * time.Second)
		if len(s.looks) != 0 {
			t.Errorf("%+v", s.looks)
		}
		s.mu.Lock()
		s.refuse = nil
		s.mu.Unlock()
		s.pass(10 * time.Second)
		if len(s.judged) == 0 {
			t.Error("not looked at")
		}
	})
}

func TestWhatCannotBeDecodedIsASignal(t *testing.T) {
	film(t, func(s *studio, _ *Config) { s.frame = claiming(16383, 16383) }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(10 * time.Second)
		if n := s.troubles(models.FrameUndecodable); n < 5 || n != len(s.looks) || len(s.judged) != 0 {
			t.Errorf("%d of %d looks, %d judged", n, len(s.looks), len(s.judged))
		}
	})
}

func TestADimNoisyCameraRaisesNothing(t *testing.T) {
	dim := keyframe(t, "dim")
	film(t, func(s *studio, _ *Config) { s.frame, s.score = dim, func(int) float64 { return 0.99 } }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(30 * time.Second)
		if n := s.troubles(models.FrameNoPicture); n < 8 || n != len(s.looks) || len(s.judged)+len(s.alarms) != 0 {
			t.Errorf("%d of %d looks, %d judged, %d alarms", n, len(s.looks), len(s.judged), len(s.alarms))
		}
	})
}

func TestOurOwnFailureBlamesNobody(t *testing.T) {
	film(t, func(s *studio, _ *Config) { s.broken = errors.New("out of memory") }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(30 * time.Second)
		if stats := s.sampler.Stats(); len(s.looks) != 0 || stats.Failed < 8 || stats.Judged != 0 {
			t.Errorf("looks %+v, stats %+v", s.looks, stats)
		}
	})
}

func TestNoPlanStopsLooking(t *testing.T) {
	film(t, nil, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingDense)
		s.pass(10 * time.Second)
		s.sampler.Watch(leg(0), models.SamplingNone)
		s.pass(time.Second)
		looks, asks := len(s.looks), len(s.asked)
		s.pass(time.Hour)
		if len(s.looks) != looks || len(s.asked) != asks || s.copies[leg(0).Pair] || s.sampler.Stats().Watched != 0 {
			t.Errorf("%d looks and %d asks later", len(s.looks)-looks, len(s.asked)-asks)
		}
		s.sampler.Watch(leg(0), models.SamplingSparse)
		s.pass(2 * time.Second)
		if len(s.looks) == looks || s.sampler.Stats().Watched != 1 {
			t.Error("a new plan does not begin")
		}
	})
}

func TestADenserPlanTakesEffectAtOnce(t *testing.T) {
	film(t, func(_ *studio, c *Config) { c.DenseStart, c.SurprisePercent = 0, 0 }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingSparse)
		s.pass(2 * time.Second)
		if len(s.judged) != 1 {
			t.Fatalf("%d looks", len(s.judged))
		}
		s.sampler.Watch(leg(0), models.SamplingDense)
		s.pass(2 * time.Second)
		if len(s.judged) < 2 {
			t.Error("no look within two seconds of the plan")
		}
	})
}

func TestALaterLegTakesThePlaceOfTheOneBefore(t *testing.T) {
	film(t, nil, func(s *studio) {
		second := leg(0)
		second.Epoch = 2
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(5 * time.Second)
		s.mu.Lock()
		s.copies[second.Pair] = false // a new leg begins without copies
		s.mu.Unlock()
		before := len(s.looks)
		s.sampler.Watch(second, models.SamplingNormal)
		s.sampler.Forget(leg(0))
		s.sampler.Watch(leg(0), models.SamplingNone)
		s.pass(10 * time.Second)
		if len(s.looks)-before < 5 {
			t.Errorf("%d looks at the later leg", len(s.looks)-before)
		}
		s.sampler.Forget(second)
		s.pass(time.Second)
		before = len(s.looks)
		s.pass(time.Minute)
		if len(s.looks) != before || s.sampler.Stats().Watched != 0 || len(s.sampler.watches) != 0 || len(s.sampler.due) != 0 {
			t.Errorf("%d looks at a leg that is gone", len(s.looks)-before)
		}
	})
}
