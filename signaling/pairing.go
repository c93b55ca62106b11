package signaling

import (
	"slices"
	"time"

	"omezle/models"
	"omezle/signaling/match"
	"omezle/signaling/protocol"
)

// A match is made by the node of one side (the one that joined or polled). It proposes the pair to the
// node of the other side, which begins its side and accepts, or refuses; on accept the first side
// begins too. Whatever is lost on the way ends by ClaimTimeout on one side and by the check of pairs on the other.

// propose asks for the other side of a match. The caller holds ses.mu, which propose unlocks.
func (s *Server) propose(ses *session, search *search, m *match.Match) {
	now := time.Now()
	search.queued = false
	search.claim, search.claimNode, search.claimOther = m.Pair, m.Other.Node, m.Other.Session
	search.claimUntil = now.Add(s.cfg.ClaimTimeout)
	offer := &control{
		Kind: controlPropose, To: m.Other.Session, Pair: m.Pair,
		From:  s.party(ses),
		Terms: &terms{Mode: search.ticket.Mode, Shared: m.Shared, Language: m.Language, Rematch: m.Rematch},
	}
	ses.mu.Unlock()
	if m.Other.Node != s.Node {
		if !s.tell(m.Other.Node, offer) {
			s.onRefuse(ses, m.Pair)
		}
		return
	}
	s.settleHere(ses, offer)
}

// settleHere begins both sides of a match whose sessions are both at home here.
func (s *Server) settleHere(a *session, offer *control) {
	b := s.lookup(offer.To)
	if b == nil || a == b {
		s.onRefuse(a, offer.Pair)
		return
	}
	lockBoth(a, b)
	aReady := a.search != nil && a.search.claim == offer.Pair && a.conn != nil && !a.gone
	bReady := b.free(offer.Terms.Mode)
	if aReady && bReady {
		offer.Terms.Way = s.firstWay(b, offer.Pair, offer.Terms.Mode, offer.From.Facts)
		s.begin(a, offer.Pair, *s.party(b), *offer.Terms, false)
		s.begin(b, offer.Pair, *offer.From, *offer.Terms, true)
	} else if bReady || b.search != nil {
		b.search.queued = false
	}
	a.mu.Unlock()
	b.mu.Unlock()
	switch {
	case aReady && bReady:
	case aReady:
		s.onRefuse(a, offer.Pair)
	default:
		s.onRelease(b)
	}
}

// begin makes a session one side of a pair and tells its visitor; the caller holds its mutex.
func (s *Server) begin(ses *session, id models.PairID, partner party, t terms, polite bool) {
	now := time.Now()
	p := &pair{
		id: id, partner: partner, started: now, joined: ses.search.ticket.JoinedAt,
		opening: s.opening(id, t, polite, randomHue()), media: newRouting(t.Way, polite && t.Mode == models.ModeVideo, partner.Facts, now),
	}
	p.note("matched", models.SideA, now)
	p.note("route:"+string(t.Way.Route), models.SideA, now)
	s.Metrics.matched(now.Sub(ses.search.since))
	ses.search = nil
	ses.pair = p
	ses.pairs++
	ses.remember(partner.Device, now)
	s.setWaiting(ses, false)
	ses.send(s.matched(ses, p))
	ses.send(s.stats())
	s.touch(ses)
	if p.media.lead != nil {
		s.setSwitching(ses, true)
	}
	if !polite {
		s.recordPair(ses, p, time.Time{}, "", "")
	}
}

func (s *Server) opening(id models.PairID, t terms, polite bool, hue int) protocol.Matched {
	shared := t.Shared
	if shared == nil {
		shared = []string{}
	}
	return protocol.Matched{
		Type: protocol.KindMatched, Pair: id, Mode: t.Mode, Polite: polite,
		Shared: shared, Language: t.Language, Rematch: t.Rematch, Hue: hue,
	}
}

// matched is what a visitor is told of a pair, with ICE servers whose credentials begin now; the caller holds ses.mu.
func (s *Server) matched(ses *session, p *pair) *protocol.Matched {
	message, w := p.opening, p.media.now
	message.Epoch, message.Route, message.Forced, message.RelayOnly, message.Cause = w.Epoch, w.Route, w.Forced, w.RelayOnly, w.Cause
	message.ICEServers = s.iceServers(ses.id, w)
	p.media.issued = time.Now()
	return &message
}

// onPropose begins the second side of a match if its session is still free.
func (s *Server) onPropose(from models.NodeID, c *control) {
	answer := &control{Kind: controlRefuse, To: c.From.Session, Pair: c.Pair}
	ses := s.lookup(c.To)
	if ses == nil {
		s.tell(from, answer)
		return
	}
	ses.mu.Lock()
	defer ses.mu.Unlock()
	if ses.pair != nil && ses.pair.id == c.Pair { // said twice
		return
	}
	if ses.free(c.Terms.Mode) {
		c.Terms.Way = s.firstWay(ses, c.Pair, c.Terms.Mode, c.From.Facts)
		answer.Kind, answer.Terms, answer.From = controlAccept, c.Terms, s.party(ses)
	}
	// Before the visitor is told: the accept must reach the other node before what the visitor then says to the partner.
	if sent := s.send(from, answer); sent && answer.Kind == controlAccept {
		s.begin(ses, c.Pair, *c.From, *c.Terms, true)
	} else if ses.search != nil && ses.search.claim == "" && ses.conn != nil {
		ses.search.queued = false // its ticket was claimed; the next poll queues it again
	}
}

func (s *Server) onAccept(from models.NodeID, ses *session, c *control) {
	ses.mu.Lock()
	claimed := ses.search != nil && ses.search.claim == c.Pair && ses.conn != nil && !ses.gone
	if claimed {
		s.begin(ses, c.Pair, *c.From, *c.Terms, false)
	}
	ses.mu.Unlock()
	if !claimed {
		s.tell(from, &control{Kind: controlEnd, To: c.From.Session, Pair: c.Pair, Reason: models.EndUnconfirmed})
	}
}

// onRefuse gives a session whose match failed its place in the queue again.
func (s *Server) onRefuse(ses *session, pair models.PairID) {
	ses.mu.Lock()
	mine := ses.search != nil && ses.search.claim == pair
	if mine {
		ses.search.claim = ""
		ses.search.queued = false
	}
	ses.mu.Unlock()
	if mine {
		s.Metrics.unconfirmed.Inc()
		s.rejoin(ses)
	}
}

// endPair ends the pair a session is in, if it is the one named or none is named. It returns whether it did.
// The visitor is not told: the caller knows what to say.
func (s *Server) endPair(ses *session, id models.PairID, reason models.EndReason) bool {
	ses.mu.Lock()
	p := ses.pair
	if p == nil || (id != "" && p.id != id) {
		ses.mu.Unlock()
		return false
	}
	s.part(ses, p)
	partner, by := p.partner, ses.id
	if slices.Contains(imposed, reason) {
		by = ""
	}
	s.recordPair(ses, p, time.Now(), reason, by)
	ses.mu.Unlock()
	s.touch(ses)
	s.tell(partner.Node, &control{Kind: controlEnd, To: partner.Session, Pair: p.id, Reason: reason})
	return true
}

// imposed are the ends that neither of the two wanted.
var imposed = []models.EndReason{models.EndModerated, models.EndBanned, models.EndStaff}

// part takes a session out of its pair; the caller holds its mutex.
func (s *Server) part(ses *session, p *pair) {
	now := time.Now()
	ses.pair, ses.last, p.ended = nil, p, now
	s.closeLegs(ses, p)
	s.settleSighting(ses, p, models.SightingUnseen, now)
}

// faultless are the ends after which a visitor who did nothing is put back into the queue at once.
var faultless = []models.EndReason{models.EndNodeLost, models.EndUnconfirmed}

// onEnd ends a session's side of a pair that ended elsewhere.
func (s *Server) onEnd(ses *session, id models.PairID, reason models.EndReason) {
	ses.mu.Lock()
	p := ses.pair
	if p == nil || p.id != id {
		ses.mu.Unlock()
		s.onRefuse(ses, id) // perhaps it was only claimed
		return
	}
	s.part(ses, p)
	requeue := slices.Contains(faultless, reason) && ses.want != nil && !ses.gone
	if requeue {
		s.newSearch(ses, p.joined)
	}
	ses.send(&protocol.Ended{Type: protocol.KindEnded, Pair: id, Reason: shownReason(reason), State: ses.state()})
	if reason == models.EndNodeLost {
		s.recordPair(ses, p, time.Now(), reason, "") // the other side cannot
	}
	ses.mu.Unlock()
	s.touch(ses)
	if requeue {
		s.setWaiting(ses, true)
		s.rejoin(ses)
	}
}

// shownReason is what a visitor is told of why a partner left: not that they were blocked or reported.
func shownReason(reason models.EndReason) models.EndReason {
	if reason == models.EndBlocked || reason == models.EndReported {
		return models.EndNext
	}
	return reason
}

// onPresence notes that the partner's socket went or came back, and where it is now.
func (s *Server) onPresence(ses *session, c *control) {
	out, partner := s.notePresence(ses, c)
	s.tellAll(partner, out)
}

func (s *Server) notePresence(ses *session, c *control) (told, party) {
	ses.mu.Lock()
	defer ses.mu.Unlock()
	p := ses.pair
	if p == nil || p.id != c.Pair {
		return nil, party{}
	}
	if c.Node != "" && p.partner.Node != c.Node {
		p.partner.Node = c.Node
		s.touch(ses)
	}
	message := &protocol.PartnerPresence{Type: protocol.KindPartner, Pair: p.id, State: protocol.PresenceBack}
	if c.Kind == controlAway {
		if !p.partnerAway.IsZero() {
			return nil, party{}
		}
		p.partnerAway = time.Now()
		message.State = protocol.PresenceAway
	} else {
		p.partnerAway = time.Time{}
	}
	ses.send(message)
	if c.Kind == controlBack {
		return s.settleAgain(ses, p, time.Now()), p.partner
	}
	return nil, p.partner
}
