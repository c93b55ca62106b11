package bus

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/models"
)

// Pauses between attempts to subscribe.
const firstResubscribe, slowestResubscribe = 20 * time.Millisecond, 500 * time.Millisecond

// errSilent says that a subscription's connection does not answer pings.
var errSilent = errors.New("bus: subscription does not answer")

// subscription is one channel that this node listens to.
type subscription struct {
	channel string
	up      atomic.Bool   // Redis has confirmed it
	heard   atomic.Uint64 // counts whatever Redis sends on it
	first   chan struct{} // closed when it is up for the first time
	once    sync.Once
}

func newSubscription(channel string) *subscription {
	return &subscription{channel: channel, first: make(chan struct{})}
}

// inbox is where the subscriptions and the local queue meet: whoever holds its
// lock calls the handler.
type inbox struct {
	mu      sync.Mutex
	streams map[models.NodeID]*stream
	buf     []byte // the batch being read
}

// stream is what was heard of one sender.
type stream struct {
	id             models.NodeID
	direct, shared uint64 // last sequence on the own and on the broadcast channel
	fresh          bool   // heard since the last sweep
}

// receive keeps one subscription alive until ctx ends.
func (b *Bus) receive(ctx context.Context, s *subscription) {
	pause := firstResubscribe
	for ctx.Err() == nil {
		err := b.listen(ctx, s)
		wasUp := s.up.Swap(false)
		if ctx.Err() != nil {
			return
		}
		if wasUp {
			pause = firstResubscribe
			b.log.Warn("bus subscription lost", "err", err)
		} else {
			b.log.Debug("bus subscription failed", "err", err)
		}
		if cluster, ok := b.rdb.(*redis.ClusterClient); ok {
			cluster.ReloadState(ctx) // the channel's slot may have moved
		}
		if !sleep(ctx, nil, pause) {
			return
		}
		pause = min(2*pause, slowestResubscribe)
	}
}

// listen subscribes and passes on what comes, until the connection fails.
func (b *Bus) listen(ctx context.Context, s *subscription) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ps := b.subscribe(ctx, s.channel)
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { // ends a Receive that waits
		defer close(closed)
		_ = ps.Close()
	})
	var watch sync.WaitGroup
	watch.Go(func() { b.watch(ctx, cancel, s, ps) })
	defer func() {
		cancel(nil)
		watch.Wait()
		if stop() {
			_ = ps.Close()
		} else {
			<-closed
		}
	}()
	for {
		m, err := ps.Receive(ctx)
		if err != nil {
			if cause := context.Cause(ctx); errors.Is(cause, errSilent) {
				err = cause
			}
			return err
		}
		s.heard.Add(1)
		switch m := m.(type) {
		case *redis.Subscription:
			switch m.Kind {
			case "subscribe", "ssubscribe":
				b.subscribed(s)
			default:
				return errors.New("bus: subscription ended by Redis")
			}
		case *redis.Message:
			b.deliver(m.Payload, s == b.everyone)
		}
	}
}

func (b *Bus) subscribe(ctx context.Context, channel string) *redis.PubSub {
	if cluster, sharded := b.rdb.(*redis.ClusterClient); sharded {
		return cluster.SSubscribe(ctx, channel)
	}
	return b.rdb.Subscribe(ctx, channel)
}

// subscribed notes that messages can arrive, and, unless it is the first time,
// that some may have been missed.
func (b *Bus) subscribed(s *subscription) {
	s.up.Store(true)
	again := true
	s.once.Do(func() {
		again = false
		close(s.first)
	})
	if again {
		b.log.Info("bus subscription restored")
		b.inbox.mu.Lock()
		defer b.inbox.mu.Unlock()
		b.onGap()
	}
}

// watch pings the subscription and ends it when nothing comes back for three
// intervals, as when the network drops packets without a word.
func (b *Bus) watch(ctx context.Context, cancel context.CancelCauseFunc, s *subscription, ps *redis.PubSub) {
	tick := time.NewTicker(b.cfg.Interval)
	defer tick.Stop()
	silent, last := 0, s.heard.Load()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if heard := s.heard.Load(); heard != last {
			silent, last = 0, heard
		} else if silent++; silent > 2 {
			cancel(errSilent)
			return
		}
		if err := ps.Ping(ctx); err != nil {
			cancel(err)
			return
		}
	}
}

// deliver reads one batch and calls the handler for its messages.
func (b *Bus) deliver(data string, broadcast bool) {
	in := &b.inbox
	in.mu.Lock()
	defer in.mu.Unlock()
	if cap(in.buf) > keepBuffer { // a burst is over
		in.buf = nil
	}
	in.buf = append(in.buf[:0], data...)
	h, body, err := parseBatch(in.buf)
	if err != nil {
		b.counters.malformed.Add(1)
		b.log.Debug("bus batch refused", "err", err)
		return
	}
	if h.from == b.self {
		return // a broadcast, delivered here already
	}
	if h.kind == kindRegistry {
		signal(b.refresh)
		return
	}
	from, ok := in.accept(h, broadcast, &b.counters)
	if !ok {
		return
	}
	n := uint64(0)
	for len(body) > 0 {
		payload, rest, _ := nextMessage(body)
		b.handler(from, payload)
		body, n = rest, n+1
	}
	b.counters.received.Add(n)
}

// accept tells whether a batch is new, and who sent it.
func (in *inbox) accept(h header, broadcast bool, c *counters) (models.NodeID, bool) {
	s := in.streams[h.from]
	if s == nil {
		s = &stream{id: h.from}
		in.streams[h.from] = s
	}
	s.fresh = true
	last := &s.direct
	if broadcast {
		last = &s.shared
	}
	if h.sequence <= *last {
		c.repeated.Add(1)
		return "", false
	}
	if *last > 0 {
		c.missed.Add(h.sequence - *last - 1)
	}
	*last = h.sequence
	return s.id, true
}

// sweep forgets senders that are not alive and have been silent since the last
// sweep.
func (in *inbox) sweep(alive func(models.NodeID) bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for id, s := range in.streams {
		if !s.fresh && !alive(id) {
			delete(in.streams, id)
		}
		s.fresh = false
	}
}
