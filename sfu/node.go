package sfu

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"

	"omezle/models"
	"omezle/sfu/relay"
	"omezle/sfu/relay/udp"
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
	config    Config
	listen    netip.AddrPort
	log       *slog.Logger
	logging   logging.LoggerFactory
	identity  *identity
	shard     *relay.Shard
	mux       *onePort
	tcp       ice.TCPMux       // nil without ICE-TCP
	addresses []netip.AddrPort // of UDP, as browsers see them
	lines     []string         // candidates
	private   bool             // one of our addresses is; then visitors may be there too
	events    chan Event
	keyframes chan Keyframe

	lostEvents atomic.Uint64

	mu      sync.Mutex // guards what follows
	pairs   map[models.PairID]*[2]*leg
	legs    int
	closing bool
	running sync.WaitGroup // legs
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
	socket, err := udp.Listen(listen)
	if err != nil {
		return nil, fmt.Errorf("sfu: %w", err)
	}
	local := socket.Local()
	given := c.Advertise
	if len(given) == 0 {
		if given, err = interfaceAddresses(local.Addr()); err != nil {
			_ = socket.Release()
			return nil, err
		}
	}
	var addresses []netip.AddrPort
	for _, a := range given {
		addresses = append(addresses, a.at(local.Port()))
	}
	n := &Node{
		config: c, listen: listen, log: deps.Log, logging: quiet{}, identity: id, shard: relay.NewShard(socket),
		events: make(chan Event, eventsQueued), addresses: addresses,
		keyframes: make(chan Keyframe, keyframesQueued), pairs: map[models.PairID]*[2]*leg{},
	}
	for _, a := range addresses {
		n.private = n.private || a.Addr().IsLoopback() || a.Addr().IsPrivate()
	}
	var tcp []netip.AddrPort
	if deps.Streams != nil && c.TCPPort >= 0 {
		n.tcp = newStreams(deps.Streams)
		tcp = c.tcpAddresses(given, deps.Streams.Addr())
	}
	n.lines = candidateLines(addresses, tcp)
	mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: n.shard, Logger: quiet{}.NewLogger("")})
	n.mux = newOnePort(mux, addresses, local.Port())
	return n, nil
}

// Local is the UDP address that is listened on.
func (n *Node) Local() netip.AddrPort {
	return netip.AddrPortFrom(n.listen.Addr(), n.shard.Port())
}

// Addresses are the UDP addresses at which browsers reach the node.
func (n *Node) Addresses() []netip.AddrPort { return slices.Clone(n.addresses) }

// Run watches over the legs until ctx ends, then closes all of them and the port, and
// waits for everything.
func (n *Node) Run(ctx context.Context) error {
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
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
	// The port first: the mux's read loop then ends at its next read, not somewhere before.
	err := n.shard.Close()
	<-n.shard.Stopped()
	err = errors.Join(err, n.mux.Close())
	if n.tcp != nil {
		err = errors.Join(err, n.tcp.Close())
	}
	return err
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
	for _, pair := range n.pairs {
		for _, l := range pair {
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
		return p[side&1]
	}
	return nil
}

// enter puts a new leg into its place and returns whom it replaces.
func (n *Node) enter(l *leg) (old *leg, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closing {
		return nil, ErrClosed
	}
	p := n.pairs[l.pair]
	if p == nil {
		p = &[2]*leg{}
	}
	if old = p[l.side]; old == nil {
		if n.legs >= n.config.MaxLegs {
			return nil, ErrFull
		}
		n.legs++
	}
	n.pairs[l.pair] = p
	p[l.side] = l
	n.running.Add(1)
	if partner := p[l.side.Other()]; partner != nil {
		n.shard.Pair(l.media, partner.media)
	}
	return old, nil
}

// leave takes a leg out of its place, unless another has it by now.
func (n *Node) leave(l *leg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.pairs[l.pair]
	if p == nil || p[l.side] != l {
		return
	}
	p[l.side] = nil
	n.legs--
	if p[l.side.Other()] == nil {
		delete(n.pairs, l.pair)
	}
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

// Sample turns copies of a visitor's keyframes on or off. It asks for one if on.
func (n *Node) Sample(pair models.PairID, side Side, on bool) error {
	l := n.leg(pair, side)
	if l == nil {
		return ErrNoLeg
	}
	l.media.Sample(on)
	if on {
		l.media.AskKeyframe()
	}
	return nil
}
