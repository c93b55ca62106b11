package frame

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"omezle/models"
)

// work judges what waits until ctx is done.
func (s *Sampler) work(ctx context.Context) error {
	for ctx.Err() == nil {
		s.mu.Lock()
		now := time.Now()
		j, stale := s.queue.take(now, s.config.Stale)
		s.stats.Shed.Stale += uint64(stale)
		if j != nil {
			j.watch.working = true
			s.stats.Judging++
			s.stats.Waits += now.Sub(j.at)
		}
		s.mu.Unlock()
		if j == nil {
			select {
			case <-ctx.Done():
			case <-s.ready:
			}
			continue
		}
		judged, err := Judged{}, j.err
		if err == nil {
			judged, err = s.deps.Judge.Judge(ctx, j.frame)
		}
		s.settle(ctx, j, judged, err)
	}
	return nil
}

// settle draws the conclusions from one judgement, and tells them.
func (s *Sampler) settle(ctx context.Context, j *job, judged Judged, err error) {
	now := time.Now()
	var alarms []Alarm
	look := models.Look{At: j.at}
	told := true
	s.mu.Lock()
	s.stats.Judging--
	switch {
	case err == nil && judged.NoPicture:
		s.stats.NoPicture++
		look.Trouble = models.FrameNoPicture
	case err == nil:
		look, alarms = s.conclude(j, judged, now)
	case errors.Is(err, ErrUndecodable):
		s.stats.Undecodable++
		look.Trouble = models.FrameUndecodable
	default:
		s.stats.Failed++
		told = false
	}
	failed := !told && ctx.Err() == nil
	news := failed != s.failing && (failed || err == nil)
	if news {
		s.failing = failed
	}
	told = told && !j.watch.gone
	leg := j.watch.leg
	s.mu.Unlock()

	if news && failed {
		s.deps.Log.Warn("frames cannot be judged", "err", err)
	} else if news {
		s.deps.Log.Info("frames are judged again")
	}
	if told {
		s.deps.Looked(leg, look)
		for _, alarm := range alarms {
			s.deps.Alarmed(alarm)
		}
	}
	s.mu.Lock()
	j.watch.working = false // only now: the next one's conclusions are told after these
	s.mu.Unlock()
}

// conclude has the rules vote. Under the mutex.
func (s *Sampler) conclude(j *job, judged Judged, now time.Time) (models.Look, []Alarm) {
	w := j.watch
	s.stats.Judged++
	s.stats.Took.Decode += judged.Took.Decode
	s.stats.Took.Resize += judged.Took.Resize
	s.stats.Took.Classify += judged.Took.Classify
	look := models.Look{Samples: 1, At: j.at}
	look.Class, look.Score = top(judged.Scores)
	if w.gone {
		return look, nil
	}
	rules := s.deps.Rules()
	if rules == nil {
		return look, nil
	}
	class, score, live := rules.hotter(w.leg.Session, judged.Scores)
	if class != "" {
		s.stats.Hot++
		look.Hot, look.Class, look.Score = 1, class, score
	}
	raised := w.vote.cast(rules, j.at, judged.Scores)
	still := Still{Frame: j.frame, Width: judged.Width, Height: judged.Height, Scores: judged.Scores, At: j.at}
	s.stats.StillsBytes -= w.stills.expire(now)
	if s.stats.StillsBytes+len(still.Frame) <= maxStillsBytes {
		s.stats.StillsBytes -= w.stills.keep(still, class != "")
	}
	if live {
		w.denseUntil, w.suspectUntil = now.Add(s.config.DenseAfter), now.Add(s.config.DenseAfter)
		if w.phase != idle && w.phase != stopping && w.vote.undecided(rules, judged.Scores) {
			w.sooner(now.Add(s.config.Confirm/2 + rand.N(s.config.Confirm)))
		} else {
			w.sooner(now.Add(w.pause(now)))
		}
		s.reschedule(w)
	}
	return look, s.alarms(w, rules, raised, still, now)
}

func (s *Sampler) alarms(w *watch, rules *Rules, raised []raising, still Still, now time.Time) []Alarm {
	if len(raised) == 0 {
		return nil
	}
	kept := w.stills.frames
	if n := len(kept); n == 0 || !kept[n-1].At.Equal(still.At) { // the newest was too much to keep, not to hand over
		kept = append(kept[max(0, n+1-maxStills):n:n], still)
	}
	alarms := make([]Alarm, len(raised))
	for i, r := range raised {
		shadow := r.rule.Mode != Live
		if shadow {
			s.stats.ShadowAlarms++
		} else {
			s.stats.Alarms++
		}
		alarms[i] = Alarm{
			Leg: w.leg, Rule: r.rule.Name, Version: rules.Version, Shadow: shadow, Again: r.again,
			Class: r.class, Score: r.score, Arrived: still.At, At: now, Stills: kept,
		}
	}
	s.stats.StillsBytes -= w.stills.drop()
	return alarms
}
