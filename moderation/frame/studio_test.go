package frame

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"omezle/models"
)

// studio is a media server with cameras, a model with scores of the test's choice, and what the sampler told. It runs
// in a synctest bubble, so its clock is the test's.
type studio struct {
	t       *testing.T
	sampler *Sampler

	mu      sync.Mutex
	passed  time.Duration // by pass
	frame   []byte        // what every camera sends
	answer  time.Duration // from an ask to the keyframe; negative: never
	passing time.Duration // between keyframes that nobody asked for; 0: none
	bps     int
	copies  map[models.PairID]bool
	refuse  error
	asked   []time.Time
	rules   *Rules
	score   func(n int) float64 // of Porn, in the nth judgement
	stuck   time.Duration       // how long a judgement takes
	broken  error               // what a judgement fails with
	judged  []time.Time
	alarms  []Alarm
	looks   []models.Look
}

func (s *studio) Sample(pair models.PairID, _ models.Side, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return s.refuse
	}
	if s.copies[pair] == on {
		s.t.Errorf("copies of %s are set to %v again", pair, on)
	}
	s.copies[pair] = on
	return nil
}

func (s *studio) AskKeyframe(pair models.PairID, side models.Side) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, time.Now())
	if s.answer >= 0 {
		time.AfterFunc(s.answer, func() { s.send(pair, side) })
	}
	return s.refuse
}

func (s *studio) SentBPS(models.PairID, models.Side) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bps
}

// send has a camera send a keyframe.
func (s *studio) send(pair models.PairID, side models.Side) {
	s.mu.Lock()
	frame, copied := s.frame, s.copies[pair]
	s.mu.Unlock()
	if copied {
		s.sampler.Keyframe(pair, side, frame)
	}
}

func (s *studio) Classify(ctx context.Context, _ []float32) ([]float64, error) {
	s.mu.Lock()
	score, stuck, broken := s.score(len(s.judged)), s.stuck, s.broken
	s.judged = append(s.judged, time.Now())
	s.mu.Unlock()
	if stuck > 0 {
		select {
		case <-time.After(stuck):
		case <-ctx.Done():
		}
	}
	return []float64{score, 1 - score}, broken
}

func (s *studio) tell(alarm Alarm) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alarms = append(s.alarms, alarm)
}

func (s *studio) look(_ models.Leg, look models.Look) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks = append(s.looks, look)
}

// troubles counts the looks that told of a trouble.
func (s *studio) troubles(trouble models.FrameTrouble) (n int) {
	for _, look := range s.looks {
		if look.Trouble == trouble {
			n++
		}
	}
	return n
}

var errNoLeg = errors.New("no such leg")

var classes = []string{"Porn", "Neutral"}

// leg is the first visitor of the nth pair.
func leg(n int) models.Leg {
	return models.Leg{Session: models.SessionID(fmt.Sprintf("session-%d", n)), Pair: models.PairID(fmt.Sprintf("pair-%d", n)), Epoch: 1}
}

// film runs a test in a bubble with a studio whose cameras send 800 kbit/s, answer asks within 120 ms, and show
// nothing. set may change that and the config before all begins; scene is the test.
func film(t *testing.T, set func(*studio, *Config), scene func(*studio)) {
	t.Helper()
	frame := keyframe(t, "trigger-64x48")
	synctest.Test(t, func(t *testing.T) {
		s := &studio{
			t: t, frame: frame, answer: 120 * time.Millisecond, bps: 800_000, copies: map[models.PairID]bool{},
			rules: &Rules{Version: 7, Rules: []Rule{nudity}}, score: func(int) float64 { return 0.01 },
		}
		config := DefaultConfig()
		config.Workers = 1
		if set != nil {
			set(s, &config)
		}
		if err := config.Validate(); err != nil {
			t.Fatal(err)
		}
		s.sampler = New(config, Deps{
			Source: s, Judge: NewLocal(s, classes, 32, config.MinSpread),
			Rules: func() *Rules {
				s.mu.Lock()
				defer s.mu.Unlock()
				return s.rules
			},
			Alarmed: s.tell, Looked: s.look, Log: slog.New(slog.DiscardHandler),
		})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := s.sampler.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		if s.passing > 0 {
			running.Go(func() {
				for tick := time.NewTicker(s.passing); ; {
					select {
					case <-ctx.Done():
						tick.Stop()
						return
					case <-tick.C:
						s.send(leg(0).Pair, leg(0).Side)
					}
				}
			})
		}
		scene(s)
		cancel()
		running.Wait()
		time.Sleep(time.Minute) // of the bubble's clock: answers under way arrive at a sampler that has ended
	})
}

// pass lets time go by, and what is due then happen. Between two of them the test reads without the mutex.
func (s *studio) pass(d time.Duration) {
	s.mu.Lock() // what the test has read is before what is written from now on
	s.passed += d
	s.mu.Unlock()
	time.Sleep(d) // of the bubble's clock
	synctest.Wait()
}
