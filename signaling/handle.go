package signaling

import (
	"errors"
	"net/netip"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
	"omezle/signaling/socket"
)

// serve takes a socket from its upgrade to its session. It ends when the session has begun: from then on the socket has a
// goroutine only while there is something to read.
func (s *Server) serve(conn *socket.Conn, addr netip.AddrPort, place *guest) {
	ses := s.greet(conn, addr)
	s.lobby.leave(place)
	if ses == nil {
		conn.Abandon()
		return
	}
	s.readers.Add(1)
	conn.OnPong(func() { ses.heard.Store(time.Now().UnixMilli()) })
	conn.Serve(s.lot, func(data []byte) {
		s.guardSocket(conn, func() { s.handle(ses, conn, data) })
	}, func(err error) {
		defer s.readers.Done()
		if errors.Is(err, socket.ErrNotText) {
			s.closeConn(conn, protocol.CloseViolation, "messages are text")
		}
		if conn.Slow() {
			s.Metrics.closed(protocol.CloseSlow)
		}
		s.detach(ses, conn)
		conn.Abandon()
	})
}

// greet waits for hello and returns its session; nil means that the socket was refused and closed.
func (s *Server) greet(conn *socket.Conn, addr netip.AddrPort) *session {
	conn.Deadline(time.Now().Add(protocol.HelloTimeout))
	var ses *session
	refused := &refusal{code: protocol.CloseBadHello, text: "the first message is hello"}
	err := conn.Receive(func(data []byte) {
		s.guardSocket(conn, func() {
			message, err := protocol.DecodeClient(data)
			if hello, ok := message.(*protocol.Hello); err == nil && ok {
				ses, refused = s.welcome(conn, addr, hello)
			}
		})
	})
	if err != nil && !errors.Is(err, socket.ErrNotText) {
		if refused != nil {
			s.closeConn(conn, protocol.CloseBadHello, "no hello in time")
		}
		return nil
	}
	if ses == nil {
		if refused.ban != nil {
			sayBanned(conn, *refused.ban)
		}
		s.closeConn(conn, refused.code, refused.text)
		s.drain(conn)
		return nil
	}
	conn.Deadline(time.Time{})
	return ses
}

// drain reads until the peer answers the close frame or its time is over.
func (s *Server) drain(conn *socket.Conn) {
	for conn.Receive(func([]byte) {}) == nil {
		continue
	}
}

// guardSocket keeps a panic in one socket's message from harming anybody else.
func (s *Server) guardSocket(conn *socket.Conn, task func()) {
	done := false
	s.guard(func() {
		task()
		done = true
	})
	if !done {
		s.closeConn(conn, protocol.CloseInternal, "our mistake")
	}
}

// handle carries out one message. It runs on the session's reader.
func (s *Server) handle(ses *session, conn *socket.Conn, data []byte) {
	now := time.Now()
	ses.heard.Store(now.UnixMilli())
	message, err := protocol.DecodeClient(data)
	ses.mu.Lock()
	if ses.conn != conn {
		ses.mu.Unlock()
		return // superseded: what the old socket still says does not count
	}
	if wait := ses.other.Take(s.cfg.otherRate(), now); wait > 0 {
		s.strike(ses, &protocol.Error{
			Type: protocol.KindError, Code: protocol.ErrorRateLimited, Message: "too many messages", RetryMS: wait.Milliseconds() + 1, Seq: seqOf(message),
		})
		ses.mu.Unlock()
		return
	}
	if err != nil {
		code := protocol.ErrorBadMessage
		if errors.Is(err, protocol.ErrUnknownKind) {
			code = protocol.ErrorUnknownKind
		}
		s.strike(ses, &protocol.Error{Type: protocol.KindError, Code: code, Message: err.Error()})
		ses.mu.Unlock()
		return
	}
	ses.mu.Unlock()

	if peer, ok := message.(protocol.PeerMessage); ok {
		s.forward(ses, message, peer.Head())
		return
	}
	switch m := message.(type) {
	case *protocol.Ack:
		s.relay(ses, m.Pair, m)
	case *protocol.Typing:
		s.relay(ses, m.Pair, m)
	case *protocol.Find:
		s.find(ses, m)
	case *protocol.Cancel:
		s.cancelSearch(ses)
	case *protocol.Leave:
		s.leave(ses, m)
	case *protocol.Report:
		s.report(ses, m)
	case *protocol.Block:
		s.block(ses, m)
	case *protocol.Ping:
		ses.mu.Lock()
		ses.send(&protocol.Pong{Type: protocol.KindPong, N: m.N})
		ses.mu.Unlock()
	case *protocol.Ready:
		s.sayReady(ses, m)
	case *protocol.Failed:
		s.sayFailed(ses, m)
	case *protocol.Privacy:
		s.sayPrivacy(ses, m)
	case *protocol.Sighting:
		s.saySighting(ses, m)
	case *protocol.SFUOffer:
		s.sayOffer(ses, m)
	case *protocol.SFUCandidate:
		s.sayCandidate(ses, m)
	case *protocol.Bye:
		s.remove(ses, models.EndStop, false)
	case *protocol.Hello:
		ses.mu.Lock()
		s.strike(ses, &protocol.Error{Type: protocol.KindError, Code: protocol.ErrorBadMessage, Message: "hello is said once"})
		ses.mu.Unlock()
	}
}

func seqOf(message protocol.Validator) uint32 {
	if peer, ok := message.(protocol.PeerMessage); ok {
		return peer.Head().Seq
	}
	return 0
}

// strike answers a mistake and counts it; too many close the socket. The caller holds the session's mutex.
func (s *Server) strike(ses *session, message *protocol.Error) {
	s.Metrics.refused(message.Code)
	ses.strikes++
	if ses.strikes > protocol.MaxStrikes {
		if ses.conn != nil {
			s.closeConn(ses.conn, protocol.CloseViolation, "too many mistakes")
		}
		return
	}
	ses.send(message)
}

// leave ends the visitor's pair and, if asked, looks for the next.
func (s *Server) leave(ses *session, m *protocol.Leave) {
	reason := models.EndStop
	if m.Next {
		reason = models.EndNext
	}
	ended := s.endPair(ses, m.Pair, reason)
	ses.mu.Lock()
	want := ses.want
	next := m.Next && want != nil && ses.pair == nil && ses.search == nil
	ses.mu.Unlock()
	if ended {
		s.confirmEnd(ses, m.Pair, reason, next)
	}
	if next {
		s.find(ses, want)
	}
}

// confirmEnd tells a visitor that the pair they left has ended, and whether the next search begins now.
func (s *Server) confirmEnd(ses *session, pair models.PairID, reason models.EndReason, next bool) {
	ses.mu.Lock()
	defer ses.mu.Unlock()
	state := ses.state()
	if next {
		state = protocol.StateWaiting
	}
	ses.send(&protocol.Ended{Type: protocol.KindEnded, Pair: pair, Reason: reason, Self: true, State: state})
}
