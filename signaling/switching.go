package signaling

import (
	"context"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// routeTick is how often pairs whose route is not settled are looked at.
const routeTick = 100 * time.Millisecond

// tellAll sends what a step left for the partner's home. The caller holds no session's mutex.
func (s *Server) tellAll(partner party, out told) {
	for _, c := range out {
		c.To = partner.Session
		s.tell(partner.Node, c)
	}
}

// inPair runs a step on the pair that a session is in, if it is the one named, and tells the partner's home what the
// step returns.
func (s *Server) inPair(ses *session, id models.PairID, step func(*pair, time.Time) told) {
	ses.mu.Lock()
	p := ses.pair
	if p == nil || p.id != id {
		ses.mu.Unlock()
		return
	}
	out, partner := step(p, time.Now()), p.partner
	ses.mu.Unlock()
	s.tellAll(partner, out)
}

// sayReady takes the visitor's own word for a way.
func (s *Server) sayReady(ses *session, m *protocol.Ready) {
	s.inPair(ses, m.Pair, func(p *pair, now time.Time) told {
		if leading(p) == nil {
			return told{{Kind: controlReady, Pair: p.id, Epoch: m.Epoch, Via: m.Via}}
		}
		return s.onReady(ses, p, 0, m.Epoch, m.Via, now)
	})
}

// sayFailed takes the visitor's own word against a way.
func (s *Server) sayFailed(ses *session, m *protocol.Failed) {
	s.inPair(ses, m.Pair, func(p *pair, now time.Time) told {
		if _, known := p.media.find(m.Epoch); !known {
			return nil
		}
		s.Log.Debug("a way failed", "session", ses.id, "pair", p.id, "epoch", m.Epoch, "cause", string(m.Cause))
		return s.accuse(ses, p, m.Epoch, now)
	})
}

// accuse says of a way that it does not work, to this side or to the one that leads.
func (s *Server) accuse(ses *session, p *pair, epoch uint32, now time.Time) told {
	if p.media.lead == nil {
		return told{{Kind: controlFailed, Pair: p.id, Epoch: epoch}}
	}
	return s.onFailed(ses, p, 0, epoch, now)
}

// sayPrivacy takes the visitor's wish to hide their address, or not to any more.
func (s *Server) sayPrivacy(ses *session, m *protocol.Privacy) {
	ses.mu.Lock()
	changed := ses.hideIP != m.HideIP
	ses.hideIP = m.HideIP
	if ses.want != nil {
		ses.want.HideIP = m.HideIP
	}
	var id models.PairID
	if ses.pair != nil {
		id = ses.pair.id
	}
	ses.mu.Unlock()
	if !changed || id == "" {
		return
	}
	s.inPair(ses, id, func(p *pair, now time.Time) told {
		if p.opening.Mode != models.ModeVideo {
			return nil
		}
		if leading(p) == nil {
			return told{{Kind: controlWish, Pair: p.id, From: s.party(ses)}}
		}
		return s.wished(ses, p, now)
	})
}

// onRouteControl takes what the partner's home says of the pair's media.
func (s *Server) onRouteControl(ses *session, c *control) {
	s.inPair(ses, c.Pair, func(p *pair, now time.Time) told {
		switch c.Kind {
		case controlRoute:
			if c.Way != nil && p.media.lead == nil {
				s.follow(ses, p, *c.Way, c.Phase, now)
			}
		case controlReady:
			return s.onReady(ses, p, 1, c.Epoch, c.Via, now)
		case controlFailed:
			return s.onFailed(ses, p, 1, c.Epoch, now)
		case controlHit:
			return s.onHit(ses, p, c.Scores, now)
		case controlSeen:
			s.onSeen(ses, p, c.Outcome, now)
		case controlMeasure:
			if c.Measure != nil {
				return s.onMeasure(ses, p, c.Measure, now)
			}
		case controlWish:
			if l := leading(p); l != nil && c.From != nil {
				l.facts = c.From.Facts
				return s.wished(ses, p, now)
			}
		}
		return nil
	})
}

// follow takes a step of the leading side.
func (s *Server) follow(ses *session, p *pair, w way, phase protocol.RoutePhase, now time.Time) {
	r := &p.media
	switch phase {
	case protocol.RoutePrepare:
		old := r.next
		if !r.prepare(w) {
			if old != nil && old.Epoch == w.Epoch && old.Sampling != w.Sampling {
				old.Sampling = w.Sampling
				s.order(ses, p, false)
			}
			return
		}
		if old != nil {
			s.closeLeg(ses, p, *old)
		}
	case protocol.RouteCommit:
		plan := r.now.Sampling
		if !r.commit(w, now) {
			r.now.Relayed = w.Relayed
			if r.now.Sampling != plan {
				s.order(ses, p, false)
			}
			return
		}
		p.note("route:"+string(w.Route), models.SideA, now)
		s.touch(ses)
	case protocol.RouteRollback:
		given := r.rollback(w.Epoch)
		if given == nil {
			return
		}
		s.closeLeg(ses, p, *given)
	default:
		return
	}
	s.setSwitching(ses, true)
	s.sayStep(ses, p, w, phase)
}

// sayStep tells the visitor of a step; the caller holds the session's mutex.
func (s *Server) sayStep(ses *session, p *pair, w way, phase protocol.RoutePhase) {
	step := w.step(p.id, phase)
	if phase == protocol.RoutePrepare {
		step.ICEServers = s.iceServers(ses.id, w)
		p.media.issued = time.Now()
	}
	ses.send(step)
}

// watchRoutes carries out what time brings for pairs whose route is not settled.
func (s *Server) watchRoutes(ctx context.Context) error {
	ticker := time.NewTicker(routeTick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			for _, ses := range s.members(s.changing) {
				s.guard(func() { s.watchRoute(ses) })
			}
		}
	}
}

func (s *Server) watchRoute(ses *session) {
	now := time.Now()
	ses.mu.Lock()
	p := ses.pair
	if p == nil {
		ses.mu.Unlock()
		s.setSwitching(ses, false)
		return
	}
	out, waits := s.watchLegs(ses, p, now)
	more, done := s.conductOnce(ses, p, now)
	partner := p.partner
	ses.mu.Unlock()
	if done && !waits {
		s.setSwitching(ses, false)
	}
	s.tellAll(partner, append(out, more...))
}

// Reroute asks the policy again about every pair that is led from here: it has changed.
func (s *Server) Reroute() { s.rerouteIf(func(*lead) bool { return true }) }

// meansEvery is how soon it is noticed that there is a media server or somebody who can look at pictures, or that there
// is none any more.
const meansEvery = time.Second

func (s *Server) cannotJudge() bool { return s.Unjudged != nil && s.Unjudged() }

func (s *Server) served() bool {
	if s.Media == nil {
		return false
	}
	found, _ := s.Media.Load(s.cfg.Region)
	return found
}

// askAgain asks the policy again about pairs of which it was asked when it was otherwise whether somebody can look, or
// when there was no media server for what it wanted. Each pair knows that of itself: it may have changed to and fro since
// all were looked at.
func (s *Server) askAgain() {
	unjudged, served := s.cannotJudge(), s.served()
	s.rerouteIf(func(l *lead) bool { return l.means.unjudged != unjudged || served && l.means.unserved })
}

func (s *Server) rerouteIf(wanted func(*lead) bool) {
	for _, ses := range s.all() {
		ses.mu.Lock()
		var id models.PairID
		if l := leading(ses.pair); l != nil && wanted(l) {
			id = ses.pair.id
		}
		ses.mu.Unlock()
		if id != "" {
			s.inPair(ses, id, func(p *pair, now time.Time) told { return s.reconsider(ses, p, "", now) })
		}
	}
}

// resumeMedia is for a session on a new socket, perhaps at home here from now on; the caller holds its mutex.
func (s *Server) resumeMedia(ses *session, p *pair, now time.Time) told {
	for _, w := range p.media.servers() {
		if err := s.Media.Adopt(w.SFU, legOf(ses, p, w)); err != nil {
			s.Log.Debug("leg not adopted", "pair", p.id, "node", w.SFU, "err", err)
		}
	}
	return s.settleAgain(ses, p, now)
}

// settleAgain brings both sides together after one was on a new socket: its client has given up whatever was being
// prepared, so that begins anew. The caller holds the leading session's mutex.
func (s *Server) settleAgain(ses *session, p *pair, now time.Time) told {
	l := leading(p)
	if l == nil {
		return nil
	}
	l.syncs, l.syncAt = max(l.syncs, 1), now
	s.setSwitching(ses, true)
	if p.media.next == nil {
		return nil
	}
	w := *p.media.next
	out := s.giveUp(ses, p)
	return append(out, s.prepare(ses, p, w, now)...)
}
