package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/models"
)

// What callers branch on.
var (
	// ErrNoNode: the destination is not among [Bus.Nodes], or this bus is not
	// running.
	ErrNoNode = errors.New("bus: no such node")
	// ErrBusy: the queue to the destination is full; the message was dropped.
	ErrBusy = errors.New("bus: queue full")
	// ErrTooLarge: the payload is larger than [MaxPayload].
	ErrTooLarge = errors.New("bus: payload too large")
)

// maxBurials is how many burials one node takes on at a time; others are left
// to other nodes, or wait.
const maxBurials = 4

// Bus is this node's place among the nodes. Its methods are safe for concurrent
// use, except that those named Handle, Describe and On... are called before Run.
type Bus struct {
	rdb   redis.UniversalClient
	self  models.NodeID
	cfg   Config
	log   *slog.Logger
	start time.Time // what queue times count from

	handler  func(models.NodeID, []byte)
	describe func() NodeInfo
	onDead   func(context.Context, models.NodeID) error
	onGone   func(models.NodeID)
	onReset  func(context.Context)
	onGap    func()

	view  atomic.Pointer[view]
	local *peer // messages to this node itself
	all   *peer // broadcasts

	own, everyone *subscription
	inbox         inbox
	counters      counters

	refresh chan struct{} // capacity 1: beat now
	nudge   chan struct{} // capacity 1: tell the others to beat now
	reset   chan struct{} // capacity 1: OnReset is due
	gone    goneQueue
	ready   chan struct{}
	health  health
}

// view is what is known of the others. It is never changed, only replaced, by
// the heartbeat goroutine.
type view struct {
	nodes []NodeInfo // by id
	peers map[models.NodeID]*peer
}

// New prepares the bus of the node self; zero fields of cfg mean the default.
// Nothing happens before [Bus.Run].
func New(rdb redis.UniversalClient, self models.NodeID, cfg Config, log *slog.Logger) *Bus {
	cfg = cfg.withDefaults()
	b := &Bus{
		rdb: rdb, self: self, cfg: cfg, log: log.With("node", self), start: time.Now(),
		handler:  func(models.NodeID, []byte) {},
		describe: func() NodeInfo { return NodeInfo{} },
		onGone:   func(models.NodeID) {},
		onReset:  func(context.Context) {},
		onGap:    func() {},
		refresh:  make(chan struct{}, 1),
		nudge:    make(chan struct{}, 1),
		reset:    make(chan struct{}, 1),
		gone:     goneQueue{wake: make(chan struct{}, 1)},
		ready:    make(chan struct{}),
	}
	b.local = newPeer("", headerLen(self), cfg, &b.counters.dropped)
	b.all = newPeer(broadcastChannel, headerLen(self), cfg, &b.counters.dropped)
	b.own = newSubscription(channelOf(self))
	b.everyone = newSubscription(broadcastChannel)
	b.inbox.streams = map[models.NodeID]*stream{}
	b.view.Store(&view{})
	return b
}

// Handle sets who gets the messages of other nodes, and of this one to itself.
// Calls never overlap, and those for one sender's Sends come in the order of
// the Sends; a Broadcast may overtake a Send. The payload is valid only during
// the call. While it runs nothing else is received: it must not wait for the
// network, nor for Redis.
func (b *Bus) Handle(f func(from models.NodeID, payload []byte)) { b.handler = f }

// Describe sets what tells the others about this node. It is called before
// each heartbeat; ID is filled in.
func (b *Bus) Describe(f func() NodeInfo) { b.describe = f }

// OnDead sets what is to be done about a node that died: exactly one node wins
// its burial and calls f. An error, or the end of the winner, lets another
// try, so f must be able to run twice. Its context ends when the bus stops or
// the lease on the burial is lost. A node without OnDead leaves burials to
// others.
func (b *Bus) OnDead(f func(ctx context.Context, dead models.NodeID) error) { b.onDead = f }

// OnGone sets who is told, on every node, that a node left Nodes, be it dead or
// stopped cleanly. Calls come one at a time.
func (b *Bus) OnGone(f func(id models.NodeID)) { b.onGone = f }

// OnReset sets who is told that what this node had published in Redis is gone
// or has been cleared away, and has to be published again: Redis came back
// empty, or this node was silent for so long that the others buried it. Calls
// come one at a time.
func (b *Bus) OnReset(f func(ctx context.Context)) { b.onReset = f }

// OnGap sets who is told that messages may have been missed because the
// subscription was broken for a while: what broadcasts announce should be read
// again. It is called between messages, under the same rule as Handle.
func (b *Bus) OnGap(f func()) { b.onGap = f }

// Ready is closed when this node is first registered and can be reached.
func (b *Bus) Ready() <-chan struct{} { return b.ready }

// Announce sends a heartbeat now and asks the others to look: for a change
// they should know at once, as when this node begins to drain.
func (b *Bus) Announce() {
	signal(b.nudge)
	signal(b.refresh)
}

// Nodes returns the nodes that are alive as far as this one knows, itself
// included once it is registered, by id. The slice is shared: it must not be
// changed.
func (b *Bus) Nodes() []NodeInfo { return b.view.Load().nodes }

// Alive tells whether a node is among Nodes.
func (b *Bus) Alive(id models.NodeID) bool {
	_, found := slices.BinarySearchFunc(b.Nodes(), id, func(n NodeInfo, id models.NodeID) int {
		return compareIDs(n.ID, id)
	})
	return found
}

// Run takes part until ctx ends: then it removes this node from the registry,
// hands over what is queued within FlushGrace and returns nil. Redis being
// away, at the start or later, does not end it. It can run once.
func (b *Bus) Run(ctx context.Context) error { return b.run(ctx, true) }

// run leaves without a word when leave is false, as a crash does.
func (b *Bus) run(ctx context.Context, leave bool) error {
	if len(b.self) == 0 || len(b.self) > maxID {
		return fmt.Errorf("bus: node id of %d bytes", len(b.self))
	}
	if err := b.cfg.Validate(); err != nil {
		return err
	}
	// Links outlive ctx by the time it takes to say good-bye.
	linkCtx, cutLinks := context.WithCancel(context.WithoutCancel(ctx))
	defer cutLinks()
	var links, work sync.WaitGroup

	links.Go(func() { b.receive(linkCtx, b.own) })
	links.Go(func() { b.receive(linkCtx, b.everyone) })
	links.Go(func() { b.flush(linkCtx, b.local, b.deliverLocal) })
	links.Go(func() { b.flush(linkCtx, b.all, b.publisher(b.all)) })
	work.Go(func() { b.runResets(ctx) })
	work.Go(func() { b.runGone(ctx) })
	work.Go(func() {
		h := heart{Bus: b, registry: registry{rdb: b.rdb, self: b.self, cfg: b.cfg}, launch: func(p *peer) {
			links.Go(func() { b.flush(linkCtx, p, b.publisher(p)) })
		}}
		h.run(ctx)
		if leave {
			h.leave(linkCtx)
		}
	})
	work.Wait()
	if leave {
		b.drain()
	}
	b.closePeers()
	cutLinks()
	links.Wait()
	return nil
}

// drain waits until the queues are empty, at most FlushGrace.
func (b *Bus) drain() {
	deadline := time.NewTimer(b.cfg.FlushGrace)
	defer deadline.Stop()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for b.Stats().Queued > 0 {
		select {
		case <-deadline.C:
			return
		case <-look.C:
		}
	}
}

func (b *Bus) closePeers() {
	for _, p := range b.view.Load().peers {
		p.close()
	}
	b.local.close()
	b.all.close()
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
