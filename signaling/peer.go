package signaling

import (
	"slices"
	"sync"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

var payloads = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// forward passes a numbered message to the partner, in order and within limits. It runs on the sender's reader.
func (s *Server) forward(ses *session, message protocol.Validator, head *protocol.Sequenced) {
	now := time.Now()
	ses.mu.Lock()
	p := ses.pair
	if p == nil || p.id != head.Pair {
		s.refuseLate(ses, head.Pair, head.Seq)
		ses.mu.Unlock()
		return
	}
	if p.unsynced {
		p.forwarded, p.unsynced = head.Seq-1, false
	}
	if head.Seq > p.forwarded+1 {
		ses.mu.Unlock() // a gap: what is missing was refused or lost, and the sender fills it from there
		return
	}
	line, isChat := message.(*protocol.Chat)
	if w, ok := p.wayOf(message); !ok {
		message = withdrawn(message) // its connection was given up: only the number still counts
	} else if w.RelayOnly {
		scrub(message)
	}
	if head.Seq == p.forwarded+1 { // not a resend
		if wait, text := s.withinLimits(p, message, now); text != "" {
			ses.send(&protocol.Error{
				Type: protocol.KindError, Code: protocol.ErrorRateLimited, Message: text, Seq: head.Seq,
				RetryMS: max(100, wait.Milliseconds()),
			})
			s.Metrics.refused(protocol.ErrorRateLimited)
			ses.mu.Unlock()
			return
		}
		p.forwarded++
		if isChat {
			p.chats++
			ses.messages++
			p.tail.add(tailLine{text: line.Text, at: now})
		}
	} else {
		isChat = false // counted before
	}
	partner := p.partner
	ses.mu.Unlock()
	s.pass(partner, head.Pair, message, isChat)
}

// wayOf returns the way that a description or candidate is for, and false if partners do not exchange such for it.
func (p *pair) wayOf(message protocol.Validator) (way, bool) {
	var epoch uint32
	switch m := message.(type) {
	case *protocol.Description:
		epoch = m.Epoch
	case *protocol.Candidate:
		epoch = m.Epoch
	default:
		return way{}, true
	}
	w, known := p.media.find(max(1, epoch))
	return w, known && w.Route != models.RouteSFU
}

// withdrawn takes a message's place in the peer stream and says nothing.
func withdrawn(message protocol.Validator) protocol.Validator {
	silent := &protocol.Candidate{Type: protocol.KindCandidate, Candidate: protocol.ICECandidate{Candidate: noCandidate}}
	switch m := message.(type) {
	case *protocol.Description:
		silent.Sequenced, silent.Epoch = m.Sequenced, m.Epoch
	case *protocol.Candidate:
		silent.Sequenced, silent.Epoch = m.Sequenced, m.Epoch
	}
	return silent
}

// withinLimits returns a sentence, and how long to wait, if a new message is one too many. The caller holds the sender's mutex.
func (s *Server) withinLimits(p *pair, message protocol.Validator, now time.Time) (time.Duration, string) {
	switch message.(type) {
	case *protocol.Description:
		p.candidates = 0
		if wait := p.signal.Take(s.cfg.signalRate(), now); wait > 0 {
			return wait, "too many descriptions"
		}
	case *protocol.Candidate:
		if p.candidates++; p.candidates > protocol.MaxCandidates {
			return time.Minute, "too many candidates for one description"
		}
		if wait := p.signal.Take(s.cfg.signalRate(), now); wait > 0 {
			p.candidates--
			return wait, "too many candidates"
		}
	default:
		if wait := p.chat.Take(s.cfg.chatRate(), now); wait > 0 {
			return wait, "slow down"
		}
	}
	return 0, ""
}

// relay passes typing and ack: not numbered, lost without harm.
func (s *Server) relay(ses *session, pair models.PairID, message protocol.Validator) {
	ses.mu.Lock()
	p := ses.pair
	if p == nil || p.id != pair {
		ses.mu.Unlock()
		return
	}
	partner := p.partner
	ses.mu.Unlock()
	s.pass(partner, pair, message, false)
}

// pass writes a message into the partner's socket, here or on another node.
func (s *Server) pass(partner party, pair models.PairID, message protocol.Validator, chat bool) {
	frame, err := protocol.Encode(message)
	if err != nil {
		s.Log.Error("peer message not encoded", "pair", pair, "err", err)
		return
	}
	if partner.Node == s.Node {
		s.deliver(partner.Session, pair, frame, chat)
		return
	}
	buffer := payloads.Get().(*[]byte)
	payload := appendPeer((*buffer)[:0], partner.Session, pair, chat, frame)
	if err := s.Bus.Send(partner.Node, payload); err != nil {
		s.Metrics.busErrors.Inc() // the sender resends: nothing is acknowledged
	}
	*buffer = payload
	payloads.Put(buffer)
}

func (s *Server) onPeer(_ models.NodeID, p peerPayload) {
	s.deliver(p.to, p.pair, p.frame, p.chat)
}

// deliver writes a frame into the socket of a session, if it is in that pair and has one.
func (s *Server) deliver(to models.SessionID, pair models.PairID, frame []byte, chat bool) {
	ses := s.lookup(to)
	if ses == nil {
		return
	}
	ses.mu.Lock()
	defer ses.mu.Unlock()
	if ses.pair == nil || ses.pair.id != pair {
		return
	}
	if chat {
		ses.pair.tail.add(tailLine{frame: slices.Clone(frame), at: time.Now()})
	}
	if ses.conn == nil {
		return
	}
	if chat {
		ses.pair.chats++
		s.Metrics.chats.Inc()
	}
	ses.sendRaw(frame)
}

// refuseLate answers a message for a pair that is not on. One for the last pair was under way when it ended:
// that is nobody's mistake. The caller holds the session's mutex.
func (s *Server) refuseLate(ses *session, pair models.PairID, seq uint32) {
	if ses.last != nil && ses.last.id == pair {
		return
	}
	s.strike(ses, &protocol.Error{Type: protocol.KindError, Code: protocol.ErrorNotPaired, Message: "you are not in that pair", Seq: seq})
}
