package bus

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Stats counts messages since the bus was made; Queued is now.
type Stats struct {
	// Sent were handed to Redis, or to this node's own handler; a broadcast
	// counts for both.
	Sent uint64
	// Batches is how many PUBLISH commands carried them.
	Batches uint64
	// Received went to the handler.
	Received uint64
	// Dropped were refused by a full queue, grew too old, or waited for a node
	// that is gone.
	Dropped uint64
	// Queued wait for, or are on, their way.
	Queued int
	// Missed counts batches that were published and did not arrive here.
	Missed uint64
	// Repeated counts batches that came twice and were delivered once.
	Repeated uint64
	// Malformed counts batches that could not be read.
	Malformed uint64
}

type counters struct {
	sent, batches, received, dropped, missed, repeated, malformed atomic.Uint64
}

// Stats returns the counters.
func (b *Bus) Stats() Stats {
	c := &b.counters
	s := Stats{
		Sent: c.sent.Load(), Batches: c.batches.Load(), Received: c.received.Load(), Dropped: c.dropped.Load(),
		Missed: c.missed.Load(), Repeated: c.repeated.Load(), Malformed: c.malformed.Load(),
		Queued: b.local.queued() + b.all.queued(),
	}
	for _, p := range b.view.Load().peers {
		s.Queued += p.queued()
	}
	return s
}

// ErrUnhealthy is wrapped by what [Bus.Healthy] returns.
var ErrUnhealthy = errors.New("bus: unhealthy")

// health is when the last heartbeat was written, and how it was taken.
type health struct {
	mu    sync.Mutex
	last  time.Time
	dying bool
}

func (h *health) beaten(at time.Time, dying bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last, h.dying = at, dying
}

func (h *health) check(now time.Time, limit time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.last.IsZero():
		return fmt.Errorf("%w: not registered yet", ErrUnhealthy)
	case now.Sub(h.last) >= limit:
		return fmt.Errorf("%w: no heartbeat for %s", ErrUnhealthy, now.Sub(h.last).Round(time.Millisecond))
	case h.dying:
		return fmt.Errorf("%w: declared dead by the others", ErrUnhealthy)
	}
	return nil
}

// Healthy returns nil when this node is registered, wrote a heartbeat within
// the last three intervals, and listens.
func (b *Bus) Healthy() error {
	if err := b.health.check(time.Now(), 3*b.cfg.Interval); err != nil {
		return err
	}
	if !b.own.up.Load() || !b.everyone.up.Load() {
		return fmt.Errorf("%w: not subscribed", ErrUnhealthy)
	}
	return nil
}
