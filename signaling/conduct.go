package signaling

import (
	"slices"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// The home of a pair's polite side leads its media: it decides the route, prepares another beside the one in use,
// commits it when both sides are ready, and gives it up when they are not in time. The other side's home passes on
// what it is told and what its visitor says. Everything here runs under the leading session's mutex; what the partner
// is to be told is returned, and sent by the caller (see Server.tellAll) when the mutex is free.

// told are controls for the partner's home, in their order.
type told []*control

// routeControl tells the partner's home of a step.
func routeControl(p *pair, phase protocol.RoutePhase, w way) *control {
	return &control{Kind: controlRoute, Pair: p.id, Phase: phase, Way: &w}
}

// leading returns the lead of a session's pair, nil if the partner's home has it or there is no media.
func leading(p *pair) *lead {
	if p == nil || p.opening.Mode != models.ModeVideo {
		return nil
	}
	return p.media.lead
}

// reconsider asks the policy again and begins what it wants, unless that is so already. cause is said to the visitors
// when the policy names none.
func (s *Server) reconsider(ses *session, p *pair, cause models.RouteReason, now time.Time) told {
	l := leading(p)
	if l == nil {
		return nil
	}
	decision, with := s.decide(ses, p, l.failed)
	want := s.wayOf(decision, cause)
	r := &p.media
	l.decision, l.means = decision, with
	if r.next != nil {
		if r.next.like(want) {
			if r.next.Forced = want.Forced; r.next.Sampling == want.Sampling {
				return nil
			}
			r.next.Sampling = want.Sampling
			s.order(ses, p, false)
			return told{routeControl(p, protocol.RoutePrepare, *r.next)}
		}
		out := s.giveUp(ses, p)
		return append(out, s.turnTo(ses, p, want, now)...)
	}
	return s.turnTo(ses, p, want, now)
}

// turnTo begins the change to a way that differs from the one in use.
func (s *Server) turnTo(ses *session, p *pair, want way, now time.Time) told {
	r := &p.media
	if r.now.like(want) && !r.lead.broken {
		if r.now.Forced == want.Forced && r.now.Sampling == want.Sampling {
			return nil
		}
		r.now.Forced, r.now.Sampling = want.Forced, want.Sampling
		s.order(ses, p, false)
		return told{routeControl(p, protocol.RouteCommit, r.now)}
	}
	return s.prepare(ses, p, want, now)
}

// prepare has both sides connect another way beside the one in use.
func (s *Server) prepare(ses *session, p *pair, want way, now time.Time) told {
	r, l := &p.media, p.media.lead
	patience := s.cfg.PrepareTimeout
	if want.Route == models.RouteSFU {
		node, found := s.place(l.shunned(now))
		if want.Blind {
			node, found = "", false
		}
		if !found && !want.Forced {
			return nil
		}
		if want.SFU = node; !found {
			patience = 0 // forced: better nothing than the old way
		}
	}
	want.Epoch = r.last + 1
	r.prepare(want)
	l.ready, l.deadline, l.again = [2]bool{}, now.Add(patience), time.Time{}
	s.setSwitching(ses, true)
	s.sayStep(ses, p, want, protocol.RoutePrepare)
	s.touch(ses) // a node that takes the session over must not use the epoch again
	s.Metrics.switched(want.Route, "prepared")
	return told{routeControl(p, protocol.RoutePrepare, want)}
}

// giveUp rolls back what is being prepared.
func (s *Server) giveUp(ses *session, p *pair) told {
	r := &p.media
	if r.next == nil {
		return nil
	}
	given := r.rollback(r.next.Epoch)
	s.closeLeg(ses, p, *given)
	s.sayStep(ses, p, *given, protocol.RouteRollback)
	s.Metrics.switched(given.Route, "rolled back")
	return told{routeControl(p, protocol.RouteRollback, *given)}
}

// settle commits what is being prepared.
func (s *Server) settle(ses *session, p *pair, now time.Time) told {
	r, l := &p.media, p.media.lead
	w := *r.next
	r.commit(w, now)
	l.works, l.since, l.broken = l.ready, now, false
	l.syncs, l.syncAt = syncs, now.Add(syncAfter)
	if l.connected() {
		l.tries = 0
	}
	s.sayStep(ses, p, w, protocol.RouteCommit)
	s.touch(ses)
	s.recordPair(ses, p, time.Time{}, "", "")
	p.note("route:"+string(w.Route), models.SideA, now)
	s.Metrics.switched(w.Route, "committed")
	s.Log.Info("route changed", "pair", p.id, "epoch", w.Epoch, "route", string(w.Route), "cause", string(w.Cause), "shown", l.connected())
	return told{routeControl(p, protocol.RouteCommit, w)}
}

// onReady takes one side's word that a way works. side is 0 for the leading one.
func (s *Server) onReady(ses *session, p *pair, side int, epoch uint32, via protocol.Via, now time.Time) told {
	r, l := &p.media, leading(p)
	switch {
	case l == nil:
		return nil
	case r.next != nil && epoch == r.next.Epoch:
		l.ready[side], l.via[side] = true, via
		if l.ready[0] && l.ready[1] {
			out := s.settle(ses, p, now)
			s.learnNetwork(ses, p)
			return out
		}
	case epoch == r.now.Epoch:
		l.works[side], l.via[side] = true, via
		if !l.connected() {
			return nil
		}
		l.broken, l.tries = false, 0
		s.learnNetwork(ses, p)
		if r.next != nil && r.next.Cause == models.ReasonNetwork && !r.next.Forced {
			return s.giveUp(ses, p) // it was tried in case this one would not come
		}
	}
	return nil
}

// onFailed takes one side's word that a way does not work, or does no more. side is as in onReady.
func (s *Server) onFailed(ses *session, p *pair, side int, epoch uint32, now time.Time) told {
	r, l := &p.media, leading(p)
	switch {
	case l == nil:
		return nil
	case r.next != nil && epoch == r.next.Epoch, epoch == r.now.Epoch && r.next == nil:
		if l.changes.Take(changeRate, now) > 0 {
			return nil // time settles what is prepared, and they may say it again
		}
	}
	switch {
	case r.next != nil && epoch == r.next.Epoch:
		return s.nextFailed(ses, p, now)
	case epoch == r.now.Epoch && r.next == nil:
		l.broken = l.connected()
		l.works[side] = false // until it says ready again, as it does when the way heals
		return s.nowFailed(ses, p, now)
	}
	return nil
}

func (s *Server) nextFailed(ses *session, p *pair, now time.Time) told {
	r, l := &p.media, p.media.lead
	w := *r.next
	out := s.giveUp(ses, p)
	if w.Route == models.RouteSFU {
		l.shun(w.SFU, now)
		if l.tries++; l.tries < serverTries {
			return append(out, s.prepare(ses, p, w, now)...)
		}
		l.tries = 0
	}
	if w.Forced {
		l.again = now.Add(retryForced)
		return append(out, s.prepare(ses, p, w, now)...) // committed at its deadline whether it works or not
	}
	l.fail(w.Route)
	l.broken = false // what is in use tries by itself again
	return append(out, s.reconsider(ses, p, models.ReasonNetwork, now)...)
}

func (s *Server) nowFailed(ses *session, p *pair, now time.Time) told {
	r, l := &p.media, p.media.lead
	w := r.now
	if w.Blind {
		return nil
	}
	if w.Route == models.RouteSFU {
		l.shun(w.SFU, now)
		if l.tries++; l.tries <= serverTries || w.Forced {
			w.Cause = models.ReasonMoving
			return s.prepare(ses, p, w, now)
		}
	}
	l.fail(w.Route)
	return s.reconsider(ses, p, models.ReasonNetwork, now)
}

// wished takes a visitor's wish about their address: at once, or when it is not one of too many.
func (s *Server) wished(ses *session, p *pair, now time.Time) told {
	l := p.media.lead
	if wait := l.changes.Take(changeRate, now); wait > 0 {
		l.asked = now.Add(wait)
		s.setSwitching(ses, true)
		return nil
	}
	return s.reconsider(ses, p, "", now)
}

// conductOnce carries out what time brings for a pair that this side leads. done says that nothing is to be waited for.
func (s *Server) conductOnce(ses *session, p *pair, now time.Time) (out told, done bool) {
	r, l := &p.media, leading(p)
	if l == nil {
		return nil, true
	}
	switch {
	case r.next != nil && now.After(l.deadline):
		if r.next.Forced || !l.decision.Allows(r.now.Route) {
			if out = s.settle(ses, p, now); !r.now.Blind { // else the policy is asked again when somebody can look
				l.again = now.Add(retryForced)
			}
		} else {
			out = s.nextFailed(ses, p, now)
		}
	case r.next == nil && !l.again.IsZero() && now.After(l.again):
		l.again = time.Time{}
		if !l.connected() && r.now.Route == models.RouteSFU {
			l.shun(r.now.SFU, now)
			out = s.prepare(ses, p, r.now, now)
		}
	case r.next == nil && !l.connected() && l.again.IsZero() && now.Sub(l.since) > parallelAfter && now.Sub(l.since) < unsaidFor:
		out = s.tryBeside(ses, p, now)
	}
	if out == nil && !l.asked.IsZero() && now.After(l.asked) {
		l.asked = time.Time{}
		out = s.wished(ses, p, now)
	}
	if l.syncs > 0 && now.After(l.syncAt) {
		l.syncs--
		l.syncAt = now.Add(2 * time.Second)
		out = append(out, routeControl(p, protocol.RouteCommit, r.now))
	}
	waits := r.next != nil || l.syncs > 0 || !l.asked.IsZero() || !l.again.IsZero() || (!l.connected() && now.Sub(l.since) < unsaidFor)
	return out, !waits
}

// tryBeside prepares the way that comes next while the one in use has not connected yet.
func (s *Server) tryBeside(ses *session, p *pair, now time.Time) told {
	r, l := &p.media, p.media.lead
	if slices.Contains(l.failed, r.now.Route) || p.partnerAway != (time.Time{}) {
		return nil
	}
	decision, _ := s.decide(ses, p, append(slices.Clone(l.failed), r.now.Route))
	want := s.wayOf(decision, models.ReasonNetwork)
	want.Cause = models.ReasonNetwork
	if want.like(r.now) || want.Forced {
		return nil
	}
	return s.prepare(ses, p, want, now)
}

// moveOff leaves a media server that is gone or, where it stops, lives for a while and asks again.
func (s *Server) moveOff(ses *session, p *pair, node models.NodeID, lives bool, now time.Time) told {
	r, l := &p.media, leading(p)
	if l == nil {
		return nil
	}
	switch {
	case r.next != nil && r.next.SFU == node:
		return s.nextFailed(ses, p, now)
	case r.next == nil && r.now.Route == models.RouteSFU && r.now.SFU == node:
		l.shun(node, now)
		if other, found := s.place(l.shunned(now)); found && other == node || !found && lives && r.now.Forced {
			return nil // no other one is known yet, and this one asks again
		}
		w := r.now
		w.Cause = models.ReasonMoving
		if out := s.prepare(ses, p, w, now); out != nil {
			return out
		}
		l.fail(models.RouteSFU)
		return s.reconsider(ses, p, models.ReasonMoving, now)
	}
	return nil
}
