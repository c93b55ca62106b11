package signaling

import (
	"cmp"
	"context"
	"slices"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// Flags is where verdicts are put before reviewers.
type Flags interface {
	// AnnotateFlag fails while the flag is not stored yet.
	AnnotateFlag(ctx context.Context, id models.FlagID, notes models.FlagNotes) error
}

// Chats keeps the last lines of a conversation as evidence; one of flag and report is empty.
type Chats interface {
	PutChat(ctx context.Context, flag models.FlagID, report models.ReportID, lines []models.ChatLine) error
}

// Stills keeps the picture that came with a report.
type Stills interface {
	PutStill(ctx context.Context, report models.ReportID, mediaType string, data []byte) error
}

// LegVerdict takes what moderation found about a visitor's picture. The media server has stopped the picture already if
// that is one of the actions; the rest is done here and at the partner's home.
func (s *Server) LegVerdict(v models.Verdict) {
	ses := s.lookup(v.Leg.Session)
	if ses == nil {
		s.later(func() { s.forwardVerdict(v) })
		return
	}
	s.annotate(ses, v)
	s.inPair(ses, v.Leg.Pair, func(p *pair, now time.Time) told {
		return s.settled(ses, p, models.SightingConfirmed, now)
	})
	if !v.Shadow {
		reason := protocol.ModerationReason(cmp.Or(v.Reason, models.ReasonNudity)) // rules have no other yet
		s.enact(ses, v.Leg.Pair, &measure{Actions: v.Actions, Reason: reason, Flag: v.Flag, BanFor: v.BanFor})
	}
}

// forwardVerdict is for a session that has moved to another home, of which the media server had not heard.
func (s *Server) forwardVerdict(v models.Verdict) {
	ctx, cancel := background()
	defer cancel()
	home, err := s.registry.home(ctx, v.Leg.Session)
	if err != nil || home == "" || home == s.Node {
		s.Log.Warn("verdict about a session that is nowhere", "session", v.Leg.Session, "pair", v.Leg.Pair, "err", err)
		return
	}
	s.send(home, &control{Kind: controlVerdict, Verdict: &v})
}

// annotate adds to a flag what this home knows of the call, also when it has just ended.
func (s *Server) annotate(ses *session, v models.Verdict) {
	ses.mu.Lock()
	defer ses.mu.Unlock()
	p := ses.pairOf(v.Leg.Pair)
	if p == nil {
		return
	}
	what := "verdict:" + v.Rule
	if v.Shadow {
		what = "shadow:" + v.Rule
	}
	p.note(what, p.side(), v.At)
	s.Metrics.verdict(v)
	if v.Flag == "" {
		return
	}
	for _, a := range v.Actions {
		if !v.Shadow {
			p.note("action:"+string(a), p.side(), v.At)
		}
	}
	flag := v.Flag
	notes := models.FlagNotes{
		Device: ses.device, Route: p.media.now.taken(), Timeline: slices.Clone(p.timeline), ClientScores: p.mine.scores,
	}
	s.clerk.put("notes of a flag", 8<<10, func(ctx context.Context) error { return s.Store.AnnotateFlag(ctx, flag, notes) })
	if lines := p.chatLines(ses.id); s.Chats != nil && len(lines) > 0 {
		s.clerk.put("chat of a flag", tailBytes, func(ctx context.Context) error { return s.Chats.PutChat(ctx, flag, "", lines) })
	}
}

// enact does what was decided about the picture of a visitor here. It reports whether they are in that pair.
func (s *Server) enact(ses *session, id models.PairID, m *measure) bool {
	bans := slices.Contains(m.Actions, models.ActionBan)
	if bans && m.BanFor > 0 {
		m.Until = time.Now().Add(m.BanFor).Unix()
	}
	found := false
	s.inPair(ses, id, func(p *pair, now time.Time) told {
		found = true
		if !p.mine.take(m) {
			return nil
		}
		for _, a := range m.Actions {
			s.Metrics.measure(a)
		}
		s.order(ses, p, true)
		switch {
		case slices.Contains(m.Actions, models.ActionStop):
			p.lifted = time.Time{}
		case m.Lift:
			p.lifted = now
			p.note("lifted", p.side(), now)
			s.Metrics.measure("lift")
		}
		s.touch(ses)
		ses.send(p.mine.word(p, protocol.TargetYou, m))
		return append(told{{Kind: controlMeasure, Pair: p.id, Measure: m}}, s.reconsider(ses, p, "", now)...)
	})
	if reason := m.end(); found && reason != "" && s.endPair(ses, id, reason) {
		s.confirmEnd(ses, id, reason, false)
	}
	if bans {
		s.ban(ses.device, m)
	}
	return found
}

// end is why a measure ends the pair, empty if it does not.
func (m *measure) end() models.EndReason {
	switch {
	case slices.Contains(m.Actions, models.ActionEnd) && m.Reason == protocol.ModerationStaff:
		return models.EndStaff
	case slices.Contains(m.Actions, models.ActionEnd):
		return models.EndModerated
	case slices.Contains(m.Actions, models.ActionBan):
		return models.EndBanned
	}
	return ""
}

// onMeasure takes what was done about the partner's picture.
func (s *Server) onMeasure(ses *session, p *pair, m *measure, now time.Time) told {
	if !p.theirs.take(m) {
		return nil
	}
	s.touch(ses)
	for _, a := range m.Actions {
		p.note("action:"+string(a), p.side().Other(), now)
	}
	ses.send(p.theirs.word(p, protocol.TargetPartner, m))
	return s.reconsider(ses, p, "", now)
}

// mendRegard takes what is in force about the partner's picture from a check of the pair: the word of it was lost.
func (s *Server) mendRegard(ses *session, c check) {
	s.inPair(ses, c.Pair, func(p *pair, now time.Time) told {
		return s.onMeasure(ses, p, &measure{Actions: c.Actions, Reason: protocol.ModerationNudity, Lift: len(c.Actions) == 0}, now)
	})
}

// missedVerdict is for a picture that the media server holds while nobody has told why: the word was lost.
func (s *Server) missedVerdict(ses *session, pair models.PairID) {
	s.Log.Warn("a picture is held and its verdict did not arrive", "session", ses.id, "pair", pair)
	s.enact(ses, pair, &measure{Actions: []models.Action{models.ActionBlur, models.ActionStop}, Reason: protocol.ModerationNudity})
}
