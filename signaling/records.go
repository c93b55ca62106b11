package signaling

import (
	"context"
	"slices"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

const (
	recordBatch = 256
	recordRetry = 500 * time.Millisecond
)

// touch asks for a session's record to be written. It may be called with or without the session's mutex.
func (s *Server) touch(ses *session) {
	s.dirtyMu.Lock()
	s.dirty[ses] = struct{}{}
	s.dirtyMu.Unlock()
	select {
	case s.dirtied <- struct{}{}:
	default:
	}
}

// Republish writes every record again: Redis came back empty.
func (s *Server) Republish(context.Context) {
	for _, ses := range s.all() {
		s.touch(ses)
	}
	for _, ses := range s.members(s.waiting) {
		ses.mu.Lock()
		if ses.search != nil {
			ses.search.queued = false // the next poll joins again
		}
		ses.mu.Unlock()
	}
}

// writeRecords keeps the records in Redis like the sessions here. While Redis is away the sessions
// stay dirty, each once, so that the backlog is bounded by the sessions.
func (s *Server) writeRecords(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.dirtied:
		}
		if err := s.flushRecords(ctx); err != nil {
			s.Log.Warn("session records not written, trying again", "err", err)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(recordRetry):
			}
			select {
			case s.dirtied <- struct{}{}:
			default:
			}
		}
	}
}

func (s *Server) flushRecords(ctx context.Context) error {
	for {
		batch := s.takeDirty()
		if len(batch) == 0 {
			return nil
		}
		snapshots := make([]snapshot, len(batch))
		for i, ses := range batch {
			snapshots[i] = s.snapshotOf(ses)
		}
		callCtx, cancel := context.WithTimeout(ctx, storeTimeout)
		lost, err := s.registry.write(callCtx, snapshots)
		cancel()
		if err != nil {
			s.dirtyMu.Lock()
			for _, ses := range batch {
				s.dirty[ses] = struct{}{}
			}
			s.dirtyMu.Unlock()
			return err
		}
		for i, snap := range snapshots {
			if slices.Contains(lost, snap.id) {
				s.lost(batch[i], snap.epoch+1)
			}
		}
	}
}

func (s *Server) takeDirty() []*session {
	s.dirtyMu.Lock()
	defer s.dirtyMu.Unlock()
	var batch []*session
	for ses := range s.dirty {
		batch = append(batch, ses)
		delete(s.dirty, ses)
		if len(batch) == recordBatch {
			break
		}
	}
	return batch
}

func (s *Server) snapshotOf(ses *session) snapshot {
	ses.mu.Lock()
	defer ses.mu.Unlock()
	snap := snapshot{id: ses.id, device: ses.device, epoch: ses.epoch, gone: ses.gone, ttl: attachedTTL}
	if ses.conn == nil {
		snap.ttl = s.cfg.ResumeWindow + 5*time.Second
	}
	if p := ses.pair; p != nil {
		snap.pair = &pairRecord{
			Pair: p.id, Partner: p.partner, Polite: p.opening.Polite, Hue: p.opening.Hue, Started: p.started, Joined: p.joined,
			Want:  ses.want,
			Terms: terms{Mode: p.opening.Mode, Shared: p.opening.Shared, Language: p.opening.Language, Rematch: p.opening.Rematch, Way: p.media.now},
			Last:  p.media.last,
			Mine:  p.mine, Theirs: p.theirs,
		}
		if l := p.media.lead; l != nil {
			snap.pair.Failed, snap.pair.Operator, snap.pair.Forced = l.failed, l.operator, l.forced
		}
	}
	return snap
}

// lost drops a session whose record says that another node has it. If its visitor came back here after
// that (the other node's word of it never arrived), the visitor is to resume.
func (s *Server) lost(ses *session, epoch uint32) {
	ses.mu.Lock()
	code := protocol.CloseSuperseded
	if ses.attaches > 1 {
		code = protocol.CloseInternal
	}
	ses.mu.Unlock()
	s.taken(ses.id, epoch, code)
}

// taken drops a session that another node took over with a higher epoch, without ending its pair. A socket that is still open here is closed with code. It may wait for Redis.
func (s *Server) taken(id models.SessionID, epoch uint32, code protocol.CloseCode) {
	ses := s.lookup(id)
	if ses == nil {
		return
	}
	ses.mu.Lock()
	if ses.gone || ses.epoch >= epoch {
		ses.mu.Unlock()
		return
	}
	search, conn := ses.search, ses.conn
	ses.gone, ses.search, ses.conn, ses.pair = true, nil, nil, nil
	if conn != nil {
		s.attached.Add(-1)
		s.closeConn(conn, code, "")
	}
	ses.mu.Unlock()
	s.drop(ses)
	s.dirtyMu.Lock()
	delete(s.dirty, ses)
	s.dirtyMu.Unlock()
	ctx, cancel := background()
	defer cancel()
	if search != nil {
		s.withdraw(ctx, ses, search)
	}
	if err := s.registry.forget(ctx, id); err != nil {
		s.Log.Debug("session not removed from this node's set", "session", id, "err", err)
	}
}
