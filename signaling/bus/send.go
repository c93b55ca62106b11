package bus

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/models"
)

// Each node has a channel, and there is one for all. The hash tags spread the
// channels over a Cluster's masters.
const broadcastChannel = "omezle:bus:{*}"

func channelOf(id models.NodeID) string { return "omezle:bus:{" + string(id) + "}" }

// Pauses between attempts to publish while Redis, or the destination's
// subscription, is away.
const firstPause, longestPause = 10 * time.Millisecond, 250 * time.Millisecond

// Send queues a copy of the payload for one node. It never waits: the error is
// [ErrNoNode], [ErrBusy] or [ErrTooLarge]. No error means that the message is
// queued, not that it arrives. A message to this node itself goes to its own
// handler, from another goroutine.
func (b *Bus) Send(to models.NodeID, payload []byte) error {
	if len(payload) > MaxPayload {
		return ErrTooLarge
	}
	p := b.local
	if to != b.self {
		var known bool
		if p, known = b.view.Load().peers[to]; !known {
			return ErrNoNode
		}
	}
	return p.put(payload, b.now())
}

// Broadcast queues a copy of the payload for every node that listens, this one
// included; for this one also while Redis is away. It never waits, and fails
// like Send.
func (b *Bus) Broadcast(payload []byte) error {
	if len(payload) > MaxPayload {
		return ErrTooLarge
	}
	now := b.now()
	return errors.Join(b.all.put(payload, now), b.local.put(payload, now))
}

// now is the time that queues count in.
func (b *Bus) now() time.Duration { return time.Since(b.start) }

// flush is the goroutine that empties a peer's queue by passing batches to
// send, until the peer is closed or ctx ends. send returns how many of the
// messages it gave up.
func (b *Bus) flush(ctx context.Context, p *peer, send func(context.Context, *batch) (lost int)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.gone:
			return
		case <-p.wake:
		}
		for flight := p.take(); flight != nil; flight = p.take() {
			if lost := send(ctx, flight); lost > 0 {
				b.counters.dropped.Add(uint64(lost))
			}
			p.landed()
		}
	}
}

// publisher returns the send function of a peer in Redis. Batches carry a
// sequence number, so that one published twice, because the first answer got
// lost, is heard once.
func (b *Bus) publisher(p *peer) func(context.Context, *batch) int {
	sequence := uint64(0)
	publish := b.publishFunc()
	return func(ctx context.Context, flight *batch) (lost int) {
		sequence++
		pause := firstPause
		for {
			if n := flight.dropBefore(b.now() - b.cfg.MaxAge); n > 0 {
				lost += n
				if flight.len() == 0 {
					return lost
				}
			}
			heard, err := publish(ctx, p.channel, flight.seal(header{kind: kindMessages, from: b.self, sequence: sequence})).Result()
			if err == nil && heard > 0 {
				b.counters.sent.Add(uint64(flight.len()))
				b.counters.batches.Add(1)
				return lost
			}
			if err != nil {
				b.log.Debug("bus publish failed", "err", err)
			}
			if !sleep(ctx, p.gone, pause) {
				return lost + flight.len()
			}
			pause = min(2*pause, longestPause)
		}
	}
}

// publishFunc is PUBLISH, or SPUBLISH on a Cluster: a plain PUBLISH may enter
// the Cluster at any node and overtake the one before, and is sent on to all;
// a sharded channel has one master.
func (b *Bus) publishFunc() func(context.Context, string, any) *redis.IntCmd {
	if _, sharded := b.rdb.(*redis.ClusterClient); sharded {
		return b.rdb.SPublish
	}
	return b.rdb.Publish
}

// sleep waits, unless ctx or the peer ends first: then it returns false.
func sleep(ctx context.Context, gone <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-gone:
		return false
	case <-ctx.Done():
		return false
	}
}

// deliverLocal is the send function of messages to this node itself.
func (b *Bus) deliverLocal(_ context.Context, flight *batch) int {
	b.inbox.mu.Lock()
	defer b.inbox.mu.Unlock()
	for body := flight.buf[flight.room:]; len(body) > 0; {
		payload, rest, ok := nextMessage(body)
		if !ok {
			break // cannot be: we wrote it
		}
		b.handler(b.self, payload)
		b.counters.received.Add(1)
		body = rest
	}
	b.counters.sent.Add(uint64(flight.len()))
	return 0
}
