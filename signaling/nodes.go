package signaling

import (
	"context"
	"slices"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// checksPerMessage keeps a check far below the largest payload.
const checksPerMessage = 200

// tell sends a control to a session's home, which may be this node. The caller holds no session's
// mutex. It returns false when nothing was sent; true promises nothing.
func (s *Server) tell(node models.NodeID, c *control) bool {
	if node == s.Node {
		s.onControl(node, c)
		return true
	}
	return s.send(node, c)
}

// send is tell for another node; a session's mutex may be held.
func (s *Server) send(node models.NodeID, c *control) bool {
	if node == "" || node == s.Node {
		return false
	}
	payload, err := encodeControl(c)
	if err == nil {
		err = s.Bus.Send(node, payload)
	}
	if err != nil {
		s.Metrics.busErrors.Inc()
		s.Log.Debug("control not sent", "to", node, "kind", string(c.Kind), "pair", c.Pair, "err", err)
		return false
	}
	return true
}

// Receive takes a payload from another node. It is called by one goroutine, in the order of arrival, and does not wait for
// the network: what needs Redis goes to a worker.
func (s *Server) Receive(from models.NodeID, payload []byte) {
	c, peer, err := parsePayload(payload)
	if err != nil {
		s.Log.Warn("payload from another node refused", "from", from, "err", err)
		return
	}
	s.guard(func() {
		if c != nil {
			s.onControl(from, c)
		} else {
			s.onPeer(from, peer)
		}
	})
}

func (s *Server) onControl(from models.NodeID, c *control) {
	switch c.Kind {
	case controlPropose:
		if c.From != nil && c.Terms != nil {
			s.onPropose(from, c)
		}
		return
	case controlCheck:
		s.onCheck(from, c.Checks)
		return
	case controlBan:
		if c.Ban != nil {
			s.later(func() { s.banish(*c.Ban) })
		}
		return
	case controlVerdict:
		if c.Verdict != nil && s.lookup(c.Verdict.Leg.Session) != nil {
			s.LegVerdict(*c.Verdict)
		}
		return
	case controlCalls, controlTally, controlForce, controlSanction:
		s.onCallsControl(from, c)
		return
	case controlTaken:
		s.later(func() { s.taken(c.To, c.Epoch, protocol.CloseSuperseded) })
		return
	}
	ses := s.lookup(c.To)
	if ses == nil {
		return // over, or moved: the check of pairs tells where
	}
	switch c.Kind {
	case controlAccept:
		if c.From != nil && c.Terms != nil {
			s.onAccept(from, ses, c)
		}
	case controlRefuse:
		s.onRefuse(ses, c.Pair)
	case controlRelease:
		s.onRelease(ses)
	case controlEnd:
		s.onEnd(ses, c.Pair, c.Reason)
	case controlAway, controlBack:
		s.onPresence(ses, c)
	case controlRoute, controlReady, controlFailed, controlWish, controlHit, controlSeen, controlMeasure:
		s.onRouteControl(ses, c)
	}
}

// checkPairs compares, every CheckInterval, the pairs that this node shares with others, and ends
// those whose partner stayed away for longer than anybody waits.
func (s *Server) checkPairs(ctx context.Context) error {
	ticker, means := time.NewTicker(s.cfg.CheckInterval), time.NewTicker(meansEvery)
	defer ticker.Stop()
	defer means.Stop()
	unjudged, served := false, false
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			s.guard(s.checkOnce)
		case <-means.C:
			before, had := unjudged, served
			if unjudged, served = s.cannotJudge(), s.served(); unjudged != before || served != had {
				s.guard(s.askAgain)
			}
		}
	}
}

func (s *Server) checkOnce() {
	now := time.Now()
	s.askAgain()
	shared := make(map[models.NodeID][]check)
	for _, ses := range s.all() {
		ses.mu.Lock()
		p := ses.pair
		ses.forgetLate(now)
		var lost models.PairID
		if p != nil {
			s.renewServers(ses, p, now)
			if !p.partnerAway.IsZero() && now.Sub(p.partnerAway) > s.cfg.ResumeWindow+s.cfg.CheckInterval {
				lost = p.id
			} else if now.Sub(p.started) > s.cfg.CheckInterval {
				shared[p.partner.Node] = append(shared[p.partner.Node], check{Pair: p.id, From: ses.id, To: p.partner.Session, Away: ses.conn == nil, Actions: slices.Clone(p.mine.Actions)})
			}
		}
		ses.mu.Unlock()
		if lost != "" {
			s.onEnd(ses, lost, models.EndGone)
		}
	}
	for node, checks := range shared {
		if node == s.Node || node == "" {
			s.onCheck(s.Node, checks)
			continue
		}
		for len(checks) > 0 {
			n := min(len(checks), checksPerMessage)
			s.send(node, &control{Kind: controlCheck, Checks: checks[:n]})
			checks = checks[n:]
		}
	}
}

// onCheck answers for pairs that another node believes to share with this one.
func (s *Server) onCheck(from models.NodeID, checks []check) {
	for _, c := range checks {
		if !s.confirm(from, c) {
			s.later(func() { s.deny(from, c) })
		}
	}
}

// confirm reports whether a pair is known here, and learns where the partner is, whether it has a socket and what is in
// force about its picture: what was said of that may have been lost.
func (s *Server) confirm(from models.NodeID, c check) bool {
	ses := s.lookup(c.To)
	if ses == nil {
		return false
	}
	ses.mu.Lock()
	p := ses.pair
	if p == nil || p.id != c.Pair {
		ses.mu.Unlock()
		return false
	}
	strayed := from != s.Node && !slices.Equal(c.Actions, p.theirs.Actions)
	news := p.partner.Node != from || p.partnerAway.IsZero() == c.Away
	ses.mu.Unlock()
	if news {
		told := &control{Kind: controlBack, Pair: c.Pair, Node: from}
		if c.Away {
			told.Kind = controlAway
		}
		s.onPresence(ses, told)
	}
	if strayed {
		s.mendRegard(ses, c)
	}
	return true
}

// deny answers for a pair that is not known here: its session has moved, or the pair is over.
func (s *Server) deny(from models.NodeID, c check) {
	ctx, cancel := background()
	defer cancel()
	home, err := s.registry.home(ctx, c.To)
	switch {
	case err != nil:
		return // the next check asks again
	case home != "" && home != s.Node:
		s.tell(from, &control{Kind: controlBack, To: c.From, Pair: c.Pair, Node: home})
	case home == s.Node && s.lookup(c.To) == nil:
		return // it is just arriving or leaving: the next check finds it settled
	case !s.confirm(from, c):
		s.tell(from, &control{Kind: controlEnd, To: c.From, Pair: c.Pair, Reason: models.EndNodeLost})
	}
}

// NodeGone tells everybody here whose partner was on a node that is gone that the partner is away, and moves the
// calls that it relayed.
func (s *Server) NodeGone(node models.NodeID) {
	for _, ses := range s.all() {
		ses.mu.Lock()
		var id models.PairID
		if ses.pair != nil && ses.pair.partner.Node == node {
			id = ses.pair.id
		}
		ses.mu.Unlock()
		if id != "" {
			s.onPresence(ses, &control{Kind: controlAway, Pair: id})
		}
	}
	s.serverGone(node)
}

// Bury ends the pairs of a dead node whose visitors have not come back on another one yet, and tells
// their partners, who are queued again. It may be repeated.
func (s *Server) Bury(ctx context.Context, dead models.NodeID) error {
	buried := 0
	err := s.registry.bury(ctx, dead, s.cfg.ResumeWindow, func(lost models.SessionID, rec *pairRecord) {
		node := rec.Partner.Node
		if current, err := s.registry.home(ctx, rec.Partner.Session); err == nil && current != "" {
			node = current // it may have moved since the record was written
		}
		if node != dead {
			s.tell(node, &control{Kind: controlEnd, To: rec.Partner.Session, Pair: rec.Pair, Reason: models.EndNodeLost})
		}
		buried++
	})
	s.Log.Info("buried a dead node's sessions", "dead", dead, "pairs", buried, "err", err)
	return err
}
