package sfu

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"

	"omezle/models"
	"omezle/sfu/relay"
)

// Errors that callers tell apart, besides those of package sdp.
var (
	ErrClosed = errors.New("sfu: node is closing")
	ErrFull   = errors.New("sfu: no room for another leg")
	ErrNoLeg  = errors.New("sfu: no such leg")
)

const checkEvery = time.Second

// Node is one media server. Its methods may be called by anybody at any time.
type Node struct {
	config       Config
	listen       netip.AddrPort
	advertise    []Address // addresses of all shards, with ports if they are not the shards' own
	log          *slog.Logger
	logging      logging.LoggerFactory
	identity     *identity
	tcp          ice.TCPMux // nil without ICE-TCP
	tcpAddresses []netip.AddrPort
	private      bool // one of our addresses is; then visitors may be there too
	events       chan Event
	keyframes    chan Keyframe

	lostEvents atomic.Uint64

	mu      sync.Mutex // guards what follows
	shards  []*shard   // one at the least
	noMore  bool       // a further one could not be opened
	pairs   map[models.PairID]*pair
	legs    int
	closing bool
	running sync.WaitGroup // legs
}

// pair is the place of two legs, on one shard.
type pair struct {
	shard  *shard
	legs   [2]*leg
	coming int // legs that are being made
}

// Deps are what a Node works with. Log is required.
type Deps struct {
	// Streams gives the TCP connections that speak ICE-TCP; nil: UDP only. The Node
	// closes it when it ends.
	Streams net.Listener
	Log     *slog.Logger
}

// New binds the node's port. The caller runs Run, or the port stays bound.
func New(c Config, deps Deps) (*Node, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	listen, err := parseListen(c.Listen)
	if err != nil {
		return nil, err
	}
	id, err := newIdentity()
	if err != nil {
		return nil, err
	}
	n := &Node{
		config: c, listen: listen, log: deps.Log, logging: quiet{}, identity: id,
		events: make(chan Event, eventsQueued), keyframes: make(chan Keyframe, keyframesQueued), pairs: map[models.PairID]*pair{},
	}
	if n.advertise, err = c.addresses(listen); err != nil {
		return nil, err
	}
	for _, a := range n.advertise {
		n.private = n.private || a.IP.IsLoopback() || a.IP.IsPrivate()
	}
	if deps.Streams != nil && c.TCPPort >= 0 {
		n.tcpAddresses = c.tcpAddresses(n.advertise, deps.Streams.Addr())
	}
	first, err := n.openShard(0)
	if err != nil {
		return nil, err
	}
	n.shards = []*shard{first}
	if deps.Streams != nil {
		n.tcp = newStreams(deps.Streams)
	}
	return n, nil
}

// Local is the UDP address that is listened on, the first if there are several.
func (n *Node) Local() netip.AddrPort {
	n.mu.Lock()
	defer n.mu.Unlock()
	return netip.AddrPortFrom(n.listen.Addr(), n.shards[0].media.Port())
}

// Addresses are the UDP addresses at which browsers reach the node now.
func (n *Node) Addresses() []netip.AddrPort {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []netip.AddrPort
	for _, s := range n.shards {
		list = append(list, s.addresses...)
	}
	return list
}

// Run watches over the legs until ctx ends, then closes all of them and the ports, and
// waits for everything.
func (n *Node) Run(ctx context.Context) error {
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
			n.settle()
			for _, l := range n.all() {
				l.check()
			}
		}
	}
	n.mu.Lock()
	n.closing = true
	n.mu.Unlock()
	for _, l := range n.all() {
		l.stop(nil)
	}
	n.running.Wait()
	var problems []error
	for _, s := range n.shards {
		problems = append(problems, s.close())
	}
	if n.tcp != nil {
		problems = append(problems, n.tcp.Close())
	}
	return errors.Join(problems...)
}

// Load is how many legs there are, and how many there may be.
func (n *Node) Load() (legs, most int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.legs, n.config.MaxLegs
}

func (n *Node) all() []*leg {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []*leg
	for _, p := range n.pairs {
		for _, l := range p.legs {
			if l != nil {
				list = append(list, l)
			}
		}
	}
	return list
}

func (n *Node) leg(pair models.PairID, side Side) *leg {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.pairs[pair]; p != nil {
		return p.legs[side&1]
	}
	return nil
}

// reserve finds the shard of a leg that is to be made; enter or forgo follows.
func (n *Node) reserve(id models.PairID, side Side) (*shard, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.pairs[id]
	switch {
	case n.closing:
		return nil, ErrClosed
	case (p == nil || p.legs[side] == nil) && n.legs >= n.config.MaxLegs:
		return nil, ErrFull
	case p == nil:
		p = &pair{shard: n.place()}
		p.shard.pairs++
		p.shard.fresh++
		n.pairs[id] = p
	}
	p.coming++
	return p.shard, nil
}

// forgo gives up what reserve promised.
func (n *Node) forgo(id models.PairID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pairs[id].coming--
	n.tidy(id)
}

// tidy forgets a pair that has nobody. The mutex is held.
func (n *Node) tidy(id models.PairID) {
	if p := n.pairs[id]; p.coming == 0 && p.legs[A] == nil && p.legs[B] == nil {
		p.shard.pairs--
		p.shard.fresh = min(p.shard.fresh, float64(p.shard.pairs))
		delete(n.pairs, id)
	}
}

// enter puts a new leg into its place and returns whom it replaces.
func (n *Node) enter(l *leg) (old *leg, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.pairs[l.pair]
	p.coming--
	if n.closing {
		n.tidy(l.pair)
		return nil, ErrClosed
	}
	if old = p.legs[l.side]; old == nil {
		if n.legs >= n.config.MaxLegs {
			n.tidy(l.pair)
			return nil, ErrFull
		}
		n.legs++
	}
	p.legs[l.side] = l
	n.running.Add(1)
	if partner := p.legs[l.side.Other()]; partner != nil {
		p.shard.media.Pair(l.media, partner.media)
	}
	return old, nil
}

// leave takes a leg out of its place, unless another has it by now.
func (n *Node) leave(l *leg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.pairs[l.pair]
	if p == nil || p.legs[l.side] != l {
		return
	}
	p.legs[l.side] = nil
	n.legs--
	n.tidy(l.pair)
}

// CloseLeg ends a leg, if it is there. Its partner stays.
func (n *Node) CloseLeg(pair models.PairID, side Side) {
	if l := n.leg(pair, side); l != nil {
		l.stop(nil)
	}
}

// ClosePair ends both legs, if they are there.
func (n *Node) ClosePair(pair models.PairID) {
	n.CloseLeg(pair, A)
	n.CloseLeg(pair, B)
}

// Hold stops forwarding of what a visitor publishes, or lets it go on.
func (n *Node) Hold(pair models.PairID, side Side, k relay.Kind, hold bool) error {
	l := n.leg(pair, side)
	if l == nil {
		return ErrNoLeg
	}
	l.media.Hold(k, hold)
	return nil
}

// Sample turns copies of a visitor's keyframes on or off. It asks for none: see AskKeyframe.
func (n *Node) Sample(pair models.PairID, side Side, on bool) error {
	l := n.leg(pair, side)
	if l == nil {
		return ErrNoLeg
	}
	l.media.Sample(on)
	return nil
}

// AskKeyframe asks a visitor's browser for a keyframe. Requests that come too close together are left out.
func (n *Node) AskKeyframe(pair models.PairID, side Side) error {
	l := n.leg(pair, side)
	if l == nil {
		return ErrNoLeg
	}
	l.media.AskKeyframe()
	return nil
}

// SentBPS is how much video of a visitor can be looked at, in bits per second; 0 without a leg, and while it is held:
// no keyframe is copied then, and asking for one would be in vain.
func (n *Node) SentBPS(pair models.PairID, side Side) int {
	if l := n.leg(pair, side); l != nil && !l.media.Held(relay.Video) {
		return l.media.Statistics().Video.BPS
	}
	return 0
}
