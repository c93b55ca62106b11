package signaling

import (
	"context"
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
	case controlTaken:
		s.later(func() { s.taken(c.To, c.Node, c.Epoch, protocol.CloseSuperseded) })
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
	}
}

// checkPairs compares, every CheckInterval, the pairs that this node shares with others, and ends
// those whose partner stayed away for longer than anybody waits.
func (s *Server) checkPairs(ctx context.Context) error {
	ticker := time.NewTicker(s.cfg.CheckInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		s.guard(s.checkOnce)
	}
}

func (s *Server) checkOnce() {
	now := time.Now()
	shared := make(map[models.NodeID][]check)
	for _, ses := range s.all() {
		ses.mu.Lock()
		p := ses.pair
		var lost models.PairID
		if p != nil {
			if !p.partnerAway.IsZero() && now.Sub(p.partnerAway) > s.cfg.ResumeWindow+s.cfg.CheckInterval {
				lost = p.id
			} else if p.partner.Node != s.Node && now.Sub(p.started) > s.cfg.CheckInterval {
				shared[p.partner.Node] = append(shared[p.partner.Node], check{Pair: p.id, From: ses.id, To: p.partner.Session})
			}
		}
		ses.mu.Unlock()
		if lost != "" {
			s.onEnd(ses, lost, models.EndGone)
		}
	}
	for node, checks := range shared {
		for len(checks) > 0 {
			n := min(len(checks), checksPerMessage)
			s.send(node, &control{Kind: controlCheck, Checks: checks[:n]})
			checks = checks[n:]
		}
	}
	s.mu.Lock()
	for id, moved := range s.moved {
		if now.Sub(moved.at) > movedKept {
			delete(s.moved, id)
		}
	}
	s.mu.Unlock()
}

// onCheck answers for pairs that another node believes to share with this one.
func (s *Server) onCheck(from models.NodeID, checks []check) {
	for _, c := range checks {
		if ses := s.lookup(c.To); ses != nil {
			ses.mu.Lock()
			known := ses.pair != nil && ses.pair.id == c.Pair
			if known && ses.pair.partner.Node != from {
				ses.pair.partner.Node = from
				s.touch(ses)
			}
			ses.mu.Unlock()
			if known {
				continue
			}
		}
		s.mu.RLock()
		moved, elsewhere := s.moved[c.To]
		s.mu.RUnlock()
		if elsewhere {
			s.send(from, &control{Kind: controlBack, To: c.From, Pair: c.Pair, Node: moved.node})
			continue
		}
		s.send(from, &control{Kind: controlEnd, To: c.From, Pair: c.Pair, Reason: models.EndNodeLost})
	}
}

// NodeGone tells everybody here whose partner was on a node that is gone that the partner is away.
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
