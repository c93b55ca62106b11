package bus

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// open reads what a batch would publish.
func (b *batch) open(t interface{ Fatal(...any) }, h header) (out []string) {
	got, body, err := parseBatch(b.seal(h))
	if err != nil || got != h {
		t.Fatal("not readable:", got, err)
	}
	for len(body) > 0 {
		payload, rest, _ := nextMessage(body)
		out, body = append(out, string(payload)), rest
	}
	return out
}

func TestABatchDropsItsOldestAndKeepsTheRest(t *testing.T) {
	h := header{from: "node", sequence: 3}
	rapid.Check(t, func(t *rapid.T) {
		b := batch{room: headerLen(h.from)}
		for range 2 { // a batch is used again and again
			var want []string
			n := rapid.IntRange(0, 50).Draw(t, "messages")
			for i := range n {
				p := fmt.Sprintf("%d-%s", i, bytes.Repeat([]byte("x"), rapid.IntRange(0, 300).Draw(t, "size")))
				b.add([]byte(p), time.Duration(i))
				want = append(want, p)
			}
			cut := rapid.IntRange(0, n).Draw(t, "cut")
			if got := b.dropBefore(time.Duration(cut)); got != cut {
				t.Fatalf("dropped %d of %d", got, cut)
			}
			if b.len() != n-cut {
				t.Fatalf("%d are left", b.len())
			}
			if b.len() > 0 && !slices.Equal(b.open(t, h), want[cut:]) {
				t.Fatal("the rest is damaged")
			}
			b.reset()
			if b.len() != 0 || b.size() != 0 {
				t.Fatal("not empty after reset")
			}
		}
	})
}

func TestABurstsBufferIsNotKept(t *testing.T) {
	b := batch{room: 10}
	for range 20 {
		b.add(make([]byte, 10<<10), 0)
	}
	b.reset()
	if cap(b.buf) > keepBuffer {
		t.Errorf("%d bytes kept", cap(b.buf))
	}
}

func TestAQueueCountsWhatFliesAndWhatWaits(t *testing.T) {
	var dropped atomic.Uint64
	p := newPeer("c", 10, Config{QueueMessages: 3, QueueBytes: 1 << 20}, &dropped)
	put := func() error { return p.put([]byte("x"), 0) }
	if err := errors.Join(put(), put()); err != nil {
		t.Fatal(err)
	}
	if p.take() == nil || p.queued() != 2 {
		t.Fatalf("queued %d", p.queued())
	}
	if err := put(); err != nil {
		t.Error(err)
	}
	if err := put(); !errors.Is(err, ErrBusy) {
		t.Errorf("a fourth: %v", err)
	}
	p.landed()
	if err := errors.Join(put(), put()); err != nil {
		t.Error(err)
	}
	p.close()
	p.close() // twice is harmless
	if err := put(); !errors.Is(err, ErrNoNode) {
		t.Errorf("after close: %v", err)
	}
	if dropped.Load() != 4 {
		t.Errorf("%d dropped: one refused, three that waited", dropped.Load())
	}
}

func TestAQueueIsBoundedInBytesToo(t *testing.T) {
	var dropped atomic.Uint64
	p := newPeer("c", 10, Config{QueueMessages: 1000, QueueBytes: 250}, &dropped)
	if err := errors.Join(p.put(make([]byte, 100), 0), p.put(make([]byte, 100), 0)); err != nil {
		t.Fatal(err)
	}
	if err := p.put(make([]byte, 100), 0); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
}

func TestSendAllocatesNothingInSteadyState(t *testing.T) {
	var dropped atomic.Uint64
	p := newPeer("c", 31, DefaultConfig(), &dropped)
	payload := make([]byte, 300)
	got := testing.AllocsPerRun(1000, func() {
		for range 5 {
			if err := p.put(payload, 0); err != nil {
				t.Fatal(err)
			}
		}
		p.take().seal(header{from: "01234567890123456789", sequence: 1})
		p.landed()
	})
	if got != 0 {
		t.Errorf("%v allocations", got)
	}
}
