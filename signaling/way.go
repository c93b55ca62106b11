package signaling

import (
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// way is one route that a pair's media takes or is to take, as all nodes speak of it.
type way struct {
	Epoch     uint32             `json:"e"`
	Route     models.Route       `json:"r"`
	Forced    bool               `json:"f,omitempty"`
	Relays    bool               `json:"t,omitempty"` // TURN servers may be used
	RelayOnly bool               `json:"o,omitempty"` // and nothing else
	Cause     models.RouteReason `json:"c,omitempty"`
	SFU       models.NodeID      `json:"n,omitempty"` // the media server of route sfu; empty: none was found
	Relayed   bool               `json:"y,omitempty"` // it was found to go through a relay
	// Blind is of route sfu when nobody can look at pictures and the operator wants them looked at: no server is used, and
	// nothing is shown.
	Blind bool `json:"b,omitempty"`
	// Sampling is how often pictures are looked at, of route sfu.
	Sampling models.SamplingPlan `json:"s,omitempty"`
}

// like reports whether two ways differ in nothing that a visitor's connection is made of.
func (w way) like(other way) bool {
	return w.Route == other.Route && w.RelayOnly == other.RelayOnly && w.Relays == other.Relays && w.Blind == other.Blind
}

// routing is a pair's media as the home of one side knows it; guarded by the session's mutex. Both sides have it, and
// follow the one that leads, see lead.
type routing struct {
	now       way
	next      *way   // being prepared
	last      uint32 // highest epoch heard of
	lingering []lingering
	offered   offered
	lead      *lead     // nil on the side that follows
	issued    time.Time // when the visitor last got ICE servers
}

// lingering is a media server's leg of a way that was replaced.
type lingering struct {
	way way
	end time.Time
}

// offered is the visitor's last offer to a media server that has not been answered.
type offered struct {
	epoch, attempt uint32
	until          time.Time // zero: none
}

// find returns the way of an epoch that is in use or prepared.
func (r *routing) find(epoch uint32) (way, bool) {
	switch {
	case epoch == r.now.Epoch:
		return r.now, true
	case r.next != nil && epoch == r.next.Epoch:
		return *r.next, true
	}
	return way{}, false
}

// prepare notes a way to be tried. It reports false for one that was overtaken already.
func (r *routing) prepare(w way) bool {
	if w.Epoch <= r.last {
		return false
	}
	r.last = w.Epoch
	r.next = &w
	return true
}

// commit makes a way the one in use. It reports false if it is that already or was overtaken.
func (r *routing) commit(w way, now time.Time) bool {
	r.last = max(r.last, w.Epoch)
	if w.Epoch < r.now.Epoch {
		return false
	}
	if w.Epoch == r.now.Epoch {
		r.now.Forced, r.now.Cause, r.now.Sampling = w.Forced, w.Cause, w.Sampling
		return false
	}
	if r.now.Route == models.RouteSFU {
		r.lingering = append(r.lingering, lingering{r.now, now.Add(protocol.Linger + lingerGrace)})
	}
	r.now = w
	if r.next != nil && r.next.Epoch <= w.Epoch {
		r.next = nil
	}
	return true
}

// lingerGrace is what a client gets to close by itself what it replaced.
const lingerGrace = 2 * time.Second

// rollback gives up the way of an epoch, if it is being prepared, and returns it.
func (r *routing) rollback(epoch uint32) *way {
	r.last = max(r.last, epoch) // its prepare may come late
	if r.next == nil || r.next.Epoch != epoch {
		return nil
	}
	given := r.next
	r.next = nil
	return given
}

// servers are the ways that have a leg on a media server now.
func (r *routing) servers() []way {
	list := []way{r.now}
	if r.next != nil {
		list = append(list, *r.next)
	}
	for _, old := range r.lingering {
		list = append(list, old.way)
	}
	kept := list[:0]
	for _, w := range list {
		if w.Route == models.RouteSFU && w.SFU != "" {
			kept = append(kept, w)
		}
	}
	return kept
}

// step is what a client is told of a way; prepare gets ICE servers besides.
func (w way) step(pair models.PairID, phase protocol.RoutePhase) *protocol.RouteStep {
	return &protocol.RouteStep{
		Type: protocol.KindRoute, Pair: pair, Epoch: w.Epoch, Phase: phase, Route: w.Route,
		Forced: w.Forced, RelayOnly: w.RelayOnly, Cause: w.Cause,
	}
}

// taken is the route as history has it: what was found counts more than what was asked for.
func (w way) taken() models.Route {
	if w.Route == models.RouteP2P && w.Relayed {
		return models.RouteTURN
	}
	return w.Route
}
