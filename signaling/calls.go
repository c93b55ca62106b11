package signaling

import (
	"context"
	"errors"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// ErrNoCall means that no node leads that pair.
var ErrNoCall = errors.New("signaling: no such call")

const (
	callsPerMessage = 30
	tallyTimeout    = 2 * time.Second
	tallyQueue      = 256
	maxTallies      = 64 // requests under way at a time
)

// errBusyTally is what one more gets.
var errBusyTally = errors.New("signaling: too many requests about calls at a time")

// Calls lists the live video calls of all nodes. A node that does not answer in time is left out.
func (s *Server) Calls(ctx context.Context) ([]models.LiveCall, error) {
	var calls []models.LiveCall
	err := s.tally(ctx, &control{Kind: controlCalls}, func(c *control) bool {
		calls = append(calls, c.Calls...)
		return false
	})
	return calls, err
}

// SetRoute has a live call take a route from now on, or with an empty one what the policy says.
func (s *Server) SetRoute(ctx context.Context, pair models.PairID, route models.Route, forced bool) error {
	found := 0
	err := s.tally(ctx, &control{Kind: controlForce, Pair: pair, Route: route, Forced: forced}, func(c *control) bool {
		found += c.Found
		return found > 0
	})
	if err == nil && found == 0 {
		return ErrNoCall
	}
	return err
}

// tally asks every node and gives the answers to take until all have come, take has enough, or time is up.
func (s *Server) tally(ctx context.Context, question *control, take func(*control) (enough bool)) error {
	ctx, cancel := context.WithTimeout(ctx, tallyTimeout)
	defer cancel()
	question.Request = string(models.NewPairID())
	answers := make(chan *control, tallyQueue)
	s.tallyMu.Lock()
	if len(s.tallies) >= maxTallies {
		s.tallyMu.Unlock()
		return errBusyTally
	}
	s.tallies[question.Request] = answers
	s.tallyMu.Unlock()
	defer func() {
		s.tallyMu.Lock()
		delete(s.tallies, question.Request)
		s.tallyMu.Unlock()
	}()

	missing := 0
	for _, node := range s.peers() {
		if s.send(node, question) {
			missing++
		}
	}
	for _, c := range s.answerCalls(question) {
		if take(c) {
			return nil
		}
	}
	for missing > 0 {
		select {
		case c := <-answers:
			if take(c) {
				return nil
			}
			if !c.More {
				missing--
			}
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				s.Log.Warn("not all nodes told of their calls", "missing", missing)
				return nil
			}
			return ctx.Err()
		}
	}
	return nil
}

// peers are the other nodes that have visitors.
func (s *Server) peers() []models.NodeID {
	if s.Peers == nil {
		return nil
	}
	return s.Peers()
}

// onCallsControl answers another node's question, or takes an answer.
func (s *Server) onCallsControl(from models.NodeID, c *control) {
	if c.Kind != controlTally {
		s.later(func() {
			for _, answer := range s.answerCalls(c) {
				s.send(from, answer)
			}
		})
		return
	}
	s.tallyMu.Lock()
	answers := s.tallies[c.Request]
	s.tallyMu.Unlock()
	select {
	case answers <- c: // nil when nobody waits any more
	default:
	}
}

// answerCalls answers for the pairs that are led from here, or, of a sanction, for the session.
func (s *Server) answerCalls(question *control) []*control {
	if question.Kind == controlSanction {
		return []*control{s.answerSanction(question)}
	}
	answers := []*control{{Kind: controlTally, Request: question.Request}}
	for _, ses := range s.all() {
		last := answers[len(answers)-1]
		ses.mu.Lock()
		p := ses.pair
		var out told
		var partner party
		switch {
		case leading(p) == nil:
		case question.Kind == controlCalls:
			if len(last.Calls) == callsPerMessage {
				last.More = true
				last = &control{Kind: controlTally, Request: question.Request}
				answers = append(answers, last)
			}
			last.Calls = append(last.Calls, s.liveCall(ses, p))
		case p.id == question.Pair:
			last.Found = 1
			l := p.media.lead
			l.operator, l.forced, l.failed, l.tries = question.Route, question.Forced, nil, 0
			out, partner = s.reconsider(ses, p, "", time.Now()), p.partner
		}
		ses.mu.Unlock()
		s.tellAll(partner, out)
	}
	return answers
}

// liveCall is what staff see of a pair; the caller holds the session's mutex.
func (s *Server) liveCall(ses *session, p *pair) models.LiveCall {
	r, l := &p.media, p.media.lead
	call := models.LiveCall{
		Pair: p.id, Mode: p.opening.Mode, Started: p.started, Node: s.Node, SFUNode: r.now.SFU, Epoch: r.now.Epoch,
		Route: r.now.taken(), Facts: s.routeFacts(ses, p, l.failed), Decision: l.decision,
	}
	if r.next != nil {
		call.Next = r.next.Route
	}
	if l.connected() {
		call.Via = map[protocol.Via]models.NetworkResult{
			protocol.ViaDirect: models.NetworkDirect, protocol.ViaRelay: models.NetworkRelay, protocol.ViaServer: models.NetworkServer,
		}[viaOf(l.via)]
	}
	return call
}
