package signaling

import (
	"context"
	"time"

	"omezle/signaling/protocol"
)

// drainSpread is over how long the sockets of a node that stops are closed, so that not all come back to the others at once.
const drainSpread = 3 * time.Second

// Drain moves this node's sessions away: it takes no new ones, closes every socket with the
// advice to resume elsewhere, and writes all records. It returns when that is done or ctx ends.
// Pairs stay: their sessions are taken over by the nodes that the browsers reach next.
func (s *Server) Drain(ctx context.Context) error {
	s.draining.Store(true)
	if err := s.flushRecords(ctx); err != nil { // what the takers will read
		s.Log.Warn("session records not written before draining", "err", err)
	}
	sessions := s.all()
	pause := drainSpread / time.Duration(max(1, len(sessions)))
	pause = min(pause, 20*time.Millisecond)
	pacer := time.NewTicker(max(pause, time.Microsecond))
	defer pacer.Stop()
	for _, ses := range sessions {
		ses.mu.Lock()
		conn := ses.conn
		if conn != nil {
			s.closeConn(conn, protocol.CloseDraining, "this node stops, connect again")
		}
		ses.mu.Unlock()
		if conn == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pacer.C:
		}
	}
	for s.attached.Load() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pacer.C:
		}
	}
	return s.flushRecords(ctx)
}

// Draining reports whether Drain has begun.
func (s *Server) Draining() bool { return s.draining.Load() }
