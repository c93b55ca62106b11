package frame

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"omezle/models"
)

// Source is the media server as the sampler needs it. Its methods do not wait.
type Source interface {
	// Sample turns copies of a visitor's keyframes on or off. They come to Sampler.Keyframe.
	Sample(pair models.PairID, side models.Side, on bool) error
	// AskKeyframe asks the visitor's encoder for a keyframe.
	AskKeyframe(pair models.PairID, side models.Side) error
}

// Meter is what a Source may also be: it tells how much video a visitor sends now, in bit/s, 0 while none comes.
// Without one 500 kbit/s are assumed, all the time.
type Meter interface {
	SentBPS(pair models.PairID, side models.Side) int
}

const assumedBPS = 500_000

// Alarm is a rule's vote against a visitor's picture.
type Alarm struct {
	Leg     models.Leg
	Rule    string
	Version int    // of the rules
	Shadow  bool   // the rule is only watched: nothing may be done
	Again   bool   // what the rule's last alarm began has not ended since
	Class   string // of the model, the one that scored highest among the frames that count
	Score   float64
	Arrived time.Time // when the keyframe was complete that completed the vote
	At      time.Time // when it was judged
	Stills  []Still   // at most five, the newest last: what was suspicious, and what came after it
}

// Deps are what a Sampler works with.
type Deps struct {
	Source Source
	Judge  Judger
	// AtOnce is how many frames are judged at the same time; 0: as the config says, which is meant for Local.
	AtOnce int
	// Rules gives those in force now. It is called for each frame and does not wait.
	Rules func() *Rules
	// Alarmed and Looked are told what was found, of one visitor in the right order. A judging goroutine waits for them,
	// so they should not.
	Alarmed func(Alarm)
	Looked  func(models.Leg, models.Look)
	Log     *slog.Logger
}

// Sampler looks at relayed pictures. Its methods may be called by anybody at any time, and do not wait.
type Sampler struct {
	config Config
	deps   Deps
	meter  Meter // nil: none

	wake  chan struct{} // the schedule changed
	ready chan struct{} // there may be a job

	mu      sync.Mutex
	watches map[who]*watch
	due     schedule
	queue   queue
	stats   Stats
	failing bool // our own fault was logged
}

// who is one picture.
type who struct {
	pair models.PairID
	side models.Side
}

// New makes a sampler, which does nothing until Run. The config has to be valid.
func New(config Config, deps Deps) *Sampler {
	if deps.AtOnce == 0 {
		deps.AtOnce = config.AtOnce()
	}
	s := &Sampler{
		config: config, deps: deps,
		wake: make(chan struct{}, 1), ready: make(chan struct{}, deps.AtOnce),
		watches: map[who]*watch{},
		queue:   queue{limit: config.Queue},
	}
	s.meter, _ = deps.Source.(Meter)
	return s
}

// Watch says how densely a leg's picture is to be looked at from now on: at once, if it was not watched so far. A leg
// with a higher epoch takes the place of the one before, whose votes go on; a lower one is ignored.
func (s *Sampler) Watch(leg models.Leg, plan models.SamplingPlan) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.watches[who{leg.Pair, leg.Side}]
	switch {
	case w == nil && plan == models.SamplingNone:
		return
	case w == nil:
		w = &watch{config: &s.config, place: -1, seen: now}
		s.watches[who{leg.Pair, leg.Side}] = w
	case leg.Epoch < w.leg.Epoch:
		return
	}
	if w.plan == models.SamplingNone && plan != models.SamplingNone {
		s.stats.Watched++
	}
	if w.plan != models.SamplingNone && plan == models.SamplingNone {
		s.stats.Watched--
		s.stats.StillsBytes -= w.stills.drop()
	}
	fresh := w.leg != leg
	w.leg, w.vote.session = leg, leg.Session
	w.follow(plan, fresh, now)
	s.reschedule(w)
}

// Forget ends what is known of a leg: it is gone. A leg with a higher epoch stays.
func (s *Sampler) Forget(leg models.Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.watches[who{leg.Pair, leg.Side}]
	if w == nil || leg.Epoch < w.leg.Epoch {
		return
	}
	if w.plan != models.SamplingNone {
		s.stats.Watched--
	}
	w.gone, w.phase, w.due = true, idle, time.Time{}
	s.reschedule(w)
	if w.queued != nil {
		s.queue.remove(w.queued)
	}
	s.stats.StillsBytes -= w.stills.drop()
	delete(s.watches, who{leg.Pair, leg.Side})
}

// Keyframe takes a copy of a keyframe that a visitor has sent, if a look at that visitor is due. The frame is the
// sampler's from then on.
func (s *Sampler) Keyframe(pair models.PairID, side models.Side, frame []byte) {
	now := time.Now()
	_, _, err := Check(frame)
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.watches[who{pair, side}]
	if w == nil || !w.waiting() {
		return
	}
	asked := w.phase == asked
	s.stats.Taken++
	if asked {
		s.stats.AskedBytes += uint64(len(frame))
	} else {
		s.stats.Passing++
	}
	w.took(len(frame), asked, now)
	s.reschedule(w)
	j := &job{watch: w, leg: w.leg, frame: frame, err: err, at: now}
	if err != nil {
		j.frame = nil
	}
	replaced, full := s.queue.put(j, now.Before(w.suspectUntil))
	if replaced {
		s.stats.Shed.Replaced++
	}
	s.stats.Shed.Full += uint64(full)
	s.announce()
}

// announce wakes a worker. Those that work look for the next job by themselves.
func (s *Sampler) announce() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// Run asks for keyframes and has them judged until ctx is done, and waits for the judgements under way. No frame
// outlives it.
func (s *Sampler) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.keepTime(ctx) })
	for range s.deps.AtOnce {
		group.Go(func() error { return s.work(ctx) })
	}
	return group.Wait()
}
