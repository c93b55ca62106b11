package signaling

import (
	"time"

	"omezle/models"
)

// recordSession writes a session to the history: at its first socket with a zero end, and at its end.
func (s *Server) recordSession(ses *session, ended time.Time) {
	ses.mu.Lock()
	row := models.Session{
		ID: ses.id, Device: ses.device, IP: models.IPOf(ses.addr.Addr()), Port: ses.addr.Port(),
		StartedAt: ses.startedAt.UTC(), ConsentVersion: s.cfg.ConsentVersion, Region: s.cfg.Region,
		Pairs: ses.pairs, Messages: ses.messages,
	}
	ses.mu.Unlock()
	now := time.Now().UTC()
	stat := models.IPStat{IP: row.IP, FirstSeen: now, LastSeen: now}
	if ended.IsZero() {
		stat.Sessions = 1
	} else {
		end := ended.UTC()
		row.EndedAt = &end
		stat.Messages = int64(row.Messages)
	}
	s.History.Session(row)
	if row.IP != "" {
		s.History.IP(stat)
	}
}

// recordPair writes a pair to the history: when it begins with a zero end, and when it ends.
func (s *Server) recordPair(ses *session, p *pair, ended time.Time, reason models.EndReason, by models.SessionID) {
	row := models.Pair{
		ID:   p.id,
		A:    models.PairSide{Session: ses.id, Device: ses.device},
		B:    models.PairSide{Session: p.partner.Session, Device: p.partner.Device},
		Mode: p.opening.Mode, Language: p.opening.Language, Interests: p.opening.Shared, Route: p.media.now.taken(),
		StartedAt: p.started.UTC(), EndReason: reason, EndedBy: by, Messages: p.chats,
	}
	if p.opening.Polite {
		row.A, row.B = row.B, row.A
	}
	if !ended.IsZero() {
		end := ended.UTC()
		row.EndedAt = &end
	}
	s.History.Pair(row)
}
