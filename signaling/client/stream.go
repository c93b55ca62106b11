package client

import (
	"errors"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// Capacity is how many messages a Stream keeps for the partner, those under way included.
const Capacity = 4 * protocol.Window

const (
	resendAtMost = 30 * time.Second
	holdAtLeast  = 200 * time.Millisecond // a refusal without a time to wait must not become a loop
)

var (
	// ErrFull is returned by Push when the partner has not acknowledged Capacity messages.
	ErrFull = errors.New("client: too many messages wait for the partner")
	// ErrCandidates is returned by Push for more candidates than the server passes on after one description.
	ErrCandidates = errors.New("client: too many candidates for one description")
)

// Stream is one side of the numbered messages of a pair: go-back-N with a window,
// cumulative acknowledgements that are carried by messages or delayed, see package protocol.
//
// It does nothing by itself. After every call, and at [Stream.Due], the owner asks [Stream.Next] for what to
// send until there is nothing. It is not safe for concurrent use.
type Stream struct {
	pair models.PairID

	kept       []protocol.PeerMessage // not acknowledged; the first has the number base
	base       uint32
	next       uint32 // the number to be sent next; from base up to it all is under way
	highest    uint32 // sent at least once
	candidates int    // pushed since the last description
	resendAt   time.Time
	fruitless  int // resends since the last acknowledgement
	heldUntil  time.Time

	received uint32 // in order from the partner
	owed     int    // messages that are not acknowledged
	ackAt    time.Time
}

// NewStream returns the stream of a pair that begins.
func NewStream(pair models.PairID) *Stream { return &Stream{pair: pair, base: 1, next: 1} }

// Pair returns the pair that the stream belongs to.
func (s *Stream) Pair() models.PairID { return s.pair }

// Unacknowledged returns how many messages the partner is not known to have.
func (s *Stream) Unacknowledged() int { return len(s.kept) }

// Received returns how many messages came from the partner.
func (s *Stream) Received() uint32 { return s.received }

// Push takes a message for the partner, which belongs to the stream from then on.
func (s *Stream) Push(message protocol.PeerMessage) error {
	if len(s.kept) >= Capacity {
		return ErrFull
	}
	switch message.(type) {
	case *protocol.Description:
		s.candidates = 0
	case *protocol.Candidate:
		if s.candidates >= protocol.MaxCandidates {
			return ErrCandidates
		}
		s.candidates++
	}
	s.kept = append(s.kept, message)
	return nil
}

// OnPeer takes a numbered message of the partner and returns whether it is to be delivered.
func (s *Stream) OnPeer(head protocol.Sequenced, now time.Time) (deliver bool) {
	if head.Pair != s.pair {
		return false
	}
	s.OnAck(head.Ack, now)
	if head.Seq > s.received+1 {
		return false // a gap: the partner sends again from there
	}
	deliver = head.Seq == s.received+1
	if deliver {
		s.received = head.Seq
	}
	if s.owed++; s.owed == 1 { // a duplicate, too: our acknowledgement may have been lost
		s.ackAt = now.Add(protocol.AckDelay)
	}
	return deliver
}

// OnAck takes an acknowledgement: the partner has everything up to seq.
func (s *Stream) OnAck(seq uint32, now time.Time) {
	if seq < s.base || seq > s.highest {
		return
	}
	n := copy(s.kept, s.kept[seq-s.base+1:])
	clear(s.kept[n:])
	s.kept = s.kept[:n]
	s.base = seq + 1
	s.next = max(s.next, s.base)
	s.fruitless = 0
	s.resendAt = time.Time{}
	if s.next > s.base {
		s.resendAt = now.Add(protocol.ResendAfter)
	}
}

// OnRefused takes the server's word that it did not pass seq on and wants nothing for a while; then everything from seq on goes again.
func (s *Stream) OnRefused(seq uint32, retry time.Duration, now time.Time) {
	if seq < s.base || seq > s.highest {
		return
	}
	s.next = min(s.next, seq)
	if until := now.Add(max(retry, holdAtLeast)); until.After(s.heldUntil) {
		s.heldUntil = until
	}
}

// Resync is called when the own socket or the partner's came back: everything that is not acknowledged goes again.
func (s *Stream) Resync(now time.Time) {
	s.next = s.base
	s.fruitless = 0
	s.resendAt = time.Time{}
	if s.owed > 0 {
		s.ackAt = now
	}
}

// Next returns a message to be sent now, nil if there is none. It is valid until the next call.
func (s *Stream) Next(now time.Time) protocol.Validator {
	if reached(s.resendAt, now) {
		s.next = s.base
		s.fruitless++
		s.resendAt = time.Time{}
	}
	if s.maySend() && !now.Before(s.heldUntil) {
		message := s.kept[s.next-s.base]
		*message.Head() = protocol.Sequenced{Pair: s.pair, Seq: s.next, Ack: s.received}
		s.highest = max(s.highest, s.next)
		s.next++
		s.acknowledged()
		if s.resendAt.IsZero() {
			s.resendAt = now.Add(min(protocol.ResendAfter<<min(s.fruitless, 3), resendAtMost))
		}
		return message.(protocol.Validator)
	}
	if s.owed >= protocol.AckEvery || reached(s.ackAt, now) {
		s.acknowledged()
		return &protocol.Ack{Type: protocol.KindAck, Pair: s.pair, Ack: s.received}
	}
	return nil
}

// Due returns when Next has something to say again if nothing else happens; false if it never has.
func (s *Stream) Due() (time.Time, bool) {
	due := s.ackAt
	if !s.resendAt.IsZero() && (due.IsZero() || s.resendAt.Before(due)) {
		due = s.resendAt
	}
	if s.maySend() && (due.IsZero() || s.heldUntil.Before(due)) {
		return s.heldUntil, true
	}
	return due, !due.IsZero()
}

// maySend reports whether something is left to send within the window.
func (s *Stream) maySend() bool {
	under := s.next - s.base
	return int(under) < min(len(s.kept), protocol.Window)
}

func (s *Stream) acknowledged() {
	s.owed = 0
	s.ackAt = time.Time{}
}

func reached(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }
