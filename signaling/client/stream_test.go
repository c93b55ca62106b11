package client

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"omezle/models"
	"omezle/signaling/protocol"
)

var (
	dawn   = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	aPair  = models.PairID("00000000000000000001")
	noPair = models.PairID("00000000000000000002")
)

func chat(text string) *protocol.Chat {
	return &protocol.Chat{Type: protocol.KindChat, ID: text, Text: text}
}

// flying is a message under way, copied as the network copies it.
type flying struct {
	head  protocol.Sequenced
	text  string
	isAck bool
}

// end is one side of a pair on a bad line.
type end struct {
	stream *Stream
	line   []flying // towards the partner
	pushed []string
	got    []string
}

func (e *end) send(now time.Time) {
	for m := e.stream.Next(now); m != nil; m = e.stream.Next(now) {
		switch m := m.(type) {
		case *protocol.Chat:
			e.line = append(e.line, flying{head: m.Sequenced, text: m.Text})
		case *protocol.Ack:
			e.line = append(e.line, flying{head: protocol.Sequenced{Pair: m.Pair, Ack: m.Ack}, isAck: true})
		}
	}
}

func (e *end) receive(m flying, now time.Time) {
	if m.isAck {
		e.stream.OnAck(m.head.Ack, now)
	} else if e.stream.OnPeer(m.head, now) {
		e.got = append(e.got, m.text)
	}
	e.send(now)
}

func TestStreamDeliversEverythingOnceAndInOrderOverABadLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := dawn
		ends := [2]*end{{stream: NewStream(aPair)}, {stream: NewStream(aPair)}}
		side := rapid.IntRange(0, 1)
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			i := side.Draw(t, "side")
			from, to := ends[i], ends[1-i]
			pick := func() int { return rapid.IntRange(0, len(from.line)-1).Draw(t, "which") }
			switch rapid.SampledFrom([]string{"push", "push", "deliver", "deliver", "deliver", "lose", "double", "refuse", "cut", "wait"}).Draw(t, "action") {
			case "push":
				text := strconv.Itoa(len(from.pushed))
				if err := from.stream.Push(chat(text)); errors.Is(err, ErrFull) {
					continue
				}
				from.pushed = append(from.pushed, text)
				from.send(now)
			case "deliver": // any of them: the order on the line is not relied upon
				if len(from.line) > 0 {
					at := pick()
					m := from.line[at]
					from.line = append(from.line[:at], from.line[at+1:]...)
					to.receive(m, now)
				}
			case "lose":
				if len(from.line) > 0 {
					at := pick()
					from.line = append(from.line[:at], from.line[at+1:]...)
				}
			case "double":
				if len(from.line) > 0 {
					from.line = append(from.line, from.line[pick()])
				}
			case "refuse":
				if len(from.line) > 0 {
					at := pick()
					m := from.line[at]
					from.line = append(from.line[:at], from.line[at+1:]...)
					if !m.isAck {
						from.stream.OnRefused(m.head.Seq, time.Duration(rapid.IntRange(0, 3000).Draw(t, "retry_ms"))*time.Millisecond, now)
					}
				}
			case "cut":
				from.line, to.line = nil, nil
				from.stream.Resync(now)
				to.stream.Resync(now)
				from.send(now)
				to.send(now)
			case "wait":
				now = now.Add(time.Duration(rapid.IntRange(0, 40_000).Draw(t, "ms")) * time.Millisecond)
				from.send(now)
				to.send(now)
			}
			if under := int(from.stream.next - from.stream.base); under > protocol.Window {
				t.Fatalf("%d messages under way are over the window", under)
			}
		}
		settle(t, ends, now)
	})
}

// settle lets the line work until nobody has anything to do, then checks what arrived.
func settle(t *rapid.T, ends [2]*end, now time.Time) {
	for rounds := 0; ; rounds++ {
		if rounds > 1000 {
			t.Fatalf("not settled: %d and %d unacknowledged", ends[0].stream.Unacknowledged(), ends[1].stream.Unacknowledged())
		}
		var next time.Time
		for i, from := range ends {
			from.send(now)
			for len(from.line) > 0 {
				m := from.line[0]
				from.line = from.line[1:]
				ends[1-i].receive(m, now)
			}
		}
		for _, e := range ends {
			if due, ok := e.stream.Due(); ok && (next.IsZero() || due.Before(next)) {
				next = due
			}
		}
		if next.IsZero() {
			break
		}
		if next.After(now) {
			now = next
		}
	}
	for i, from := range ends {
		to := ends[1-i]
		if len(to.got) != len(from.pushed) {
			t.Fatalf("%d messages arrived of %d", len(to.got), len(from.pushed))
		}
		for j := range to.got {
			if to.got[j] != from.pushed[j] {
				t.Fatalf("message %d arrived at place %d", j, j)
			}
		}
		if n := from.stream.Unacknowledged(); n != 0 {
			t.Fatalf("%d messages stay unacknowledged though all arrived", n)
		}
	}
}

// drain returns how many numbered messages and acks the stream has to say at a time.
func drain(s *Stream, now time.Time) (seqs []uint32, acks []uint32) {
	for m := s.Next(now); m != nil; m = s.Next(now) {
		switch m := m.(type) {
		case *protocol.Chat:
			seqs = append(seqs, m.Seq)
		case *protocol.Ack:
			acks = append(acks, m.Ack)
		}
	}
	return seqs, acks
}

func pushN(t *testing.T, s *Stream, n int) {
	t.Helper()
	for i := range n {
		if err := s.Push(chat(strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStreamSendsNoMoreThanAWindowAndKeepsNoMoreThanItsCapacity(t *testing.T) {
	s := NewStream(aPair)
	pushN(t, s, Capacity)
	if err := s.Push(chat("one too many")); !errors.Is(err, ErrFull) {
		t.Errorf("push over the capacity: %v", err)
	}
	if seqs, _ := drain(s, dawn); len(seqs) != protocol.Window {
		t.Errorf("%d sent at once, want %d", len(seqs), protocol.Window)
	}
	s.OnAck(10, dawn)
	if seqs, _ := drain(s, dawn); len(seqs) != 10 || seqs[0] != protocol.Window+1 {
		t.Errorf("after ten were acknowledged %v were sent", seqs)
	}
}

func TestStreamResendsFromTheOldestWithDoublingPauses(t *testing.T) {
	s := NewStream(aPair)
	pushN(t, s, 2)
	drain(s, dawn)
	now := dawn
	for _, want := range []time.Duration{5, 10, 20, 30, 30} {
		due, ok := s.Due()
		if !ok || due.Sub(now) != want*time.Second {
			t.Fatalf("next resend after %v, want %v", due.Sub(now), want*time.Second)
		}
		if seqs, _ := drain(s, due.Add(-time.Millisecond)); len(seqs) != 0 {
			t.Fatalf("%v sent before its time", seqs)
		}
		now = due
		if seqs, _ := drain(s, now); len(seqs) != 2 || seqs[0] != 1 {
			t.Fatalf("resent %v, want 1 and 2", seqs)
		}
	}
	s.OnAck(1, now)
	if due, _ := s.Due(); due.Sub(now) != protocol.ResendAfter {
		t.Errorf("after progress the next resend is in %v", due.Sub(now))
	}
	s.OnAck(2, now)
	if due, ok := s.Due(); ok {
		t.Errorf("nothing is under way, yet due in %v", due.Sub(now))
	}
}

func TestStreamAcknowledgesAfterASecondOrSixteenMessagesOrWithItsOwn(t *testing.T) {
	head := func(seq uint32) protocol.Sequenced { return protocol.Sequenced{Pair: aPair, Seq: seq} }
	s := NewStream(aPair)
	s.OnPeer(head(1), dawn)
	if _, acks := drain(s, dawn.Add(999*time.Millisecond)); len(acks) != 0 {
		t.Errorf("acknowledged %v too early", acks)
	}
	if _, acks := drain(s, dawn.Add(time.Second)); len(acks) != 1 || acks[0] != 1 {
		t.Errorf("after a second acknowledged %v", acks)
	}
	for seq := uint32(2); seq <= 17; seq++ {
		if _, acks := drain(s, dawn); len(acks) != 0 {
			t.Errorf("acknowledged before the sixteenth: %v", acks)
		}
		s.OnPeer(head(seq), dawn)
	}
	if _, acks := drain(s, dawn); len(acks) != 1 || acks[0] != 17 {
		t.Errorf("after sixteen messages acknowledged %v", acks)
	}
	s.OnPeer(head(18), dawn)
	pushN(t, s, 1)
	own, ok := s.Next(dawn).(*protocol.Chat)
	if !ok || own.Ack != 18 {
		t.Errorf("own message carries no acknowledgement: %+v", own)
	}
	if seqs, acks := drain(s, dawn.Add(2*time.Second)); len(seqs)+len(acks) != 0 {
		t.Errorf("acknowledged twice: %v %v", seqs, acks)
	}
}

func TestStreamHoldsBackAfterARefusalThenFillsTheGap(t *testing.T) {
	s := NewStream(aPair)
	pushN(t, s, 3)
	drain(s, dawn)
	s.OnRefused(2, 1500*time.Millisecond, dawn)
	pushN(t, s, 1)
	if seqs, _ := drain(s, dawn.Add(1499*time.Millisecond)); len(seqs) != 0 {
		t.Errorf("sent %v while held", seqs)
	}
	due, _ := s.Due()
	if seqs, _ := drain(s, due); len(seqs) != 3 || seqs[0] != 2 || due.Sub(dawn) != 1500*time.Millisecond {
		t.Errorf("after %v sent %v, want 2, 3 and 4 after 1.5s", due.Sub(dawn), seqs)
	}
}

func TestStreamIgnoresWhatIsNotItsOwn(t *testing.T) {
	s := NewStream(aPair)
	pushN(t, s, 1)
	drain(s, dawn)
	if s.OnPeer(protocol.Sequenced{Pair: noPair, Seq: 1, Ack: 1}, dawn) {
		t.Error("delivered a message of another pair")
	}
	s.OnAck(7, dawn)
	if s.Unacknowledged() != 1 {
		t.Error("believed an acknowledgement of what was never sent")
	}
}

func TestStreamRefusesCandidatesThatTheServerWouldNotPass(t *testing.T) {
	s := NewStream(aPair)
	candidate := func() error { return s.Push(&protocol.Candidate{Type: protocol.KindCandidate}) }
	for range protocol.MaxCandidates {
		if err := candidate(); err != nil {
			t.Fatal(err)
		}
	}
	if err := candidate(); !errors.Is(err, ErrCandidates) {
		t.Errorf("one too many: %v", err)
	}
	if err := s.Push(&protocol.Description{Type: protocol.KindDescription}); err != nil {
		t.Fatal(err)
	}
	if err := candidate(); err != nil {
		t.Errorf("after a new description: %v", err)
	}
}
