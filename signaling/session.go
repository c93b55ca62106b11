package signaling

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"omezle/models"
	"omezle/signaling/limit"
	"omezle/signaling/match"
	"omezle/signaling/protocol"
	"omezle/signaling/socket"
)

// rematchPause is how long a partner is avoided while others wait.
const rematchPause = 15 * time.Minute

// maxMet bounds the partners remembered for it.
const maxMet = 16

// session is one visit on its home node.
type session struct {
	id        models.SessionID
	device    models.DeviceID
	startedAt time.Time
	slot      int          // of the wheel
	heard     atomic.Int64 // Unix milliseconds of the last sign of life of the socket

	mu          sync.Mutex // guards what follows
	conn        *socket.Conn
	addr        netip.AddrPort // of the last socket
	epoch       uint32         // of the record in Redis; a higher one there means another node took over
	awaySince   time.Time      // zero while attached
	gone        bool           // removed for good
	attaches    int            // sockets it has had here
	sessionKept                // what matching wants to know
	search      *search        // not nil: waiting
	pair        *pair          // not nil: paired
	last        *pair          // the one before, for a late report
	other       limit.Bucket
	strikes     int
	pairs       int
	messages    int
	hideIP      bool                // wish of the visitor
	facts       models.VisitorFacts // as last looked up, without the wish
	factsAt     time.Time           // zero: never
	deviceSince time.Time           // the device's first token
	sightings   int                 // claims of its browser that were taken
}

// sessionKept is what a session remembers from one search to the next.
type sessionKept struct {
	want        *protocol.Find // as last asked
	blocksKnown bool
	blocks      []models.DeviceID // devices this visitor blocked
	met         []meeting         // newest first
}

type meeting struct {
	device models.DeviceID
	at     time.Time
}

// search is a session's wait for a partner. It is replaced, not changed, by a new find.
type search struct {
	ticket *match.Ticket
	since  time.Time
	// joining: a Join is under way. queued: Redis has the ticket as far as we know.
	joining, queued bool
	missingSince    time.Time     // a poll did not find the ticket
	claim           models.PairID // a match that the partner's node has not confirmed yet
	claimNode       models.NodeID
	claimOther      models.SessionID
	claimUntil      time.Time
}

// pair is one side of a conversation.
type pair struct {
	id      models.PairID
	partner party
	opening protocol.Matched // as the visitor is told, without ICE servers
	started time.Time
	joined  time.Time // place in the queue before the match

	partnerAway time.Time // zero while the partner has a socket
	forwarded   uint32    // highest seq passed on
	unsynced    bool      // after a takeover: the next seq tells where the sender is
	candidates  int       // since the last description
	chat        limit.Bucket
	signal      limit.Bucket
	chats       int // both ways
	media       routing

	mine, theirs regard    // this visitor's picture, the partner's
	sighted      time.Time // the last claim of this visitor's browser that was taken
	lifted       time.Time // what was in force about this visitor's picture was taken back; zero: not, or something else came
	timeline     []models.TimelineEvent
	tail         tail
	ended        time.Time
}

// party is how nodes speak of a session in a pair.
type party struct {
	Session models.SessionID `json:"s"`
	Device  models.DeviceID  `json:"d"`
	Node    models.NodeID    `json:"n"`
	Addr    netip.AddrPort   `json:"a"` // for a report

	Facts models.VisitorFacts `json:"k"` // for the route, when the pair began
}

// state returns where the session stands; the caller holds mu.
func (s *session) state() protocol.SessionState {
	switch {
	case s.pair != nil:
		return protocol.StatePaired
	case s.search != nil:
		return protocol.StateWaiting
	}
	return protocol.StateIdle
}

// free reports whether the session can be given the partner that another session claims for it; the caller holds mu.
// A ticket of an earlier search may be claimed, whose mode was another.
func (s *session) free(mode models.Mode) bool {
	return !s.gone && s.conn != nil && s.pair == nil && s.search != nil && s.search.claim == "" && s.search.ticket.Mode == mode
}

// send writes to the socket, if there is one; the caller holds mu. A broken socket is
// left to its reader, which notices.
func (s *session) send(message protocol.Validator) {
	if s.conn == nil {
		return
	}
	data, err := protocol.Encode(message)
	if err != nil {
		panic(err) // recovered by the reader, which closes with CloseInternal
	}
	s.sendRaw(data)
}

func (s *session) sendRaw(data []byte) {
	if s.conn == nil {
		return
	}
	if err := s.conn.Send(data); err != nil {
		s.conn.Abandon()
	}
}

// remember notes a partner; the caller holds mu.
func (s *session) remember(device models.DeviceID, now time.Time) {
	s.met = slices.DeleteFunc(s.met, func(m meeting) bool { return m.device == device })
	s.met = slices.Insert(s.met, 0, meeting{device, now})
	if len(s.met) > maxMet {
		s.met = s.met[:maxMet]
	}
}

// recent returns the partners to avoid; the caller holds mu.
func (s *session) recent(now time.Time) []models.DeviceID {
	var devices []models.DeviceID
	for _, m := range s.met {
		if now.Sub(m.at) < rematchPause {
			devices = append(devices, m.device)
		}
	}
	return devices
}

// pairOf returns the pair with an id if it is on or was the last one; the caller holds mu.
func (s *session) pairOf(id models.PairID) *pair {
	switch {
	case s.pair != nil && s.pair.id == id:
		return s.pair
	case s.last != nil && s.last.id == id:
		return s.last
	}
	return nil
}

// lockBoth locks two different sessions in the order of their ids.
func lockBoth(a, b *session) {
	if a.id > b.id {
		a, b = b, a
	}
	a.mu.Lock()
	b.mu.Lock()
}
