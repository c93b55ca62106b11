package signaling

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"omezle/models"
	"omezle/signaling/protocol"
)

// errNoDevice means that a flag does not tell whom a ban would be about: no home has added to it yet.
var errNoDevice = errors.New("signaling: the device of that flag is not known yet")

// Apply does to the visitor of a flag what staff decided, wherever their call is. What cannot be done because the call is
// over is no error; a ban needs no call.
func (s *Server) Apply(ctx context.Context, sanction models.Sanction) error {
	m := &measure{Reason: protocol.ModerationStaff, Flag: sanction.Flag.ID, Text: sanction.Reason, BanFor: sanction.BanFor, By: sanction.By}
	m.Actions = slices.DeleteFunc(slices.Clone(sanction.Actions), func(a models.Action) bool { return a == models.ActionNone || a == models.ActionBan })
	bans := slices.Contains(sanction.Actions, models.ActionBan)
	if bans && sanction.Flag.Device == "" {
		return errNoDevice
	}
	if bans && !slices.Contains(m.Actions, models.ActionEnd) {
		m.Actions = append(m.Actions, models.ActionEnd)
	}
	err := s.sanction(ctx, sanction.Flag, m)
	if bans {
		if err != nil {
			s.Log.Warn("the call of a banned visitor was not ended as a call", "pair", sanction.Flag.Pair, "err", err)
		}
		s.ban(sanction.Flag.Device, m)
		return nil
	}
	return err
}

// Lift takes back what can be of what a flag did: a stopped or blurred picture is shown again, and bans that were made
// because of it end, those of one member of staff alone if the sanction names one.
func (s *Server) Lift(ctx context.Context, sanction models.Sanction) error {
	m := &measure{Reason: protocol.ModerationStaff, Flag: sanction.Flag.ID, Lift: true, By: sanction.By}
	for _, a := range sanction.Actions {
		m.Shows = m.Shows || slices.Contains(lasting, a)
		m.Unbans = m.Unbans || a == models.ActionBan
	}
	if m.Unbans {
		if _, err := s.Store.LiftBansFor(ctx, sanction.Flag.ID, sanction.By); err != nil {
			return fmt.Errorf("signaling: lift: %w", err)
		}
	}
	return s.sanction(ctx, sanction.Flag, m)
}

// sanction has the home of a flag's session do something.
func (s *Server) sanction(ctx context.Context, flag models.Flag, m *measure) error {
	if len(m.Actions) == 0 && !m.Lift {
		return nil
	}
	return s.tally(ctx, &control{Kind: controlSanction, To: flag.Session, Pair: flag.Pair, Measure: m}, func(c *control) bool {
		return c.Found > 0 && !m.Unbans // bans heard of are to be forgotten on all nodes
	})
}

// answerSanction does it if the session is at home here.
func (s *Server) answerSanction(question *control) *control {
	answer := &control{Kind: controlTally, Request: question.Request}
	m := question.Measure
	if m == nil {
		return answer
	}
	if m.Unbans {
		s.unhearBans(m.Flag, m.By)
	}
	if ses := s.lookup(question.To); ses != nil && (!m.Lift || m.Shows) && s.enact(ses, question.Pair, m) {
		answer.Found = 1
	}
	return answer
}
