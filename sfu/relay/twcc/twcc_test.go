package twcc

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func TestFeedbackTellsWhatArrivedAndWhen(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var r Recorder
	var h History
	h.next = 65500 // wraps on the way
	now := 5 * time.Second
	for round := range 200 {
		sent := map[time.Duration]bool{} // by departure, which is unique: arrived
		for range 1 + rng.IntN(30) {
			now += time.Duration(1+rng.IntN(90)) * time.Millisecond
			number := h.Next(100, now)
			arrives := rng.IntN(8) != 0
			if arrives {
				r.Add(number, now)
			}
			sent[now] = arrives
		}
		if !r.Pending() {
			continue
		}
		b := r.AppendFeedback(nil, 1, 2)
		var parsed rtcp.TransportLayerCC
		if err := parsed.Unmarshal(b); err != nil {
			t.Fatalf("round %d: pion cannot read it: %v", round, err)
		}
		var drift *time.Duration
		ok := h.Read(b, func(a Arrival) {
			arrived, known := sent[a.Sent]
			if !known {
				return // lost at the end of the round before
			}
			if a.Received != arrived {
				t.Fatalf("round %d: %v", round, a)
			}
			if !arrived {
				return
			}
			d := a.Arrived - a.Sent
			if drift == nil {
				drift = &d
			}
			if diff := (d - *drift).Abs(); diff > tick {
				t.Fatalf("round %d: a time is off by %s", round, diff)
			}
		})
		if !ok {
			t.Fatalf("round %d: not read", round)
		}
	}
}

func TestEachPacketIsToldOfOnce(t *testing.T) {
	var r Recorder
	var h History
	r.Add(h.Next(10, time.Second), time.Second)
	b := r.AppendFeedback(nil, 1, 2)
	count := 0
	for range 3 {
		h.Read(b, func(Arrival) { count++ })
	}
	if count != 1 {
		t.Errorf("told %d times", count)
	}
}

func FuzzRead(f *testing.F) {
	var r Recorder
	r.Add(1, time.Second)
	r.Add(4, 2*time.Second)
	f.Add(r.AppendFeedback(nil, 1, 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h History
		for range 100 {
			h.Next(10, time.Second)
		}
		calls := 0
		h.Read(b, func(Arrival) { calls++ })
		if calls > 100 {
			t.Fatal(calls)
		}
	})
}
