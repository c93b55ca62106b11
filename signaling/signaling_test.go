package signaling

import (
	"strconv"
	"testing"

	"omezle/models"
	"omezle/signaling/protocol"
	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
)

// everywhere runs a test with both visitors on one node and with one on each of two, over every kind of Redis.
func everywhere(t *testing.T, test func(t *testing.T, here, there *node)) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		t.Run("one node", func(t *testing.T) {
			n := worldOn(t, db).node(t)
			test(t, n, n)
		})
		t.Run("two nodes", func(t *testing.T) {
			w := worldOn(t, db)
			here, there := w.node(t), w.node(t)
			meet(t, here, there)
			test(t, here, there)
		})
	})
}

func TestTwoStrangersMeetTalkAndPart(t *testing.T) {
	everywhere(t, func(t *testing.T, here, there *node) {
		a, b := here.arrive(t, ""), there.arrive(t, "")
		pairUp(a, b)
		for i := range 20 {
			a.chat("a" + strconv.Itoa(i))
			b.hears("a" + strconv.Itoa(i))
			b.chat("b" + strconv.Itoa(i))
			a.hears("b" + strconv.Itoa(i))
		}
		a.say(&protocol.Typing{Type: protocol.KindTyping, Pair: a.pair, Typing: true})
		if typing := expect[*protocol.Typing](b); !typing.Typing {
			t.Fatal("typing got lost")
		}
		b.say(&protocol.Media{Type: protocol.KindMedia, Sequenced: b.head(), Camera: true})
		if media := expect[*protocol.Media](a); !media.Camera || media.Microphone {
			t.Fatalf("heard %+v", media)
		}
		a.say(&protocol.Leave{Type: protocol.KindLeave, Pair: a.pair})
		if ended := expect[*protocol.Ended](a); !ended.Self || ended.State != protocol.StateIdle {
			t.Fatalf("the one who left hears %+v", ended)
		}
		if ended := expect[*protocol.Ended](b); ended.Self || ended.Reason != models.EndStop || ended.State != protocol.StateIdle {
			t.Fatalf("the one who was left hears %+v", ended)
		}
	})
}

func TestNextFindsSomebodyElseAndRematchesOnlyWhenNobodyElseIsThere(t *testing.T) {
	everywhere(t, func(t *testing.T, here, there *node) {
		a, b := here.arrive(t, ""), there.arrive(t, "")
		pairUp(a, b)
		first := a.pair
		a.say(&protocol.Leave{Type: protocol.KindLeave, Pair: a.pair, Next: true})
		expect[*protocol.Ended](a)
		expect[*protocol.Ended](b)
		b.find()
		ma, mb := a.matched(), b.matched()
		if ma.Pair != mb.Pair || ma.Pair == first || !ma.Rematch || !mb.Rematch {
			t.Fatalf("rematched as %+v and %+v", ma, mb)
		}
		// With a third, the two who just met are kept apart.
		c := here.arrive(t, "")
		a.say(&protocol.Leave{Type: protocol.KindLeave, Pair: a.pair, Next: true})
		expect[*protocol.Ended](a)
		expect[*protocol.Ended](b)
		c.find()
		if m := a.matched(); m.Rematch || m.Pair != c.matched().Pair {
			t.Fatalf("with somebody else there: %+v", m)
		}
	})
}

func TestABlockedPartnerIsNeverMetAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, here, there *node) {
		a, b := here.arrive(t, ""), there.arrive(t, "")
		pairUp(a, b)
		a.say(&protocol.Block{Type: protocol.KindBlock, ID: "1", Pair: a.pair})
		if ended := expect[*protocol.Ended](a); !ended.Self || ended.Reason != models.EndBlocked {
			t.Fatalf("the blocker hears %+v", ended)
		}
		expect[*protocol.Done](a)
		if ended := expect[*protocol.Ended](b); ended.Reason != models.EndNext {
			t.Fatalf("the blocked one hears %q", ended.Reason)
		}
		// Both come back as new sessions with their old devices, and the blocker waits first.
		again := func(n *node, v *visitor) *visitor {
			v.say(&protocol.Bye{Type: protocol.KindBye})
			v.closed()
			return n.arrive(t, v.token.Device)
		}
		a, b = again(here, a), again(there, b)
		a.find()
		b.find()
		c := here.arrive(t, "")
		c.find()
		mc := c.matched()
		d := there.arrive(t, "")
		d.find()
		md := d.matched()
		ma, mb := a.matched(), b.matched()
		if ma.Pair == mb.Pair {
			t.Fatal("the blocked met again")
		}
		if (ma.Pair != mc.Pair || mb.Pair != md.Pair) && (ma.Pair != md.Pair || mb.Pair != mc.Pair) {
			t.Fatal("somebody was matched with nobody")
		}
	})
}

func TestAReportIsInTheDatabaseWhenItIsAnswered(t *testing.T) {
	everywhere(t, func(t *testing.T, here, there *node) {
		a, b := here.arrive(t, ""), there.arrive(t, "")
		pairUp(a, b)
		report := &protocol.Report{Type: protocol.KindReport, ID: "r1", Pair: a.pair, Reason: models.ReasonHarassment, Description: "was rude"}
		for range 2 { // sent again: once in the database
			a.say(report)
			if done := expect[*protocol.Done](a); done.ID != "r1" {
				t.Fatalf("answered %+v", done)
			}
		}
		rows := reportsOf(t, here, a.token.Session)
		if len(rows) != 1 || rows[0].Reported.Session != b.token.Session || rows[0].Description != "was rude" ||
			rows[0].Reported.IP != "127.0.0.1" || rows[0].Reported.Port == 0 || rows[0].Pair != a.pair {
			t.Fatalf("stored %+v", rows)
		}
		a.chat("still here") // a report alone ends nothing
		b.hears("still here")
	})
}

func TestALateReportOfTheLastPartnerCounts(t *testing.T) {
	n := newWorld(t).node(t)
	a, b := n.arrive(t, ""), n.arrive(t, "")
	pairUp(a, b)
	b.say(&protocol.Leave{Type: protocol.KindLeave, Pair: b.pair})
	expect[*protocol.Ended](a)
	a.say(&protocol.Report{Type: protocol.KindReport, ID: "late", Pair: a.pair, Reason: models.ReasonSpam, Block: true})
	expect[*protocol.Done](a)
	if rows := reportsOf(t, n, a.token.Session); len(rows) != 1 {
		t.Fatalf("stored %+v", rows)
	}
	a.say(&protocol.Report{Type: protocol.KindReport, ID: "never", Pair: models.NewPairID(), Reason: models.ReasonSpam})
	if refused := expect[*protocol.Error](a); refused.Code != protocol.ErrorNotPaired || refused.ID != "never" {
		t.Fatalf("a report of nobody is answered %+v", refused)
	}
}

func TestCancelStopsTheSearch(t *testing.T) {
	n := newWorld(t).node(t)
	a, b, c := n.arrive(t, ""), n.arrive(t, ""), n.arrive(t, "")
	a.find()
	a.say(&protocol.Cancel{Type: protocol.KindCancel})
	a.say(&protocol.Ping{Type: protocol.KindPing, N: 1})
	expect[*protocol.Pong](a)
	pairUp(b, c)
}

func TestModesDoNotMix(t *testing.T) {
	n := newWorld(t).node(t)
	a, b, c := n.arrive(t, ""), n.arrive(t, ""), n.arrive(t, "")
	a.say(&protocol.Find{Type: protocol.KindFind, Mode: models.ModeVideo})
	pairUp(b, c)
}

func TestSharedInterestsAreTold(t *testing.T) {
	n := newWorld(t).node(t)
	a, b := n.arrive(t, ""), n.arrive(t, "")
	a.find("Go", "music")
	b.find("chess", "go")
	if m := a.matched(); len(m.Shared) != 1 || m.Shared[0] != "go" {
		t.Fatalf("shared %q", m.Shared)
	}
	b.matched()
}
