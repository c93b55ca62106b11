package signaling

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
	"omezle/signaling/socket"
)

// refusal is why a hello failed: the close code and a sentence.
type refusal struct {
	code protocol.CloseCode
	text string
	ban  *models.BannedIP // with CloseBanned
}

// welcome finds or takes over the session of a token and gives it the socket.
func (s *Server) welcome(conn *socket.Conn, addr netip.AddrPort, hello *protocol.Hello) (*session, *refusal) {
	claims, err := s.Tokens.ParseSession(hello.Token, time.Now(), s.cfg.TokenTTL)
	switch {
	case errors.Is(err, ErrTokenExpired):
		return nil, &refusal{code: protocol.CloseExpired, text: "this session is too old, begin a new one"}
	case err != nil:
		return nil, &refusal{code: protocol.CloseUnknownSession, text: "this session is not known here, begin a new one"}
	case claims.Consent != s.cfg.ConsentVersion:
		return nil, &refusal{code: protocol.CloseConsent, text: "the rules have changed since this session began"}
	case s.draining.Load():
		return nil, &refusal{code: protocol.CloseDraining, text: "this node stops, connect again"}
	}
	for range 3 { // a session may end between being found and being attached
		ses := s.lookup(claims.Session)
		resumed := ses != nil
		if ses == nil {
			if ban, banned := s.bannedSince(claims); banned {
				return nil, &refusal{protocol.CloseBanned, banText, &ban}
			}
			var refused *refusal
			if ses, resumed, refused = s.takeOver(claims); refused != nil {
				return nil, refused
			}
		}
		if s.attach(ses, conn, addr, resumed, hello.Fresh) {
			return ses, nil
		}
	}
	return nil, &refusal{code: protocol.CloseInternal, text: "the session is changing hands, connect again"}
}

// takeOver makes this node the home of a session from its record.
func (s *Server) takeOver(claims SessionClaims) (ses *session, resumed bool, refused *refusal) {
	ctx, cancel := background()
	defer cancel()
	if s.full() {
		return nil, false, &refusal{code: protocol.CloseBusy, text: "this node is full"}
	}
	rec, err := s.registry.take(ctx, claims.Session)
	switch {
	case errors.Is(err, errNoRecord):
		return nil, false, &refusal{code: protocol.CloseUnknownSession, text: "this session is over, begin a new one"}
	case err != nil:
		s.Log.Warn("session not taken over", "session", claims.Session, "err", err)
		return nil, false, &refusal{code: protocol.CloseBusy, text: "sessions cannot be looked up now"}
	}
	resumed = rec.epoch > 1
	ses = &session{
		id: claims.Session, device: claims.Device, epoch: rec.epoch,
		startedAt: time.Unix(claims.Issued, 0), awaySince: time.Now(), deviceSince: time.Unix(claims.Since, 0),
		sessionKept: sessionKept{blocksKnown: claims.New && !resumed},
	}
	if rec.pair != nil {
		ses.pair = s.restorePair(rec.pair)
		ses.pairs = 1
		ses.want = rec.pair.Want
		ses.hideIP = ses.want != nil && ses.want.HideIP
		ses.remember(rec.pair.Partner.Device, rec.pair.Started)
	}
	first, added := s.add(ses)
	switch {
	case first == nil:
		return nil, false, &refusal{code: protocol.CloseBusy, text: "this node is full"}
	case !added:
		first.mu.Lock()
		first.epoch = max(first.epoch, rec.epoch)
		first.mu.Unlock()
		return first, true, nil
	}
	if rec.node != "" && rec.node != s.Node {
		s.tell(rec.node, &control{Kind: controlTaken, To: ses.id, Node: s.Node, Epoch: rec.epoch})
	}
	if rec.pair != nil {
		s.findPartner(ctx, ses)
	}
	return ses, resumed, nil
}

func (s *Server) full() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.sessions) >= s.cfg.MaxSessions
}

func (s *Server) restorePair(rec *pairRecord) *pair {
	now := time.Now()
	p := &pair{
		id: rec.Pair, partner: rec.Partner, started: rec.Started, joined: rec.Joined, unsynced: true,
		opening: s.opening(rec.Pair, rec.Terms, rec.Polite, rec.Hue),
		mine:    rec.Mine, theirs: rec.Theirs,
		media: newRouting(rec.Terms.Way, rec.Polite && rec.Terms.Mode == models.ModeVideo, rec.Partner.Facts, now),
	}
	p.note("matched", models.SideA, rec.Started)
	p.note("moved to another node", p.side(), now)
	p.media.last = max(p.media.last, rec.Last)
	if l := p.media.lead; l != nil {
		l.works = [2]bool{true, true} // it did, or its clients will say so again
		l.failed, l.operator, l.forced = rec.Failed, rec.Operator, rec.Forced
	}
	return p
}

// findPartner learns where the partner of a session that was taken over lives now: the record
// may have been written before the partner moved. Both sides write their own record before
// they read the other's, so that at least one of two that move at once learns of the other.
func (s *Server) findPartner(ctx context.Context, ses *session) {
	ses.mu.Lock()
	p := ses.pair
	if p == nil {
		ses.mu.Unlock()
		return
	}
	partner := p.partner.Session
	ses.mu.Unlock()
	node, err := s.registry.home(ctx, partner)
	if err != nil {
		s.Log.Warn("partner's node not found", "session", ses.id, "err", err)
		return
	}
	ses.mu.Lock()
	defer ses.mu.Unlock()
	if ses.pair == p {
		p.partner.Node = node
	}
}

// attach gives a session a new socket and tells its visitor and its partner. It returns false for a session that is over.
func (s *Server) attach(ses *session, conn *socket.Conn, addr netip.AddrPort, resumed, fresh bool) bool {
	if fresh {
		s.endPair(ses, "", models.EndStop)
		s.cancelSearch(ses)
	}
	ses.mu.Lock()
	if ses.gone {
		ses.mu.Unlock()
		return false
	}
	old := ses.conn
	ses.attaches++
	ses.conn, ses.addr, ses.awaySince = conn, addr, time.Time{}
	ses.heard.Store(time.Now().UnixMilli())
	if old == nil {
		s.attached.Add(1)
	} else {
		s.closeConn(old, protocol.CloseSuperseded, "the session was opened elsewhere")
	}
	message := &protocol.Welcome{
		Type: protocol.KindWelcome, Session: ses.id, Resumed: resumed, State: ses.state(),
		Online: s.Online(), Waiting: int(s.queued.Load()), Server: s.Version,
	}
	p := ses.pair
	var partner party
	if p != nil {
		message.Pair, message.PartnerAway = s.matched(ses, p), !p.partnerAway.IsZero()
		partner = p.partner
	}
	searching := ses.search != nil
	ses.send(message)
	var out told
	if p != nil {
		s.sayRegards(ses, p)
		out = s.resumeMedia(ses, p, time.Now())
	}
	ses.mu.Unlock()

	s.setAway(ses, false)
	s.touch(ses)
	if p != nil {
		s.tell(partner.Node, &control{Kind: controlBack, To: partner.Session, Pair: p.id, Node: s.Node})
		s.tellAll(partner, out)
	}
	if searching {
		s.rejoin(ses)
	}
	if !resumed {
		s.recordSession(ses, time.Time{})
	}
	return true
}

// detach takes a broken or closed socket from its session; the resume window begins.
func (s *Server) detach(ses *session, conn *socket.Conn) {
	ses.mu.Lock()
	if ses.conn != conn || ses.gone {
		ses.mu.Unlock()
		return // superseded or removed
	}
	ses.conn = nil
	ses.awaySince = time.Now()
	s.attached.Add(-1)
	search, p := ses.search, ses.pair
	var id models.PairID
	var partner party
	if p != nil {
		id, partner = p.id, p.partner
	}
	ses.mu.Unlock()

	s.setAway(ses, true)
	s.touch(ses)
	if p != nil {
		s.tell(partner.Node, &control{Kind: controlAway, To: partner.Session, Pair: id})
	}
	if search != nil { // nobody must be given a visitor who is not there; the place is kept
		ctx, cancel := background()
		defer cancel()
		s.withdraw(ctx, ses, search)
	}
}

// remove ends a session for good; with onlyAway not if it has a socket.
func (s *Server) remove(ses *session, reason models.EndReason, onlyAway bool) {
	s.removeWith(ses, reason, onlyAway, protocol.CloseNormal, "")
}

// removeWith is remove with what the socket is closed with.
func (s *Server) removeWith(ses *session, reason models.EndReason, onlyAway bool, code protocol.CloseCode, text string) {
	ses.mu.Lock()
	if ses.gone || (onlyAway && ses.conn != nil) {
		ses.mu.Unlock()
		return
	}
	ses.gone = true // from here on it takes no socket and no partner
	conn := ses.conn
	ses.conn = nil
	if conn != nil {
		s.attached.Add(-1)
		s.closeConn(conn, code, text)
	}
	ses.mu.Unlock()
	s.endPair(ses, "", reason)
	s.cancelSearch(ses)
	s.drop(ses)
	s.touch(ses)
	s.recordSession(ses, time.Now())
}

// closeConn closes a socket with a code and counts it.
func (s *Server) closeConn(conn *socket.Conn, code protocol.CloseCode, text string) {
	s.Metrics.closed(code)
	conn.Close(int(code), text)
}

func randomHue() int { return rand.IntN(360) }
