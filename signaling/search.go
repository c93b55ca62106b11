package signaling

import (
	"context"
	"time"

	"omezle/models"
	"omezle/signaling/match"
	"omezle/signaling/protocol"
)

// maxBlocks bounds the blocks of one visitor that matching looks at; the newest count.
const maxBlocks = 1000

// find begins a search, or replaces the one that is on. It runs on the visitor's reader.
func (s *Server) find(ses *session, want *protocol.Find) {
	ses.mu.Lock()
	if ses.gone || ses.conn == nil {
		ses.mu.Unlock()
		return
	}
	if ses.pair != nil {
		ses.send(&protocol.Error{Type: protocol.KindError, Code: protocol.ErrorNotIdle, Message: "leave the partner first"})
		ses.mu.Unlock()
		return
	}
	old := ses.search
	ses.want, ses.hideIP = want, want.HideIP
	next := s.newSearch(ses, time.Time{})
	next.joining = true
	ses.send(s.queueMessage(ses))
	ses.mu.Unlock()
	s.setWaiting(ses, true)
	if old != nil {
		ctx, cancel := background()
		s.withdraw(ctx, ses, old)
		cancel()
	}
	s.join(ses, next)
}

// newSearch puts a search into the session; the caller holds its mutex and knows that want is set.
// place is the place in the queue to be taken again, zero for a new one.
func (s *Server) newSearch(ses *session, place time.Time) *search {
	ses.search = &search{since: time.Now(), ticket: &match.Ticket{
		Session: ses.id, Device: ses.device, Node: s.Node,
		Mode: ses.want.Mode, Region: s.cfg.Region, Language: ses.want.Language, Interests: ses.want.Interests,
		JoinedAt: place,
	}}
	return ses.search
}

// join puts a search's ticket into the queue, or makes a match with it. The caller has set joining.
func (s *Server) join(ses *session, search *search) {
	ctx, cancel := background()
	defer cancel()
	err := s.loadBlocks(ctx, ses)
	if err == nil {
		s.loadFacts(ctx, ses)
	}
	ses.mu.Lock()
	if err != nil || ses.search != search || ses.conn == nil || ses.gone {
		search.joining = false // a later poll or the next socket tries again
		ses.mu.Unlock()
		if err != nil {
			s.Log.Warn("blocks not read, the search waits", "session", ses.id, "err", err)
		}
		return
	}
	search.ticket.Blocks, search.ticket.Recent = ses.blocks, ses.recent(time.Now())
	ticket := *search.ticket
	ses.mu.Unlock()

	m, joined, err := s.Matcher.Join(ctx, ticket)

	ses.mu.Lock()
	search.joining = false
	search.missingSince = time.Time{}
	current := ses.search == search && ses.conn != nil && !ses.gone
	switch {
	case err != nil:
		ses.mu.Unlock()
		s.Log.Warn("search not queued, it waits for the next poll", "session", ses.id, "err", err)
	case !current && m == nil && ses.search != nil && ses.search != search:
		ses.mu.Unlock() // a later search has replaced the ticket, or will
	case !current && m == nil:
		ses.mu.Unlock()
		if _, err := s.Matcher.Leave(ctx, &ticket); err != nil {
			s.Log.Debug("ticket not withdrawn, its lease will end", "session", ses.id, "err", err)
		}
	case !current:
		ses.mu.Unlock()
		s.release(m.Other)
	default:
		search.ticket.JoinedAt = joined
		if m != nil {
			s.propose(ses, search, m) // unlocks
			return
		}
		search.queued = true
		ses.mu.Unlock()
	}
}

func (s *Server) loadBlocks(ctx context.Context, ses *session) error {
	ses.mu.Lock()
	known := ses.blocksKnown
	ses.mu.Unlock()
	if known {
		return nil
	}
	blocks, err := s.Store.BlocksOf(ctx, ses.device, maxBlocks)
	if err != nil {
		return err
	}
	ses.mu.Lock()
	defer ses.mu.Unlock()
	if !ses.blocksKnown {
		ses.blocks = append(ses.blocks, blocks...)
		ses.blocksKnown = true
	}
	return nil
}

// rejoin has a worker queue the session's ticket again at its place.
func (s *Server) rejoin(ses *session) {
	s.later(func() {
		ses.mu.Lock()
		search := ses.search
		if search == nil || search.queued || search.joining || search.claim != "" || ses.conn == nil {
			ses.mu.Unlock()
			return
		}
		search.joining = true
		ses.mu.Unlock()
		s.join(ses, search)
	})
}

// cancelSearch ends a search that is on.
func (s *Server) cancelSearch(ses *session) {
	ses.mu.Lock()
	search := ses.search
	ses.search = nil
	ses.mu.Unlock()
	if search == nil {
		return
	}
	s.setWaiting(ses, false)
	ctx, cancel := background()
	defer cancel()
	s.withdraw(ctx, ses, search)
}

// withdraw takes a search's ticket out of the queue and drops its claim. The search may stay in the session, then it is not queued.
func (s *Server) withdraw(ctx context.Context, ses *session, search *search) {
	ses.mu.Lock()
	queued, claim, node, other := search.queued, search.claim, search.claimNode, search.claimOther
	search.queued, search.claim = false, ""
	ticket := *search.ticket
	ses.mu.Unlock()
	if claim != "" {
		s.tell(node, &control{Kind: controlEnd, To: other, Pair: claim, Reason: models.EndUnconfirmed})
	}
	if queued {
		if _, err := s.Matcher.Leave(ctx, &ticket); err != nil {
			s.Log.Debug("ticket not withdrawn, its lease will end", "session", ses.id, "err", err)
		}
	}
}

// release tells the home of a session that its ticket was claimed for nothing.
func (s *Server) release(other match.Partner) {
	s.tell(other.Node, &control{Kind: controlRelease, To: other.Session})
}

func (s *Server) onRelease(ses *session) {
	ses.mu.Lock()
	if ses.search != nil && ses.search.claim == "" {
		ses.search.queued = false
	}
	ses.mu.Unlock()
	s.rejoin(ses)
}

// queueMessage tells a waiting visitor how things stand; the caller holds the session's mutex.
func (s *Server) queueMessage(ses *session) *protocol.Queue {
	message := &protocol.Queue{Type: protocol.KindQueue, Waiting: 1, Stage: protocol.StageAnyone}
	if counts := s.byMode.Load(); counts != nil {
		message.Waiting = max(1, (*counts)[ses.want.Mode])
	}
	if ses.search == nil {
		return message
	}
	waited := time.Since(ses.search.since)
	switch widen := s.Widening; {
	case len(ses.want.Interests) > 0 && waited < widen.InterestsFor:
		message.Stage = protocol.StageInterests
	case ses.want.Language != "" && waited < widen.LanguageFor:
		message.Stage = protocol.StageLanguage
	}
	return message
}
