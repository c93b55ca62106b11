package sfu

import (
	"errors"
	"time"

	"omezle/models"
	"omezle/sfu/relay"
)

// What moderation wants of a media server: to be told whose picture is to be looked at, to stop a picture at once, and
// to reach the visitor's home.

// Watcher looks at the pictures of legs. Its methods do not block, and it calls nothing of the Service from within them.
type Watcher interface {
	// Watch begins to look at a leg's picture, or changes how often; SamplingNone stops. A leg of a higher epoch
	// replaces the one that its side had.
	Watch(leg models.Leg, plan models.SamplingPlan)
	// Forget is said of every leg that has gone, watched or not.
	Forget(leg models.Leg)
}

// hold is a picture that is not passed on, whatever becomes of the leg that it came by.
type hold struct {
	idle time.Time // since when the pair has no leg here; zero: it has
}

// departed is the home of a leg that has gone: a verdict about it may still come.
type departed struct {
	served
	until time.Time
}

const (
	// holdFor is how long a hold outlives the pair's last leg here: an ended pair comes back no more.
	holdFor = 2 * time.Minute
	// maxHolds bounds those of pairs that have no leg here.
	maxHolds = 4096
	// departedFor is how long a verdict may come late.
	departedFor = 30 * time.Second
	maxDeparted = 4096
)

// Watched sets who looks at pictures. It is called before Run.
func (s *Service) Watched(by Watcher) { s.watcher = by }

func (s *Service) watch(leg models.Leg, plan models.SamplingPlan) {
	if s.watcher != nil && leg.Session != "" {
		s.watcher.Watch(leg, plan)
	}
}

func (s *Service) unwatch(leg models.Leg) {
	if s.watcher != nil && leg.Session != "" {
		s.watcher.Forget(leg)
	}
}

// Hold stops passing a visitor's picture on, at once, or lets it go on. It holds for whatever leg the visitor has here or
// will have in this pair; a home's offer does not end it, only its word does. ErrNoLeg: there is none now.
func (s *Service) Hold(pair models.PairID, side models.Side, hold bool) error {
	s.holding.Lock()
	defer s.holding.Unlock()
	s.noteHold(place{pair, side}, hold)
	return s.node.Hold(pair, Side(side), relay.Video, hold)
}

// Sample, AskKeyframe and SentBPS are the Node's, in the domain's words.

// Sample turns copies of a visitor's keyframes on or off.
func (s *Service) Sample(pair models.PairID, side models.Side, on bool) error {
	return s.node.Sample(pair, Side(side), on)
}

// AskKeyframe asks a visitor's browser for a keyframe.
func (s *Service) AskKeyframe(pair models.PairID, side models.Side) error {
	return s.node.AskKeyframe(pair, Side(side))
}

// SentBPS is how much video a visitor sends, in bits per second.
func (s *Service) SentBPS(pair models.PairID, side models.Side) int {
	return s.node.SentBPS(pair, Side(side))
}

// Verdict tells the visitor's home what was found about their picture, also when their leg has just gone.
func (s *Service) Verdict(v models.Verdict) {
	if home, found := s.homeOf(v.Leg); found {
		s.tell(home, &wireMessage{Kind: wireVerdict, Leg: v.Leg, Verdict: &v})
	} else {
		s.log.Warn("verdict about a leg whose home is not known", "pair", v.Leg.Pair, "session", v.Leg.Session)
	}
}

// Looked tells the visitor's home what sampling has shown of their picture, with the next statistics: several looks
// become one.
func (s *Service) Looked(leg models.Leg, look models.Look) {
	s.mu.Lock()
	defer s.mu.Unlock()
	have := s.legs[place{leg.Pair, leg.Side}]
	if have == nil || have.leg != leg {
		return
	}
	if before := have.look; before != nil {
		look.Samples += before.Samples
		look.Hot += before.Hot
		if look.Trouble == "" {
			look.Trouble = before.Trouble
		}
		if look.Class == "" {
			look.Class, look.Score = before.Class, before.Score
		}
	}
	have.look = &look
}

func (s *Service) homeOf(leg models.Leg) (models.NodeID, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{leg.Pair, leg.Side}
	if have := s.legs[at]; have != nil {
		return have.home, true
	}
	gone, found := s.left[at]
	return gone.home, found
}

// noteHold notes that a picture is held, or is not any more.
func (s *Service) noteHold(at place, held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !held:
		delete(s.holds, at)
	case s.holds[at] == nil && (len(s.holds) < maxHolds || s.present(at.pair)):
		s.holds[at] = new(hold)
	}
}

// keepHold brings the leg in line with what is held.
func (s *Service) keepHold(at place) {
	s.holding.Lock()
	defer s.holding.Unlock()
	s.mu.Lock()
	held := s.holds[at] != nil
	s.mu.Unlock()
	if err := s.node.Hold(at.pair, Side(at.side), relay.Video, held); err != nil && !errors.Is(err, ErrNoLeg) {
		s.log.Warn("picture not held", "pair", at.pair, "err", err)
	}
}

// present reports whether a pair has a leg here; the mutex is held.
func (s *Service) present(pair models.PairID) bool {
	return s.legs[place{pair, models.SideA}] != nil || s.legs[place{pair, models.SideB}] != nil
}

// depart remembers the home of a leg that has gone; the mutex is held.
func (s *Service) depart(at place, have *served) {
	if len(s.left) < maxDeparted {
		s.left[at] = departed{*have, time.Now().Add(departedFor)}
	}
}

// prune forgets what no leg has come back to.
func (s *Service) prune(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, h := range s.holds {
		switch {
		case s.present(at.pair):
			h.idle = time.Time{}
		case h.idle.IsZero():
			h.idle = now
		case now.Sub(h.idle) > holdFor:
			delete(s.holds, at)
		}
	}
	for at, gone := range s.left {
		if now.After(gone.until) {
			delete(s.left, at)
		}
	}
}
