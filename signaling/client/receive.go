package client

import (
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// enter takes a new socket and its welcome, sends again what the last one may have lost, and returns what
// the handler is to be told.
func (v *Visitor) enter(conn *Conn, welcome *protocol.Welcome) []protocol.Validator {
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.conn = conn
	if v.bye {
		v.send(&protocol.Bye{Type: protocol.KindBye})
	}
	news := []protocol.Validator{welcome}
	if v.stream != nil && (welcome.Pair == nil || welcome.Pair.Pair != v.stream.Pair()) {
		news = append(news, &protocol.Ended{Type: protocol.KindEnded, Pair: v.stream.Pair(), Reason: models.EndGone, State: welcome.State})
		v.end()
		v.waits = v.waits || welcome.State == protocol.StateWaiting
	}
	switch {
	case welcome.Pair != nil && v.stream == nil:
		v.begin(welcome.Pair.Pair)
		news = append(news, welcome.Pair)
	case v.stream != nil:
		v.stream.Resync(now)
	}
	if v.leaving != nil {
		if v.stream != nil && v.stream.Pair() == v.leaving.Pair {
			v.send(v.leaving)
		} else {
			v.leaving = nil
		}
	}
	switch {
	case v.waits && welcome.State == protocol.StateIdle && v.want != nil:
		v.send(v.want)
	case !v.waits && welcome.State == protocol.StateWaiting:
		v.send(&protocol.Cancel{Type: protocol.KindCancel})
	}
	for _, r := range v.requests {
		r.due = now
	}
	v.flush(now)
	return news
}

// take carries out a message of the server and returns whether the handler is to be told.
func (v *Visitor) take(message protocol.Validator) (tell bool) {
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	defer v.flush(now)
	if peer, ok := message.(protocol.PeerMessage); ok {
		return v.stream != nil && v.stream.OnPeer(*peer.Head(), now)
	}
	switch m := message.(type) {
	case *protocol.Ack:
		if v.stream != nil && v.stream.Pair() == m.Pair {
			v.stream.OnAck(m.Ack, now)
		}
		return false
	case *protocol.Typing:
		return v.stream != nil && v.stream.Pair() == m.Pair
	case *protocol.Matched:
		v.begin(m.Pair)
	case *protocol.Ended:
		if v.stream == nil || v.stream.Pair() != m.Pair {
			return false // known from a welcome already
		}
		v.end()
		if v.waits && m.State == protocol.StateIdle && v.want != nil {
			v.send(v.want) // the next one, which the server did not begin to look for
		}
		v.waits = v.waits || m.State == protocol.StateWaiting
	case *protocol.PartnerPresence:
		if v.stream == nil || v.stream.Pair() != m.Pair {
			return false
		}
		if m.State == protocol.PresenceBack {
			v.stream.Resync(now)
		}
	case *protocol.Done:
		v.answered(m.ID)
	case *protocol.Error:
		v.onError(m, now)
	case *protocol.Pong:
		return false
	}
	return true
}

func (v *Visitor) onError(m *protocol.Error, now time.Time) {
	retry := time.Duration(m.RetryMS) * time.Millisecond
	switch {
	case m.ID != "" && (m.Code == protocol.ErrorUnavailable || m.Code == protocol.ErrorRateLimited):
		v.postpone(m.ID, now.Add(max(retry, holdAtLeast)))
	case m.ID != "":
		v.answered(m.ID)
	case m.Seq != 0 && m.Code == protocol.ErrorRateLimited && v.stream != nil:
		v.stream.OnRefused(m.Seq, retry, now)
	}
}

// begin starts a pair; the caller holds mu.
func (v *Visitor) begin(pair models.PairID) {
	v.stream = NewStream(pair)
	v.waits = false
	v.leaving = nil
}

// end ends the pair; a leave that asked for the next one has become a search. The caller holds mu.
func (v *Visitor) end() {
	v.last = v.stream.Pair()
	v.stream = nil
	if v.leaving != nil {
		v.waits = v.leaving.Next
		v.leaving = nil
	}
}

// send writes to the socket, if there is one. A broken one is left to its reader, which notices. The caller holds mu.
func (v *Visitor) send(message protocol.Validator) {
	if v.conn == nil {
		return
	}
	if err := v.conn.Send(message); err != nil {
		v.conn.Cut()
	}
}

// flush sends everything that is to be sent now and sets the timer for the rest; the caller holds mu.
func (v *Visitor) flush(now time.Time) {
	if v.conn == nil || !v.running {
		return // enter flushes
	}
	var due time.Time
	if v.stream != nil {
		for message := v.stream.Next(now); message != nil; message = v.stream.Next(now) {
			v.send(message)
		}
		due, _ = v.stream.Due()
	}
	if next := v.sendRequests(now); !next.IsZero() && (due.IsZero() || next.Before(due)) {
		due = next
	}
	if !due.IsZero() {
		v.arm(due, now)
	}
}

// arm makes the timer fire at due, or before: then it is armed again. The caller holds mu.
func (v *Visitor) arm(due, now time.Time) {
	if !v.armed.IsZero() && !v.armed.After(due) {
		return
	}
	v.disarm()
	v.armed = due
	v.ticks.Add(1)
	wait := max(due.Sub(now), time.Millisecond)
	if v.timer == nil {
		v.timer = time.AfterFunc(wait, v.tick)
	} else {
		v.timer.Reset(wait)
	}
}

// disarm stops the timer; one that has fired already ends by itself. The caller holds mu.
func (v *Visitor) disarm() {
	if v.timer != nil && v.timer.Stop() {
		v.ticks.Done()
	}
	v.armed = time.Time{}
}

func (v *Visitor) tick() {
	defer v.ticks.Done()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.armed = time.Time{}
	v.flush(time.Now())
}
