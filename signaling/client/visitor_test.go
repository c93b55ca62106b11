package client

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

var textSearch = protocol.Find{Mode: models.ModeText, Interests: []string{"tea"}}

func TestVisitorMakesASessionAndSaysHelloWithItsToken(t *testing.T) {
	n := newNode(t)
	v := run(t, Options{Bases: []string{n.URL}, Device: "an earlier device"})
	if got := await(t, n.sessions, "session request"); got.Consent != "v1" || !got.Adult || got.Device != "an earlier device" {
		t.Errorf("session asked for with %+v", got)
	}
	hello := n.accept(t).welcome(t, &protocol.Welcome{})
	if hello.Token != "token" || !hello.Fresh {
		t.Errorf("said %+v", hello)
	}
	told[*protocol.Welcome](t, v)
	if w := v.Where(); !w.Connected || w.State != protocol.StateIdle || w.Device != "device" {
		t.Errorf("stands at %+v", w)
	}
}

func TestVisitorResumesWithTheSameTokenAndSendsAgainWhatWasNotAcknowledged(t *testing.T) {
	n := newNode(t)
	v := run(t, Options{Bases: []string{n.URL}})
	first := n.accept(t)
	first.welcome(t, &protocol.Welcome{})
	v.Find(textSearch)
	read[*protocol.Find](t, first)
	first.matched(t, aPair)
	told[*protocol.Welcome](t, v)
	told[*protocol.Matched](t, v)
	for _, text := range []string{"one", "two"} {
		if _, err := v.Chat(text); err != nil {
			t.Fatal(err)
		}
		read[*protocol.Chat](t, first)
	}
	first.say(t, &protocol.Ack{Type: protocol.KindAck, Pair: aPair, Ack: 1})
	first.say(t, &protocol.Chat{Type: protocol.KindChat, ID: "x", Text: "hello", Sequenced: protocol.Sequenced{Pair: aPair, Seq: 1}})
	told[*protocol.Chat](t, v)

	v.Cut()
	await(t, v.lost, "loss")
	if _, err := v.Chat("three"); err != nil {
		t.Fatalf("chat without a socket: %v", err)
	}
	second := n.accept(t)
	hello := second.welcome(t, &protocol.Welcome{Resumed: true, State: protocol.StatePaired, Pair: matched(aPair)})
	if hello.Token != "token" || hello.Fresh {
		t.Errorf("resumed with %+v", hello)
	}
	for i, text := range []string{"two", "three"} {
		if m := read[*protocol.Chat](t, second); m.Text != text || m.Seq != uint32(i+2) || m.Ack != 1 {
			t.Errorf("after the resume came %+v, want %q", m, text)
		}
	}
	second.say(t, &protocol.Chat{Type: protocol.KindChat, ID: "x", Text: "hello", Sequenced: protocol.Sequenced{Pair: aPair, Seq: 1, Ack: 3}})
	second.say(t, &protocol.Chat{Type: protocol.KindChat, ID: "y", Text: "again", Sequenced: protocol.Sequenced{Pair: aPair, Seq: 2, Ack: 3}})
	told[*protocol.Welcome](t, v)
	if m := told[*protocol.Chat](t, v); m.Text != "again" {
		t.Errorf("delivered %q, want what is new only", m.Text)
	}
	if left := v.Where().Unacknowledged; left != 0 {
		t.Errorf("%d unacknowledged", left)
	}
}

func TestVisitorTellsItsHandlerOfPairsThatBeganAndEndedWithoutIt(t *testing.T) {
	n := newNode(t)
	v := run(t, Options{Bases: []string{n.URL}})
	first := n.accept(t)
	first.welcome(t, &protocol.Welcome{})
	told[*protocol.Welcome](t, v)
	first.matched(t, aPair)
	told[*protocol.Matched](t, v)
	v.Cut()
	n.accept(t).welcome(t, &protocol.Welcome{Resumed: true, State: protocol.StatePaired, Pair: matched(noPair)})
	told[*protocol.Welcome](t, v)
	if ended := told[*protocol.Ended](t, v); ended.Pair != aPair {
		t.Errorf("ended %s, want %s", ended.Pair, aPair)
	}
	if begun := told[*protocol.Matched](t, v); begun.Pair != noPair {
		t.Errorf("matched %s, want %s", begun.Pair, noPair)
	}
}

func TestVisitorAsksAgainForWhatALostSocketMayHaveLost(t *testing.T) {
	t.Run("a search", func(t *testing.T) {
		n := newNode(t)
		v := run(t, Options{Bases: []string{n.URL}})
		first := n.accept(t)
		first.welcome(t, &protocol.Welcome{})
		v.Find(textSearch)
		read[*protocol.Find](t, first)
		first.close(protocol.CloseUnknownSession)
		await(t, n.sessions, "first session")
		if got := await(t, n.sessions, "second session"); got.Device != "device" {
			t.Errorf("the fresh session is for device %q", got.Device)
		}
		second := n.accept(t)
		second.welcome(t, &protocol.Welcome{})
		if find := read[*protocol.Find](t, second); find.Interests[0] != "tea" {
			t.Errorf("asked again for %+v", find)
		}
	})
	t.Run("a leave", func(t *testing.T) {
		n := newNode(t)
		v := run(t, Options{Bases: []string{n.URL}})
		first := n.accept(t)
		first.welcome(t, &protocol.Welcome{})
		told[*protocol.Welcome](t, v)
		first.matched(t, aPair)
		told[*protocol.Matched](t, v)
		if err := v.Leave(true); err != nil {
			t.Fatal(err)
		}
		v.Cut()
		second := n.accept(t)
		second.welcome(t, &protocol.Welcome{Resumed: true, State: protocol.StatePaired, Pair: matched(aPair)})
		if leave := read[*protocol.Leave](t, second); leave.Pair != aPair || !leave.Next {
			t.Errorf("left again with %+v", leave)
		}
		second.say(t, &protocol.Ended{Type: protocol.KindEnded, Pair: aPair, Reason: models.EndNext, Self: true, State: protocol.StateIdle})
		told[*protocol.Welcome](t, v)
		told[*protocol.Ended](t, v)
		if w := v.Where(); w.State != protocol.StateWaiting {
			t.Errorf("stands at %+v, want waiting for the next", w)
		}
	})
	t.Run("a cancel", func(t *testing.T) {
		n := newNode(t)
		v := run(t, Options{Bases: []string{n.URL}})
		n.accept(t).welcome(t, &protocol.Welcome{})
		told[*protocol.Welcome](t, v)
		v.Find(textSearch)
		v.Cut()
		v.Cancel()
		second := n.accept(t)
		second.welcome(t, &protocol.Welcome{Resumed: true, State: protocol.StateWaiting})
		read[*protocol.Cancel](t, second)
	})
	t.Run("a report", func(t *testing.T) {
		n := newNode(t)
		v := run(t, Options{Bases: []string{n.URL}})
		first := n.accept(t)
		first.welcome(t, &protocol.Welcome{})
		told[*protocol.Welcome](t, v)
		first.matched(t, aPair)
		told[*protocol.Matched](t, v)
		id, err := v.Report(models.ReasonSpam, "sells things", true)
		if err != nil {
			t.Fatal(err)
		}
		read[*protocol.Report](t, first)
		first.say(t, &protocol.Error{Type: protocol.KindError, Code: protocol.ErrorUnavailable, ID: id, RetryMS: 1})
		if again := read[*protocol.Report](t, first); again.ID != id {
			t.Errorf("reported again with id %q, want %q", again.ID, id)
		}
		v.Cut()
		second := n.accept(t)
		second.welcome(t, &protocol.Welcome{Resumed: true, State: protocol.StatePaired, Pair: matched(aPair)})
		if again := read[*protocol.Report](t, second); again.ID != id || !again.Block {
			t.Errorf("on the next socket reported %+v", again)
		}
		second.say(t, &protocol.Done{Type: protocol.KindDone, ID: id})
		told[*protocol.Error](t, v)
		told[*protocol.Welcome](t, v)
		if done := told[*protocol.Done](t, v); done.ID != id {
			t.Errorf("done with %q", done.ID)
		}
	})
}

func TestVisitorTakesTheNextNodeAfterAFailure(t *testing.T) {
	dead, alive := newNode(t), newNode(t)
	dead.refuse(&protocol.Problem{Status: http.StatusServiceUnavailable, Code: "draining"})
	v := run(t, Options{Bases: []string{dead.URL, alive.URL}})
	alive.accept(t).welcome(t, &protocol.Welcome{})
	var problem *ProblemError
	if err := await(t, v.lost, "failure"); !errors.As(err, &problem) || problem.Code != "draining" || problem.RetryAfter != 7*time.Second {
		t.Errorf("lost by %v, want the problem of the first node", err)
	}
}

func TestVisitorLeavesANodeThatDrains(t *testing.T) {
	a, b := newNode(t), newNode(t)
	run(t, Options{Bases: []string{a.URL, b.URL}})
	first := a.accept(t)
	first.welcome(t, &protocol.Welcome{})
	first.close(protocol.CloseDraining)
	if hello := b.accept(t).welcome(t, &protocol.Welcome{Resumed: true}); hello.Fresh {
		t.Error("began anew on the other node")
	}
}

func TestVisitorGivesUpWhenTheServerSaysSo(t *testing.T) {
	t.Run("by closing", func(t *testing.T) {
		n := newNode(t)
		v := run(t, Options{Bases: []string{n.URL}})
		first := n.accept(t)
		first.welcome(t, &protocol.Welcome{})
		first.close(protocol.CloseBanned)
		var end *CloseError
		if err := await(t, v.ended, "end"); !errors.As(err, &end) || end.Code != protocol.CloseBanned {
			t.Errorf("ended with %v", err)
		}
	})
	t.Run("by refusing", func(t *testing.T) {
		n := newNode(t)
		n.refuse(&protocol.Problem{Status: http.StatusConflict, Code: "consent"})
		v := run(t, Options{Bases: []string{n.URL}})
		var problem *ProblemError
		if err := await(t, v.ended, "end"); !errors.As(err, &problem) || problem.Code != "consent" {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestVisitorWhoSaysByeIsNotSeenAgain(t *testing.T) {
	n := newNode(t)
	v := run(t, Options{Bases: []string{n.URL}})
	first := n.accept(t)
	first.welcome(t, &protocol.Welcome{})
	v.Bye()
	read[*protocol.Bye](t, first)
	first.close(protocol.CloseNormal)
	if err := await(t, v.ended, "end"); err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestDialReportsARefusedHelloByItsCode(t *testing.T) {
	n := newNode(t)
	refused := make(chan error, 1)
	go func() {
		_, _, err := Dial(t.Context(), n.URL, "old", false)
		refused <- err
	}()
	s := n.accept(t)
	read[*protocol.Hello](t, s)
	s.close(protocol.CloseExpired)
	var end *CloseError
	if err := await(t, refused, "refusal"); !errors.As(err, &end) || end.Code != protocol.CloseExpired {
		t.Errorf("refused with %v", err)
	}
}
