package signaling

import (
	"context"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// wheelTick is how often the wheel turns by one slot; a full turn takes PingInterval.
const wheelTick = time.Second

// wheel pings every socket once a turn, closes the silent, tells visitors how many are here, and ends
// sessions that stayed away for the resume window. It replaces a timer per session.
func (s *Server) wheel(ctx context.Context) error {
	ticker := time.NewTicker(wheelTick)
	defer ticker.Stop()
	slot := 0
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-ticker.C:
			s.guard(func() { s.turn(slot, now) })
			slot = (slot + 1) % len(s.slots)
		}
	}
}

func (s *Server) turn(slot int, now time.Time) {
	for _, ses := range s.members(s.slots[slot]) {
		ses.mu.Lock()
		conn := ses.conn
		if conn != nil {
			if silent := now.Sub(time.UnixMilli(ses.heard.Load())); silent > s.cfg.SilentAfter {
				s.closeConn(conn, protocol.CloseSilent, "nothing heard")
				conn.Abandon() // it does not answer, so the reader need not wait
			} else {
				ses.send(s.stats())
				if conn.Ping() != nil {
					conn.Abandon()
				}
			}
		}
		ses.mu.Unlock()
	}
	for _, ses := range s.members(s.away) {
		ses.mu.Lock()
		over := ses.conn == nil && now.Sub(ses.awaySince) > s.cfg.ResumeWindow
		ses.mu.Unlock()
		if over {
			s.later(func() { s.remove(ses, models.EndGone, true) })
		}
	}
}

// stats is how many are here, as last counted.
func (s *Server) stats() *protocol.Stats {
	return &protocol.Stats{Type: protocol.KindStats, Online: s.Online(), Waiting: int(s.queued.Load())}
}
