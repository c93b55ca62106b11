package bus

import (
	"sync"
	"sync/atomic"
	"time"
)

// peer is the way to one destination: a bounded queue, filled by any goroutine
// and emptied by the one that flushes it. While a batch is on its way, what
// comes gathers for the next.
type peer struct {
	channel string
	wake    chan struct{} // capacity 1: there is something to flush
	gone    chan struct{} // closed by close

	maxMessages, maxBytes int
	dropped               *atomic.Uint64

	mu      sync.Mutex
	pending batch
	flight  batch // owned by the flusher while flying; its counts bound the queue too
	flying  struct{ messages, bytes int }
	closed  bool
}

func newPeer(channel string, room int, cfg Config, dropped *atomic.Uint64) *peer {
	return &peer{
		channel: channel,
		wake:    make(chan struct{}, 1), gone: make(chan struct{}),
		maxMessages: cfg.QueueMessages, maxBytes: cfg.QueueBytes, dropped: dropped,
		pending: batch{room: room}, flight: batch{room: room},
	}
}

// put queues a copy of the payload.
func (p *peer) put(payload []byte, now time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrNoNode
	}
	if p.pending.len()+p.flying.messages >= p.maxMessages ||
		p.pending.size()+p.flying.bytes+messageSize(len(payload)) > p.maxBytes {
		p.dropped.Add(1)
		return ErrBusy
	}
	p.pending.add(payload, now)
	if p.pending.len() == 1 {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
	return nil
}

// take makes what has gathered the batch in flight, or returns nil when there
// is nothing. The flusher alone calls it, and owns the batch until landed.
func (p *peer) take() *batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending.len() == 0 {
		return nil
	}
	p.pending, p.flight = p.flight, p.pending
	p.flying.messages, p.flying.bytes = p.flight.len(), p.flight.size()
	return &p.flight
}

// landed ends the flight, however it went.
func (p *peer) landed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flight.reset()
	p.flying.messages, p.flying.bytes = 0, 0
}

// close refuses what comes and drops what waits.
func (p *peer) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	p.dropped.Add(uint64(p.pending.len()))
	p.pending.reset()
	close(p.gone)
}

// queued is how many messages wait or fly.
func (p *peer) queued() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pending.len() + p.flying.messages
}
