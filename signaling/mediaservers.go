package signaling

import (
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// MediaServers are the SFU nodes as seen from a visitor's home. None of the methods blocks; what comes of them is told
// by Answered, LegFailed and the others of Server.
type MediaServers interface {
	// Place picks a server for a pair: one of the region if there is, not one of avoid if there is another.
	Place(region string, avoid []models.NodeID) (node models.NodeID, found bool)
	// Load tells whether there is a server, and how full those of the region are, 0 to 1.
	Load(region string) (found bool, load float64)
	// Suspect says that a server did not answer: Place prefers others for a while.
	Suspect(node models.NodeID)
	Offer(node models.NodeID, leg models.Leg, attempt uint32, sdp string, orders models.LegOrders) error
	Candidate(node models.NodeID, leg models.Leg, candidate string) error
	// Adopt makes this node the one that is told of a leg.
	Adopt(node models.NodeID, leg models.Leg) error
	Close(node models.NodeID, leg models.Leg) error
	// Sampling and Hold change what Offer's orders said.
	Sampling(node models.NodeID, leg models.Leg, plan models.SamplingPlan) error
	Hold(node models.NodeID, leg models.Leg, hold bool) error
}

func (s *Server) place(avoid []models.NodeID) (models.NodeID, bool) {
	if s.Media == nil {
		return "", false
	}
	return s.Media.Place(s.cfg.Region, avoid)
}

// legOf names the leg of a way; the caller holds the session's mutex.
func legOf(ses *session, p *pair, w way) models.Leg {
	leg := models.Leg{Session: ses.id, Pair: p.id, Side: models.SideA, Epoch: w.Epoch}
	if !p.opening.Polite {
		leg.Side = models.SideB
	}
	return leg
}

func (s *Server) closeLeg(ses *session, p *pair, w way) {
	if w.Route != models.RouteSFU || w.SFU == "" || s.Media == nil {
		return
	}
	if err := s.Media.Close(w.SFU, legOf(ses, p, w)); err != nil {
		s.Log.Debug("leg not closed, it ends by silence", "pair", p.id, "node", w.SFU, "err", err)
	}
}

// closeLegs is for a pair that ends; the caller holds the session's mutex.
func (s *Server) closeLegs(ses *session, p *pair) {
	for _, w := range p.media.servers() {
		s.closeLeg(ses, p, w)
	}
}

// sayOffer passes a visitor's offer to the media server of its way.
func (s *Server) sayOffer(ses *session, m *protocol.SFUOffer) {
	s.inPair(ses, m.Pair, func(p *pair, now time.Time) told {
		w, known := p.media.find(m.Epoch)
		if !known || w.Route != models.RouteSFU || w.SFU == "" || s.Media == nil {
			return nil // overtaken, or there is no server yet: another way is prepared then
		}
		p.candidates = 0
		if wait := p.signal.Take(s.cfg.signalRate(), now); wait > 0 {
			s.strike(ses, &protocol.Error{Type: protocol.KindError, Code: protocol.ErrorRateLimited, Message: "too many offers", RetryMS: wait.Milliseconds() + 1})
			return nil
		}
		if err := s.Media.Offer(w.SFU, legOf(ses, p, w), m.Attempt, m.SDP, p.orders(w)); err != nil {
			s.Media.Suspect(w.SFU)
			return s.accuse(ses, p, m.Epoch, now)
		}
		p.media.offered = offered{m.Epoch, m.Attempt, now.Add(s.cfg.OfferTimeout)}
		s.setSwitching(ses, true)
		return nil
	})
}

// sayCandidate passes on what trickles after an offer.
func (s *Server) sayCandidate(ses *session, m *protocol.SFUCandidate) {
	s.inPair(ses, m.Pair, func(p *pair, now time.Time) told {
		w, known := p.media.find(m.Epoch)
		if !known || w.Route != models.RouteSFU || w.SFU == "" || s.Media == nil {
			return nil
		}
		if p.candidates++; p.candidates > protocol.MaxCandidates || p.signal.Take(s.cfg.signalRate(), now) > 0 {
			s.strike(ses, &protocol.Error{Type: protocol.KindError, Code: protocol.ErrorRateLimited, Message: "too many candidates"})
			return nil
		}
		if err := s.Media.Candidate(w.SFU, legOf(ses, p, w), m.Candidate.Candidate); err != nil {
			s.Log.Debug("candidate not passed on", "pair", p.id, "node", w.SFU, "err", err)
		}
		return nil
	})
}

// watchLegs carries out what time brings for a side's own legs. waits says that something is to be waited for.
func (s *Server) watchLegs(ses *session, p *pair, now time.Time) (out told, waits bool) {
	r := &p.media
	kept := r.lingering[:0]
	for _, old := range r.lingering {
		if now.After(old.end) {
			s.closeLeg(ses, p, old.way)
		} else {
			kept = append(kept, old)
		}
	}
	if r.lingering = kept; len(kept) == 0 {
		r.lingering = nil
	}
	if o := r.offered; !o.until.IsZero() && now.After(o.until) {
		r.offered = offered{}
		if w, known := r.find(o.epoch); known && w.SFU != "" {
			s.Log.Info("media server does not answer", "pair", p.id, "node", w.SFU)
			s.Media.Suspect(w.SFU)
			out = s.accuse(ses, p, o.epoch, now)
		}
	}
	return out, len(r.lingering) > 0 || !r.offered.until.IsZero()
}

// withLeg runs a step for the session of a leg, if the way it belongs to is in use or being prepared.
func (s *Server) withLeg(leg models.Leg, step func(ses *session, p *pair, w way, now time.Time) told) {
	ses := s.lookup(leg.Session)
	if ses == nil {
		return
	}
	s.inPair(ses, leg.Pair, func(p *pair, now time.Time) told {
		w, known := p.media.find(leg.Epoch)
		if !known || w.Route != models.RouteSFU {
			return nil
		}
		return step(ses, p, w, now)
	})
}

// Answered gives a visitor the media server's answer.
func (s *Server) Answered(leg models.Leg, attempt uint32, sdp string) {
	s.withLeg(leg, func(ses *session, p *pair, _ way, _ time.Time) told {
		if p.media.offered.epoch == leg.Epoch && p.media.offered.attempt == attempt {
			p.media.offered = offered{}
		}
		ses.send(&protocol.SFUAnswer{Type: protocol.KindSFUAnswer, Pair: p.id, Epoch: leg.Epoch, Attempt: attempt, SDP: sdp})
		return nil
	})
}

// LegFailed says that a media server refused an offer, or lost the visitor.
func (s *Server) LegFailed(leg models.Leg) {
	s.withLeg(leg, func(ses *session, p *pair, _ way, now time.Time) told {
		if p.media.offered.epoch == leg.Epoch {
			p.media.offered = offered{}
		}
		return s.accuse(ses, p, leg.Epoch, now)
	})
}

// LegMoving says that the media server of a leg is about to stop.
func (s *Server) LegMoving(from models.NodeID, leg models.Leg) {
	s.withLeg(leg, func(ses *session, p *pair, _ way, now time.Time) told { return s.moveOff(ses, p, from, true, now) })
}

// LegBitrate tells a visitor how much their video may use.
func (s *Server) LegBitrate(leg models.Leg, bps int) {
	s.withLeg(leg, func(ses *session, p *pair, _ way, _ time.Time) told {
		ses.send(&protocol.Bitrate{Type: protocol.KindBitrate, Pair: p.id, Epoch: leg.Epoch, MaxBPS: bps})
		return nil
	})
}

// LegStatistics tells a visitor how the media of both fares.
func (s *Server) LegStatistics(leg models.Leg, mine, theirs models.LegStats) {
	missed := false
	s.withLeg(leg, func(ses *session, p *pair, w way, now time.Time) told {
		ses.send(&protocol.Path{Type: protocol.KindPath, Pair: p.id, Epoch: leg.Epoch, Mine: pathSide(mine), Theirs: pathSide(theirs)})
		missed = s.compare(ses, p, w, mine.Held, now)
		return nil
	})
	if ses := s.lookup(leg.Session); missed && ses != nil {
		s.missedVerdict(ses, leg.Pair)
	}
}

func pathSide(s models.LegStats) protocol.PathSide {
	return protocol.PathSide{Connected: s.Connected, TCP: s.TCP, RTTMS: s.RTTMS, LossPercent: s.LossPercent, SentKbps: s.SentKbps, GotKbps: s.GotKbps}
}

// serverGone moves all calls off a media server that died.
func (s *Server) serverGone(node models.NodeID) {
	for _, ses := range s.all() {
		ses.mu.Lock()
		var id models.PairID
		if p := ses.pair; leading(p) != nil && (p.media.now.SFU == node || p.media.next != nil && p.media.next.SFU == node) {
			id = p.id
		}
		ses.mu.Unlock()
		if id != "" {
			s.inPair(ses, id, func(p *pair, now time.Time) told { return s.moveOff(ses, p, node, false, now) })
		}
	}
}
