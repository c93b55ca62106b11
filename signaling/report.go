package signaling

import (
	"context"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// retryStore is when a client sends again what the database could not take.
const retryStore = 3 * time.Second

// report puts a visitor's complaint into the database and answers when it is there.
func (s *Server) report(ses *session, m *protocol.Report) {
	p, reporter := s.subject(ses, m.Pair, m.ID)
	if p == nil {
		return
	}
	if m.Block {
		s.shun(ses, p, models.EndReported)
	}
	ctx, cancel := background()
	defer cancel()
	row := &models.Report{
		ID: models.NewReportID(), ClientID: m.ID, Reporter: reporter, Reported: partyOf(p.partner), Pair: m.Pair,
		Reason: m.Reason, Description: m.Description, At: time.Now().UTC().Truncate(time.Millisecond), Status: models.ReportOpen,
	}
	ses.mu.Lock()
	lines := p.chatLines(ses.id)
	ses.mu.Unlock()
	created, err := s.Store.CreateReport(ctx, row)
	if err == nil && created {
		s.keepProof(row.ID, lines, m.Still)
	}
	if err == nil && m.Block {
		err = s.Store.Block(ctx, blockOf(reporter, p))
	}
	s.answer(ses, m.ID, err)
}

// keepProof keeps what goes with a report.
func (s *Server) keepProof(report models.ReportID, lines []models.ChatLine, still []byte) {
	if s.Chats != nil && len(lines) > 0 {
		s.clerk.put("chat of a report", tailBytes, func(ctx context.Context) error { return s.Chats.PutChat(ctx, "", report, lines) })
	}
	if s.Stills != nil && len(still) > 0 {
		s.clerk.put("picture of a report", len(still), func(ctx context.Context) error {
			return s.Stills.PutStill(ctx, report, protocol.StillType(still), still)
		})
	}
}

// block makes sure that two visitors never meet again.
func (s *Server) block(ses *session, m *protocol.Block) {
	p, blocker := s.subject(ses, m.Pair, m.ID)
	if p == nil {
		return
	}
	s.shun(ses, p, models.EndBlocked)
	ctx, cancel := background()
	defer cancel()
	s.answer(ses, m.ID, s.Store.Block(ctx, blockOf(blocker, p)))
}

// subject finds the pair that a report or block is about: the present one or the last.
func (s *Server) subject(ses *session, pair models.PairID, id string) (*pair, models.Party) {
	ses.mu.Lock()
	defer ses.mu.Unlock()
	p := ses.pairOf(pair)
	if p == nil {
		ses.send(&protocol.Error{Type: protocol.KindError, Code: protocol.ErrorNotPaired, Message: "that conversation is too long ago", ID: id})
		return nil, models.Party{}
	}
	self := models.Party{Session: ses.id, Device: ses.device, IP: models.IPOf(ses.addr.Addr()), Port: ses.addr.Port()}
	return p, self
}

// shun keeps a partner away at once, whatever becomes of the database, and ends the pair if it is on.
func (s *Server) shun(ses *session, p *pair, reason models.EndReason) {
	ses.mu.Lock()
	ses.blocks = append(ses.blocks, p.partner.Device)
	if len(ses.blocks) > maxBlocks {
		ses.blocks = ses.blocks[len(ses.blocks)-maxBlocks:]
	}
	ses.mu.Unlock()
	if s.endPair(ses, p.id, reason) {
		s.confirmEnd(ses, p.id, reason, false)
	}
}

func (s *Server) answer(ses *session, id string, err error) {
	ses.mu.Lock()
	defer ses.mu.Unlock()
	if err == nil {
		ses.send(&protocol.Done{Type: protocol.KindDone, ID: id})
		return
	}
	s.Log.Warn("report or block not stored", "session", ses.id, "err", err)
	s.Metrics.refused(protocol.ErrorUnavailable)
	ses.send(&protocol.Error{
		Type: protocol.KindError, Code: protocol.ErrorUnavailable, Message: "this cannot be stored now, it is sent again",
		ID: id, RetryMS: retryStore.Milliseconds(),
	})
}

func partyOf(p party) models.Party {
	return models.Party{Session: p.Session, Device: p.Device, IP: models.IPOf(p.Addr.Addr()), Port: p.Addr.Port()}
}

func blockOf(blocker models.Party, p *pair) models.IPBlock {
	return models.IPBlock{
		Blocker: blocker.Device, Blocked: p.partner.Device, BlockerIP: blocker.IP, BlockedIP: partyOf(p.partner).IP,
		Pair: p.id, At: time.Now().UTC(),
	}
}
