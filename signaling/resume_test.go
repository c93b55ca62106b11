package signaling

import (
	"context"
	"strconv"
	"testing"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// resume opens a new socket with the same token, on any node.
func (v *visitor) resume(n *node) *protocol.Welcome {
	v.t.Helper()
	v.connect(n, false)
	welcome := expect[*protocol.Welcome](v)
	if !welcome.Resumed {
		v.t.Fatalf("not resumed: %+v", welcome)
	}
	return welcome
}

// cut breaks the socket without a close frame.
func (v *visitor) cut() {
	v.ws.NetConn().Close()
	v.closed()
}

func TestADroppedSocketResumesOnAnyNodeWithItsPair(t *testing.T) {
	everywhere(t, func(t *testing.T, here, there *node) {
		a, b := here.arrive(t, ""), here.arrive(t, "")
		pairUp(a, b)
		a.chat("one")
		b.hears("one")
		here.recorded(t, a, b)
		b.cut()
		if p := expect[*protocol.PartnerPresence](a); p.State != protocol.PresenceAway {
			t.Fatalf("a hears %+v", p)
		}
		a.chat("two") // lost: b has no socket
		welcome := b.resume(there)
		if welcome.State != protocol.StatePaired || welcome.Pair == nil || welcome.Pair.Pair != a.pair {
			t.Fatalf("welcomed with %+v", welcome)
		}
		if p := expect[*protocol.PartnerPresence](a); p.State != protocol.PresenceBack {
			t.Fatalf("a hears %+v", p)
		}
		a.seq-- // what was not acknowledged is sent again
		a.chat("two")
		b.hears("two")
		if here != there {
			b.seq = 4 // a takeover does not know where b was: it goes on from what b says
		}
		b.chat("three")
		a.hears("three")
	})
}

func TestBothMoveToAnotherNodeAtOnce(t *testing.T) {
	w := newWorld(t)
	first, second, third := w.node(t), w.node(t), w.node(t)
	meet(t, first, second, third)
	for i := range 10 {
		a, b := first.arrive(t, ""), first.arrive(t, "")
		pairUp(a, b)
		first.recorded(t, a, b)
		a.ws.NetConn().Close()
		b.ws.NetConn().Close()
		a.closed()
		b.closed()
		a.connect(second, false)
		b.connect(third, false)
		heardWelcome(a)
		heardWelcome(b)
		talkUntilHeard(a, b, "x"+strconv.Itoa(i))
		talkUntilHeard(b, a, "y"+strconv.Itoa(i))
		for _, v := range []*visitor{a, b} {
			v.say(&protocol.Bye{Type: protocol.KindBye})
		}
	}
}

// recorded waits until Redis knows the pair of each visitor. Records follow within milliseconds; a
// takeover before that finds no pair, and both sides end it.
func (n *node) recorded(t *testing.T, visitors ...*visitor) {
	t.Helper()
	for _, v := range visitors {
		eventually(t, "the pair is in the session's record", func() bool {
			pair, err := n.Redis.HGet(context.Background(), recordKey(v.token.Session), "pair").Result()
			return err == nil && pair != ""
		})
	}
}

func heardWelcome(v *visitor) {
	v.t.Helper()
	for {
		if _, ok := v.next().(*protocol.Welcome); ok {
			return
		}
	}
}

// talkUntilHeard sends one message as a client does: again until it is heard.
func talkUntilHeard(from, to *visitor, text string) {
	from.t.Helper()
	head := from.head()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	deadline := time.After(patience)
	for {
		from.say(&protocol.Chat{Type: protocol.KindChat, Sequenced: head, ID: "c", Text: text})
		for wait := true; wait; {
			select {
			case message := <-to.in:
				if chat, ok := message.(*protocol.Chat); ok && chat.Text == text {
					return
				}
			case <-again.C:
				wait = false
			case <-deadline:
				from.t.Fatalf("%q was never heard", text)
			}
		}
	}
}

func TestWhoDoesNotComeBackIsGone(t *testing.T) {
	w := newWorld(t)
	w.cfg.ResumeWindow = 300 * time.Millisecond
	n := w.node(t)
	a, b := n.arrive(t, ""), n.arrive(t, "")
	pairUp(a, b)
	b.cut()
	expect[*protocol.PartnerPresence](a)
	if ended := expect[*protocol.Ended](a); ended.Reason != models.EndGone || ended.Self {
		t.Fatalf("a hears %+v", ended)
	}
	eventually(t, "the session's record is gone", func() bool {
		exists, err := n.Redis.Exists(context.Background(), recordKey(b.token.Session)).Result()
		return err == nil && exists == 0
	})
	b.connect(n, false)
	if code := b.closed(); code != protocol.CloseUnknownSession {
		t.Fatalf("too late a resume is closed with %d", code)
	}
}

func TestAReloadedPageBeginsAfresh(t *testing.T) {
	n := newWorld(t).node(t)
	a, b := n.arrive(t, ""), n.arrive(t, "")
	pairUp(a, b)
	old := b.ws
	b.connect(n, true)
	if welcome := expect[*protocol.Welcome](b); welcome.State != protocol.StateIdle || welcome.Pair != nil {
		t.Fatalf("welcomed with %+v", welcome)
	}
	old.Close()
	if ended := expect[*protocol.Ended](a); ended.Reason != models.EndStop {
		t.Fatalf("a hears %+v", ended)
	}
}

func TestTheSameSessionInASecondTabSupersedesTheFirst(t *testing.T) {
	everywhere(t, func(t *testing.T, here, there *node) {
		first := here.arrive(t, "")
		second := &visitor{t: t, token: first.token}
		second.connect(there, false)
		expect[*protocol.Welcome](second)
		if code := first.closed(); code != protocol.CloseSuperseded {
			t.Fatalf("closed with %d", code)
		}
		second.say(&protocol.Ping{Type: protocol.KindPing, N: 1})
		expect[*protocol.Pong](second)
	})
}

func TestWhoWaitsKeepsThePlaceOverACut(t *testing.T) {
	n := newWorld(t).node(t)
	a := n.arrive(t, "")
	a.find("x")
	eventually(t, "a waits in Redis", func() bool { n.countWaiting(context.Background()); return n.queued.Load() == 1 })
	a.cut()
	eventually(t, "a's ticket is withdrawn", func() bool { n.countWaiting(context.Background()); return n.queued.Load() == 0 })
	b := n.arrive(t, "")
	if welcome := a.resume(n); welcome.State != protocol.StateWaiting {
		t.Fatalf("welcomed with %+v", welcome)
	}
	b.find("x")
	a.matched()
	b.matched()
}

func TestDrainMovesSessionsWithTheirPairs(t *testing.T) {
	w := newWorld(t)
	leaving, staying := w.node(t), w.node(t)
	meet(t, leaving, staying)
	a, b := leaving.arrive(t, ""), leaving.arrive(t, "")
	pairUp(a, b)
	drained := make(chan error, 1)
	go func() { drained <- leaving.Drain(context.Background()) }()
	for _, v := range []*visitor{a, b} {
		if code := v.closed(); code != protocol.CloseDraining {
			t.Fatalf("closed with %d", code)
		}
	}
	if err := <-drained; err != nil {
		t.Fatal(err)
	}
	leaving.stop()
	a.connect(staying, false)
	b.connect(staying, false)
	heardWelcome(a)
	heardWelcome(b)
	talkUntilHeard(a, b, "still there?")
	talkUntilHeard(b, a, "still here")
}
