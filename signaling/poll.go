package signaling

import (
	"context"
	"errors"
	"time"

	"omezle/models"
	"omezle/signaling/match"
)

// queueEvery is how many polls pass between two queue messages to one visitor.
const queueEvery = 2

// polled is a ticket under way to Poll: a copy, since the session may cancel meanwhile.
type polled struct {
	ses    *session
	search *search
}

// pollWaiting renews the tickets of those who wait here and looks for partners as their demands widen.
func (s *Server) pollWaiting(ctx context.Context) error {
	ticker := time.NewTicker(s.cfg.PollInterval)
	defer ticker.Stop()
	for round := 0; ; round++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			s.guard(func() { s.pollOnce(ctx, round%queueEvery == 0) })
		}
	}
}

func (s *Server) pollOnce(ctx context.Context, tell bool) {
	callCtx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if !s.countWaiting(callCtx) {
		return // Redis is away: who waits goes on waiting
	}
	now := time.Now()
	tickets := make(map[*match.Ticket]polled)
	var list []*match.Ticket
	for _, ses := range s.members(s.waiting) {
		ses.mu.Lock()
		search := ses.search
		if search == nil || ses.conn == nil || search.joining {
			ses.mu.Unlock()
			continue
		}
		if tell {
			ses.send(s.queueMessage(ses))
		}
		if search.claim != "" {
			expired := now.After(search.claimUntil)
			ses.mu.Unlock()
			if expired {
				s.expireClaim(ses, search)
			}
			continue
		}
		if !search.queued {
			ses.mu.Unlock()
			s.rejoin(ses)
			continue
		}
		search.ticket.Recent = ses.recent(now)
		ticket := *search.ticket
		ses.mu.Unlock()
		tickets[&ticket] = polled{ses, search}
		list = append(list, &ticket)
	}
	if len(list) == 0 {
		return
	}
	outcomes, err := s.Matcher.Poll(callCtx, list)
	if err != nil {
		s.Log.Warn("those who wait were not all polled", "err", err)
	}
	for ticket, p := range tickets { // Poll notes in the ticket where it waits
		p.ses.mu.Lock()
		if p.search.ticket.JoinedAt.Equal(ticket.JoinedAt) {
			*p.search.ticket = *ticket
		}
		p.ses.mu.Unlock()
	}
	for _, outcome := range outcomes {
		s.onOutcome(tickets[outcome.Ticket], outcome, now)
	}
}

func (s *Server) onOutcome(p polled, outcome match.Outcome, now time.Time) {
	ses, search := p.ses, p.search
	ses.mu.Lock()
	current := ses.search == search && search.claim == "" && ses.conn != nil && !ses.gone
	switch {
	case outcome.Match != nil && current:
		s.propose(ses, search, outcome.Match) // unlocks
		return
	case outcome.Match != nil:
		ses.mu.Unlock()
		s.release(outcome.Match.Other)
		return
	case outcome.Missing && current && search.queued:
		if search.missingSince.IsZero() {
			search.missingSince = now // most likely somebody's proposal is under way
		} else if now.Sub(search.missingSince) >= s.cfg.ClaimTimeout {
			search.queued = false // the next poll joins again
		}
	}
	ses.mu.Unlock()
}

// expireClaim gives up a match that the partner's node did not answer in time.
func (s *Server) expireClaim(ses *session, search *search) {
	ses.mu.Lock()
	claim, node, other := search.claim, search.claimNode, search.claimOther
	if ses.search != search || claim == "" {
		ses.mu.Unlock()
		return
	}
	ses.mu.Unlock()
	s.tell(node, &control{Kind: controlEnd, To: other, Pair: claim, Reason: models.EndUnconfirmed})
	s.onRefuse(ses, claim)
}

// countWaiting asks Redis how many wait on all nodes. It returns false when Redis does not answer, and says so once.
func (s *Server) countWaiting(ctx context.Context) bool {
	counts, err := s.Matcher.Waiting(ctx)
	if err != nil {
		if !s.unmatched.Swap(true) && !errors.Is(err, context.Canceled) {
			s.Log.Warn("matching stands still until Redis is back", "err", err)
		}
		return false
	}
	if s.unmatched.Swap(false) {
		s.Log.Info("matching goes on")
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	s.byMode.Store(&counts)
	s.queued.Store(int64(total))
	return true
}
