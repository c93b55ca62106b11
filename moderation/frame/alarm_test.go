package frame

import (
	"context"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"omezle/models"
)

func constant(score float64) func(int) float64 { return func(int) float64 { return score } }

func TestATriggerRaisesAnAlarmWithinThreeSeconds(t *testing.T) {
	for range 8 { // the schedule is random
		film(t, func(s *studio, _ *Config) { s.score = constant(0.95) }, func(s *studio) {
			s.sampler.Watch(leg(0), models.SamplingNormal)
			s.pass(3 * time.Second)
			if len(s.alarms) != 1 {
				t.Fatalf("%d alarms after %d looks", len(s.alarms), len(s.judged))
			}
			a := s.alarms[0]
			if a.Leg != leg(0) || a.Rule != "nudity" || a.Version != 7 || a.Shadow || a.Again || a.Class != "Porn" || a.Score != 0.95 {
				t.Errorf("%+v", a)
			}
			if len(a.Stills) != 2 || a.Stills[1].Width != 64 || a.Stills[1].Height != 48 || a.Stills[1].Scores["Porn"] != 0.95 || !a.Stills[1].At.Equal(a.Arrived) {
				t.Errorf("%d stills", len(a.Stills))
			}
			for _, still := range a.Stills {
				if _, _, err := Check(still.Frame); err != nil {
					t.Error(err)
				}
			}
			if look := s.looks[0]; look.Hot != 1 || look.Class != "Porn" {
				t.Errorf("%+v", look)
			}
			s.pass(50 * time.Second)
			if len(s.alarms) != 1 {
				t.Error("another alarm within the cooldown")
			}
			s.pass(12 * time.Second)
			if len(s.alarms) != 2 || !s.alarms[1].Again || len(s.alarms[1].Stills) != maxStills {
				t.Errorf("after the cooldown: %d alarms", len(s.alarms))
			}
		})
	}
}

func TestOneDirtyFrameAmongCleanOnesNeverActsAndIsLookedIntoAtOnce(t *testing.T) {
	film(t, func(s *studio, _ *Config) {
		s.score = func(n int) float64 {
			if n%20 == 10 {
				return 0.99
			}
			return 0.01
		}
	}, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(10 * time.Minute)
		if len(s.alarms) != 0 || len(s.judged) < 130 {
			t.Errorf("%d alarms in %d looks", len(s.alarms), len(s.judged))
		}
		for i := 10; i+1 < len(s.judged); i += 20 {
			if gap := s.judged[i+1].Sub(s.judged[i]); gap > time.Second {
				t.Errorf("the look after a dirty frame came after %v", gap)
			}
		}
		stats := s.sampler.Stats()
		s.pass(2 * time.Minute)
		if stats.Hot == 0 || s.sampler.Stats().StillsBytes > 5*len(s.frame) {
			t.Errorf("%+v", stats)
		}
	})
}

func TestNothingCleanIsKept(t *testing.T) {
	film(t, nil, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingDense)
		s.pass(time.Minute)
		if kept := s.sampler.Stats().StillsBytes; kept != 0 || len(s.sampler.watches[who{leg(0).Pair, 0}].stills.frames) != 0 {
			t.Errorf("%d bytes", kept)
		}
	})
}

func TestARuleInShadowIsToldAsSuchAndMakesNothingDenser(t *testing.T) {
	film(t, func(s *studio, c *Config) {
		s.score, c.DenseStart, c.SurprisePercent = constant(0.95), 0, 0
		s.rules = &Rules{Version: 1, Rules: []Rule{with(func(r *Rule) { r.Mode = Shadow })}}
	}, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingNormal)
		s.pass(time.Minute)
		if len(s.alarms) != 1 || !s.alarms[0].Shadow || len(s.judged) > 30 {
			t.Errorf("%d alarms, %d looks", len(s.alarms), len(s.judged))
		}
		if stats := s.sampler.Stats(); stats.ShadowAlarms != 1 || stats.Alarms != 0 {
			t.Errorf("%+v", stats)
		}
	})
}

func TestAChangedThresholdBindsTheNextLook(t *testing.T) {
	film(t, func(s *studio, _ *Config) { s.score = constant(0.7) }, func(s *studio) {
		s.sampler.Watch(leg(0), models.SamplingDense)
		s.pass(10 * time.Second)
		if len(s.alarms) != 0 {
			t.Fatal("too early")
		}
		s.mu.Lock()
		s.rules = &Rules{Version: 8, Rules: []Rule{with(func(r *Rule) { r.Threshold = 0.65 })}}
		s.mu.Unlock()
		looks := len(s.judged)
		for len(s.judged) == looks {
			s.pass(10 * time.Millisecond)
		}
		if len(s.alarms) != 1 || s.alarms[0].Version != 8 {
			t.Errorf("%+v", s.alarms)
		}
	})
}

func TestAStuckClassifierShedsLooksAndHoldsNobodyUp(t *testing.T) {
	const calls = 60
	film(t, func(s *studio, c *Config) { c.Queue, s.stuck = 32, 5*time.Second }, func(s *studio) {
		for n := range calls {
			s.sampler.Watch(leg(n), models.SamplingNormal)
		}
		for range 5 * 10 {
			s.pass(100 * time.Millisecond)
			if stats := s.sampler.Stats(); stats.Queued > 32 || stats.Judging > 1 {
				t.Fatalf("%+v", stats)
			}
		}
		s.mu.Lock()
		s.stuck = 0
		s.mu.Unlock()
		stuck := s.sampler.Stats()
		t.Logf("5 s stuck: %d keyframes taken, shed %+v", stuck.Taken, stuck.Shed)
		if stuck.Shed.Total() == 0 {
			t.Error("nothing was shed")
		}
		s.pass(30 * time.Second)
		after := s.sampler.Stats()
		if after.Judged < stuck.Judged+3*calls || after.Queued > 1 {
			t.Errorf("not caught up: %+v", after)
		}
	})
}

// stuck is a Judger that does not come back before it is told to.
type stuck struct{ free chan struct{} }

func (s stuck) Judge(ctx context.Context, _ []byte) (Judged, error) {
	select {
	case <-s.free:
	case <-ctx.Done():
	}
	return Judged{}, ctx.Err()
}

func TestAThousandPicturesAtOnceTakeBoundedMemory(t *testing.T) {
	const pictures, rounds = 1000, 4
	large := make([]byte, MaxBytes)
	copy(large, keyframe(t, "trigger-500k"))
	s := New(DefaultConfig(), Deps{
		Source: quiet{}, Judge: stuck{}, Rules: func() *Rules { return nil },
		Alarmed: func(Alarm) {}, Looked: func(models.Leg, models.Look) {}, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range rounds {
		for n := range pictures {
			l := leg(n)
			s.Watch(l, models.SamplingNormal)
			s.mu.Lock()
			s.watches[who{l.Pair, l.Side}].phase = open // as if its look were due
			s.mu.Unlock()
			s.Keyframe(l.Pair, l.Side, append([]byte(nil), large...))
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	stats := s.Stats()
	kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d pictures, %d keyframes of %d bytes while the classifier is stuck: %d MB kept, %d frames queued, %d shed",
		pictures, pictures*rounds, len(large), kept>>20, stats.Queued, stats.Shed.Total())
	if kept > 64<<20 || stats.QueuedBytes > maxQueueBytes || stats.Shed.Total() == 0 {
		t.Errorf("%d bytes kept, %d of them queued", kept, stats.QueuedBytes)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestSamplesAreJudgedInBoundedMemory(t *testing.T) {
	const samples = 100
	judge := NewLocal(constantClassifier{}, classes, 224, 20)
	frame := keyframe(t, "trigger-500k")
	workers := runtime.GOMAXPROCS(0)
	next := make(chan struct{}, samples)
	for range samples {
		next <- struct{}{}
	}
	close(next)
	var peak uint64
	taken := allocated(func() {
		finished := make(chan error, workers)
		for range workers {
			go func() {
				for range next {
					if _, err := judge.Judge(context.Background(), frame); err != nil {
						finished <- err
						return
					}
				}
				finished <- nil
			}()
		}
		for range workers {
			if err := <-finished; err != nil {
				t.Error(err)
			}
		}
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		peak = memory.HeapInuse
	})
	t.Logf("%d samples of 640x480 by %d workers: %d kB allocated each, heap in use at the end %d MB", samples, workers, taken/samples>>10, peak>>20)
	if taken/samples > 2<<20 || peak > 256<<20 {
		t.Errorf("%d bytes a sample, %d in use", taken/samples, peak)
	}
}

type constantClassifier struct{}

func (constantClassifier) Classify(context.Context, []float32) ([]float64, error) {
	return []float64{0, 1}, nil
}

// quiet is a Source whose senders send nothing.
type quiet struct{}

func (quiet) Sample(models.PairID, models.Side, bool) error { return nil }
func (quiet) AskKeyframe(models.PairID, models.Side) error  { return nil }
func (quiet) SentBPS(models.PairID, models.Side) int        { return 0 }
