package window

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestNoNumberIsAcceptedTwice(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var w Window
	seen := map[int64]bool{}
	at := int64(1<<16 + 65000)
	for range 100_000 {
		at += int64(rng.IntN(3))
		if rng.IntN(2000) == 0 {
			at += int64(rng.IntN(20000))
		}
		n := at - int64(rng.IntN(1500))
		if rng.IntN(2) == 0 {
			n = at
		}
		if w.Accept(uint16(n), 0) {
			if seen[n] {
				t.Fatalf("%d accepted twice", n)
			}
			seen[n] = true
		}
	}
	if len(seen) < 30_000 {
		t.Errorf("only %d accepted", len(seen))
	}
}

func TestNothingBeforeTheFirstIsAccepted(t *testing.T) {
	var w Window
	w.Accept(65530, 0)
	for n := uint16(65531); n != 10; n++ {
		w.Accept(n, 0)
	}
	if w.Accept(65529, 0) {
		t.Error("accepted")
	}
}

func TestMissingIsAskedForAtGrowingIntervals(t *testing.T) {
	w := Window{Repair: true}
	w.Accept(1, 0)
	w.Accept(3, 0)
	buffer := make([]uint16, 0, 8)
	if got := w.NACK(buffer, 0); len(got) != 0 {
		t.Errorf("asked at once for %v, which may be out of order only", got)
	}
	asked := 0
	for now := time.Duration(0); now < 3*time.Second; now += 10 * time.Millisecond {
		asked += len(w.NACK(buffer, now))
	}
	if asked != nackTries || w.Missing() {
		t.Errorf("asked %d times", asked)
	}
}

func TestFoundIsNotAskedFor(t *testing.T) {
	w := Window{Repair: true}
	for _, n := range []uint16{1, 5, 3} {
		w.Accept(n, 0)
	}
	if got := w.NACK(make([]uint16, 0, 8), time.Second/2); !slices.Equal(got, []uint16{2, 4}) {
		t.Errorf("asked for %v", got)
	}
	if c := w.Counts(); c.Expected != 5 || c.Received != 3 || c.Highest != 5 {
		t.Errorf("%+v", c)
	}
}
