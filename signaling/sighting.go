package signaling

import (
	"context"
	"maps"
	"slices"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// cleanLooks is how many judged frames without a hot one refute a claim.
const cleanLooks = 5

// Sightings is where claims of visitors' browsers are kept.
type Sightings interface {
	CreateSighting(ctx context.Context, sighting *models.Sighting) error
	SettleSighting(ctx context.Context, id models.SightingID, outcome models.SightingOutcome, at time.Time) error
}

// saySighting takes the claim of a visitor's browser about the partner's picture: the call may be moved to where the
// server can look, and that is all that happens to the partner.
func (s *Server) saySighting(ses *session, m *protocol.Sighting) {
	s.inPair(ses, m.Pair, func(p *pair, now time.Time) told {
		check := s.cfg.ClientCheck
		switch {
		case p.opening.Mode != models.ModeVideo || !check.On || p.theirs.stopped():
			return nil // there is nothing to be seen
		case ses.facts.FalseAlarms >= check.FalseAlarms || ses.sightings >= check.PerSession:
			s.Metrics.sighting("doubted")
			return nil
		case !p.sighted.IsZero() && now.Sub(p.sighted) < check.Pause:
			s.Metrics.sighting("early")
			return nil
		}
		p.sighted = now
		ses.sightings++
		s.Metrics.sighting("taken")
		p.note("sighting", p.side().Other(), now)
		scores := m.Scores
		if scores == nil {
			scores = map[string]float64{m.Class: m.Score}
		}
		if p.theirs.Sighting == "" {
			s.openSighting(ses, p, scores, now)
		}
		out := told{{Kind: controlHit, Pair: p.id, Scores: scores}}
		return append(out, s.setHit(ses, p, &p.theirs, now)...)
	})
}

// openSighting writes a claim down; the caller holds the session's mutex.
func (s *Server) openSighting(ses *session, p *pair, scores map[string]float64, now time.Time) {
	row := models.Sighting{
		ID: models.NewSightingID(), Pair: p.id, Reporter: ses.id, ReporterDevice: ses.device, Accused: p.partner.Session,
		AccusedDevice: p.partner.Device, Scores: maps.Clone(scores), Outcome: models.SightingOpen, At: now.UTC().Truncate(time.Millisecond),
	}
	p.theirs.Sighting = row.ID
	s.touch(ses)
	s.clerk.put("sighting", 512, func(ctx context.Context) error { return s.Store.CreateSighting(ctx, &row) })
}

// setHit notes that a side's picture is called indecent, and has the policy asked if this home leads.
func (s *Server) setHit(ses *session, p *pair, about *regard, now time.Time) told {
	if about.Hit {
		return nil
	}
	about.Hit, about.looks = true, 0
	s.touch(ses)
	if leading(p) == nil {
		return nil
	}
	return s.wished(ses, p, now)
}

// onHit takes the partner's browser's claim about this visitor's picture.
func (s *Server) onHit(ses *session, p *pair, scores map[string]float64, now time.Time) told {
	p.note("sighting", p.side(), now)
	p.mine.scores = scores
	return s.setHit(ses, p, &p.mine, now)
}

// LegLooked takes what sampling has shown of a visitor's picture: enough clean frames refute a claim.
func (s *Server) LegLooked(leg models.Leg, look models.Look) {
	ses := s.lookup(leg.Session)
	if ses == nil {
		return
	}
	s.inPair(ses, leg.Pair, func(p *pair, now time.Time) told {
		if t := look.Trouble; t != "" && !slices.Contains(p.mine.troubles, t) {
			p.mine.troubles = append(p.mine.troubles, t)
			p.note("trouble:"+string(t), p.side(), now)
			s.Metrics.trouble(t)
		}
		switch {
		case !p.mine.Hit:
			return nil
		case look.Hot > 0:
			p.mine.looks = 0
			return nil
		}
		if p.mine.looks += look.Samples; p.mine.looks < cleanLooks {
			return nil
		}
		return s.settled(ses, p, models.SightingRefuted, now)
	})
}

// settled says what the server's own look made of the claim about this visitor's picture, here and to the claimant's home.
func (s *Server) settled(ses *session, p *pair, outcome models.SightingOutcome, now time.Time) told {
	if !p.mine.Hit {
		return nil
	}
	p.note("sighting:"+string(outcome), p.side(), now)
	if outcome == models.SightingRefuted {
		s.clearHit(ses, p, &p.mine, now)
	}
	return told{{Kind: controlSeen, Pair: p.id, Outcome: outcome}}
}

// onSeen takes the outcome of this visitor's claim.
func (s *Server) onSeen(ses *session, p *pair, outcome models.SightingOutcome, now time.Time) {
	p.note("sighting:"+string(outcome), p.side().Other(), now)
	if p.theirs.Sighting != "" && outcome == models.SightingRefuted {
		ses.facts.FalseAlarms++
	}
	s.settleSighting(ses, p, outcome, now)
	if outcome == models.SightingRefuted {
		s.clearHit(ses, p, &p.theirs, now)
	}
}

// clearHit takes a claim back. The call stays where it is for a while: it should not go to and fro.
func (s *Server) clearHit(ses *session, p *pair, about *regard, now time.Time) {
	about.Hit, about.looks = false, 0
	s.touch(ses)
	if l := leading(p); l != nil {
		l.asked = now.Add(s.cfg.ClientCheck.Dwell)
		s.setSwitching(ses, true)
	}
}

// settleSighting writes what became of this visitor's claim, if it is open; the caller holds the session's mutex.
func (s *Server) settleSighting(ses *session, p *pair, outcome models.SightingOutcome, now time.Time) {
	id := p.theirs.Sighting
	if id == "" {
		return
	}
	p.theirs.Sighting = ""
	s.touch(ses)
	s.Metrics.sighting(string(outcome))
	s.clerk.put("outcome of a sighting", 128, func(ctx context.Context) error { return s.Store.SettleSighting(ctx, id, outcome, now) })
}
