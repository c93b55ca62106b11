package frame

import (
	"container/heap"
	"context"
	"time"

	"omezle/models"
)

// schedule is a heap of the watches that are due some time, the next one first.
type schedule []*watch

func (s schedule) Len() int           { return len(s) }
func (s schedule) Less(i, j int) bool { return s[i].due.Before(s[j].due) }
func (s schedule) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].place, s[j].place = i, j
}

// Push is for package heap.
func (s *schedule) Push(x any) {
	w := x.(*watch)
	w.place = len(*s)
	*s = append(*s, w)
}

// Pop is for package heap.
func (s *schedule) Pop() any {
	last := len(*s) - 1
	w := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	w.place = -1
	return w
}

// reschedule follows a change of w.due. Under the mutex.
func (s *Sampler) reschedule(w *watch) {
	switch {
	case w.due.IsZero() && w.place >= 0:
		heap.Remove(&s.due, w.place)
	case w.due.IsZero():
	case w.place < 0:
		heap.Push(&s.due, w)
	default:
		heap.Fix(&s.due, w.place)
	}
	if w.place == 0 {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// keepTime steps watches when they are due. It alone talks to Source, so that what Source is told is in order.
func (s *Sampler) keepTime(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(s.catchUp())
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// catchUp steps all that is due, and returns how long nothing will be.
func (s *Sampler) catchUp() time.Duration {
	for {
		now := time.Now()
		s.mu.Lock()
		if len(s.due) == 0 {
			s.mu.Unlock()
			return time.Hour
		}
		w := s.due[0]
		if wait := w.due.Sub(now); wait > 0 {
			s.mu.Unlock()
			return wait
		}
		leg := w.leg
		s.mu.Unlock()

		sentBPS := assumedBPS
		if s.meter != nil {
			sentBPS = s.meter.SentBPS(leg.Pair, leg.Side)
		}

		s.mu.Lock()
		if w.gone || w.leg != leg || w.due.After(now) || w.due.IsZero() { // changed meanwhile
			s.mu.Unlock()
			continue
		}
		do := w.step(now, sentBPS)
		s.stats.StillsBytes -= w.stills.expire(now)
		s.count(do)
		s.reschedule(w)
		s.mu.Unlock()
		s.carryOut(w, do, now)
	}
}

// count is called under the mutex.
func (s *Sampler) count(do orders) {
	for counter, happened := range map[*uint64]bool{
		&s.stats.Asked: do.ask, &s.stats.Unanswered: do.unanswered, &s.stats.Thrifty: do.thrifty,
		&s.stats.Shed.Behind: do.behind, &s.stats.NoKeyframes: do.troubled,
	} {
		if happened {
			*counter++
		}
	}
}

func (s *Sampler) carryOut(w *watch, do orders, now time.Time) {
	var err error
	if do.copies {
		err = s.deps.Source.Sample(do.leg.Pair, do.leg.Side, do.on)
	}
	if do.ask && err == nil {
		err = s.deps.Source.AskKeyframe(do.leg.Pair, do.leg.Side)
	}
	if do.troubled {
		s.deps.Looked(do.leg, models.Look{Trouble: models.FrameNoKeyframes, At: now})
	}
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !w.gone && w.leg == do.leg && w.phase != idle {
		w.refused(now)
		s.reschedule(w)
	}
}
