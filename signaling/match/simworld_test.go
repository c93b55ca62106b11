//go:build unix

package match

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"omezle/models"
)

// world is what signalling is in a simulation: nodes that own the tickets of
// their visitors, ask one another to confirm pairs, and poll. It knows all pairs.
type world struct {
	t       testing.TB
	ctx     context.Context
	cancel  context.CancelFunc
	nodes   []*simNode
	workers sync.WaitGroup // those who bring visitors
	loops   sync.WaitGroup // the nodes' poll loops
	polled  chan struct{}  // a node has polled; nobody needs to listen

	mu     sync.Mutex
	paired map[models.SessionID]*simVisitor // who is in a pair now
	stats  struct{ pairs, rematches, refused, missing, died int }
}

// simVisitor is one session. Its node's lock protects it.
type simVisitor struct {
	ticket Ticket
	node   *simNode
	rounds int // pairs it still wants
}

type simNode struct {
	id models.NodeID
	m  *Matcher
	w  *world

	mu      sync.Mutex
	dead    bool
	waiting map[models.SessionID]*simVisitor // also those whose Join is under way
	missing map[models.SessionID]time.Time   // since when
	stop    context.CancelFunc
}

const (
	simPoll    = 50 * time.Millisecond
	simMissing = 200 * time.Millisecond // 2 s in life
)

func newWorld(t testing.TB) *world {
	ctx, cancel := context.WithCancel(t.Context())
	return &world{
		t: t, ctx: ctx, cancel: cancel, polled: make(chan struct{}),
		paired: map[models.SessionID]*simVisitor{},
	}
}

func (w *world) start(m *Matcher) *simNode {
	ctx, cancel := context.WithCancel(w.ctx)
	n := &simNode{
		id: models.NewNodeID(), m: m, w: w, stop: cancel,
		waiting: map[models.SessionID]*simVisitor{}, missing: map[models.SessionID]time.Time{},
	}
	w.nodes = append(w.nodes, n)
	w.loops.Go(func() { n.run(ctx) })
	return n
}

// stop ends the nodes and waits for them.
func (w *world) stop() {
	w.cancel()
	w.loops.Wait()
}

// kill takes a node out at once: nobody leaves, nobody answers. Joins that are
// under way may still reach Redis.
func (w *world) kill(n *simNode) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dead = true
	w.mu.Lock()
	w.stats.died = len(n.waiting)
	w.mu.Unlock()
	n.waiting = nil
	n.stop()
}

// arrive lets a visitor wait, or meet somebody.
func (w *world) arrive(v *simVisitor) {
	n := v.node
	n.mu.Lock()
	if n.dead {
		n.mu.Unlock()
		return
	}
	n.waiting[v.ticket.Session] = v // before Join: it may be claimed before Join returns
	k := v.ticket
	n.mu.Unlock()

	match, joined, err := n.m.Join(w.t.Context(), k)
	if err != nil {
		w.t.Error(err)
		return
	}
	if match == nil {
		n.mu.Lock()
		v.ticket.JoinedAt = joined
		n.mu.Unlock()
		return
	}
	w.propose(n, v, match)
}

// propose is what the node does that has found a match: both sessions must still
// wait; who waits alone joins again at its old place.
func (w *world) propose(n *simNode, self *simVisitor, match *Match) {
	if !n.accept(match.Self.Session) {
		return // it has agreed to another pair meanwhile, or its node is dead
	}
	other := w.node(match.Other.Node)
	if other == nil || !other.accept(match.Other.Session) {
		w.mu.Lock()
		w.stats.refused++
		delete(w.paired, match.Self.Session)
		w.mu.Unlock()
		n.mu.Lock()
		self.ticket.JoinedAt = match.Self.JoinedAt
		n.mu.Unlock()
		w.arrive(self)
		return
	}
	partner := w.pair(self, match)
	if partner == nil {
		return
	}
	for _, v := range []*simVisitor{self, partner} {
		w.next(v)
	}
}

// next ends a visitor's pair; it may want another one.
func (w *world) next(v *simVisitor) {
	w.mu.Lock()
	delete(w.paired, v.ticket.Session)
	w.mu.Unlock()
	v.node.mu.Lock()
	v.rounds--
	more := v.rounds > 0
	v.ticket.JoinedAt = time.Time{}
	v.node.mu.Unlock()
	if more {
		w.arrive(v)
	}
}

// accept takes a session out of those who wait, once.
func (n *simNode) accept(s models.SessionID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	v, ok := n.waiting[s]
	if !ok {
		return false
	}
	delete(n.waiting, s)
	delete(n.missing, s)
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	if n.w.paired[s] != nil {
		n.w.t.Errorf("%s is in two pairs", s)
	}
	n.w.paired[s] = v
	return true
}

func (w *world) node(id models.NodeID) *simNode {
	for _, n := range w.nodes {
		if n.id == id {
			return n
		}
	}
	return nil
}

// pair checks a pair that both have agreed to, and returns the partner.
func (w *world) pair(self *simVisitor, match *Match) *simVisitor {
	w.mu.Lock()
	defer w.mu.Unlock()
	other := w.paired[match.Other.Session]
	if other == nil {
		w.t.Errorf("%s is not there", match.Other.Session)
		return nil
	}
	a, b := &self.ticket, &other.ticket
	if !mayMeet(a, b) {
		w.t.Errorf("%+v and %+v must not meet", a, b)
	}
	recent := slices.Contains(a.Recent, b.Device) || slices.Contains(b.Recent, a.Device)
	if recent != match.Rematch {
		w.t.Errorf("%+v and %+v: rematch is %v", a, b, match.Rematch)
	}
	a.Recent, b.Recent = append([]models.DeviceID{b.Device}, a.Recent...), append([]models.DeviceID{a.Device}, b.Recent...)
	w.stats.pairs++
	if match.Rematch {
		w.stats.rematches++
	}
	return other
}

// run is a node's poll loop.
func (n *simNode) run(ctx context.Context) {
	tick := time.NewTicker(simPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		n.poll(ctx)
		select {
		case n.w.polled <- struct{}{}:
		default:
		}
	}
}

func (n *simNode) poll(ctx context.Context) {
	n.mu.Lock()
	var tickets []*Ticket
	visitors := map[models.SessionID]*simVisitor{}
	for s, v := range n.waiting {
		if !v.ticket.JoinedAt.IsZero() { // else its first Join is under way
			k := v.ticket
			tickets = append(tickets, &k)
			visitors[s] = v
		}
	}
	n.mu.Unlock()
	outcomes, err := n.m.Poll(ctx, tickets)
	if err != nil && ctx.Err() == nil {
		n.w.t.Error(err)
	}
	absent := map[models.SessionID]bool{}
	for _, o := range outcomes {
		v := visitors[o.Ticket.Session]
		if o.Match != nil {
			n.w.propose(n, v, o.Match)
			continue
		}
		absent[o.Ticket.Session] = true
		if n.lost(o.Ticket.Session) {
			n.w.arrive(v)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for s := range n.missing {
		if !absent[s] {
			delete(n.missing, s)
		}
	}
}

// lost tells whether a ticket that waits here has been missing for long.
func (n *simNode) lost(s models.SessionID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.waiting[s] == nil {
		return false
	}
	since, ok := n.missing[s]
	if !ok {
		n.missing[s] = time.Now()
		return false
	}
	if time.Since(since) < simMissing {
		return false
	}
	delete(n.missing, s)
	n.w.mu.Lock()
	n.w.stats.missing++
	n.w.mu.Unlock()
	return true
}

// leftOut compares everybody who waits with everybody.
func (w *world) leftOut() (a, b *Ticket) {
	var all []Ticket
	for _, n := range w.nodes {
		n.mu.Lock()
		for _, v := range n.waiting {
			all = append(all, v.ticket)
		}
		n.mu.Unlock()
	}
	for i := range all {
		for j := range all[:i] {
			if mayMeet(&all[i], &all[j]) {
				return &all[i], &all[j]
			}
		}
	}
	return nil, nil
}

func (w *world) report() {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting := 0
	for _, n := range w.nodes {
		waiting += len(n.waiting)
	}
	w.t.Logf("%d pairs, %d of them rematches; %d proposals refused, %d tickets joined again, %d died, %d wait",
		w.stats.pairs, w.stats.rematches, w.stats.refused, w.stats.missing, w.stats.died, waiting)
	if w.stats.died == 0 {
		w.t.Error("nobody waited on the node that died")
	}
	if w.stats.pairs < simVisitors/2 {
		w.t.Errorf("only %d pairs", w.stats.pairs)
	}
}
