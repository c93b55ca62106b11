package signaling

import (
	"context"
	"fmt"
	"slices"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// Apply does to a visitor in a live call what staff decided. A ban needs no live call: banFor is how long, 0 for good, and
// reason is what the banned one reads. Without a ban ErrNoCall says that the visitor is not in that pair any more.
func (s *Server) Apply(ctx context.Context, pair models.PairID, session models.SessionID, device models.DeviceID,
	actions []models.Action, banFor time.Duration, reason string) error {
	actions = slices.DeleteFunc(slices.Clone(actions), func(a models.Action) bool { return a == models.ActionNone })
	bans := slices.Contains(actions, models.ActionBan)
	m := &measure{Reason: protocol.ModerationStaff, Text: reason, BanFor: banFor}
	if bans && banFor > 0 {
		m.Until = time.Now().Add(banFor).Unix()
	}
	m.Actions = slices.DeleteFunc(slices.Clone(actions), func(a models.Action) bool { return a == models.ActionBan })
	if bans && !slices.Contains(m.Actions, models.ActionEnd) {
		m.Actions = append(m.Actions, models.ActionEnd)
	}
	found, err := s.sanction(ctx, pair, session, m)
	if bans {
		s.ban(device, m)
		return nil
	}
	if err == nil && !found && len(m.Actions) > 0 {
		return ErrNoCall
	}
	return err
}

// Lift takes back what a flag did: the picture in that call is shown again, and bans that the service made because of it end.
// That neither is in force any more is no error.
func (s *Server) Lift(ctx context.Context, pair models.PairID, session models.SessionID, flag models.FlagID) error {
	_, err := s.sanction(ctx, pair, session, &measure{Reason: protocol.ModerationStaff, Flag: flag, Lift: true})
	if flag == "" {
		return err
	}
	if _, failed := s.Store.LiftBansFor(ctx, flag); failed != nil {
		return fmt.Errorf("signaling: lift: %w", failed)
	}
	return err
}

// sanction has the home of a session do something.
func (s *Server) sanction(ctx context.Context, pair models.PairID, session models.SessionID, m *measure) (found bool, err error) {
	if len(m.Actions) == 0 && !m.Lift {
		return false, nil
	}
	err = s.tally(ctx, &control{Kind: controlSanction, To: session, Pair: pair, Measure: m}, func(c *control) bool {
		found = found || c.Found > 0
		return found && !m.Lift // bans heard of are to be forgotten on all nodes
	})
	return found, err
}

// answerSanction does it if the session is at home here.
func (s *Server) answerSanction(question *control) *control {
	answer := &control{Kind: controlTally, Request: question.Request}
	m := question.Measure
	if m == nil {
		return answer
	}
	if m.Lift && m.Flag != "" {
		s.unhearBans(m.Flag)
	}
	if ses := s.lookup(question.To); ses != nil && s.enact(ses, question.Pair, m) {
		answer.Found = 1
	}
	return answer
}
