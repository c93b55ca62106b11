package signaling

import (
	"slices"
	"time"

	"omezle/models"
	"omezle/signaling/limit"
	"omezle/signaling/protocol"
)

const (
	// parallelAfter is how long the first connection of a pair may take until another way is tried beside it.
	parallelAfter = 2500 * time.Millisecond
	// avoidFor is how long a pair does not go back to a media server that failed it.
	avoidFor = 15 * time.Second
	// serverTries is how many media servers a pair tries in a row before that route counts as failed.
	serverTries = 3
	// retryForced is how long a forced way that shows nothing is left alone before another try.
	retryForced = 4 * time.Second
	// unsaidFor is after what time a pair whose clients never say ready is not looked at any more.
	unsaidFor = time.Minute
	// syncAfter and syncs: a commit is said again, in case the partner's node did not hear it.
	syncAfter = time.Second
	syncs     = 3
)

// lead is what the home of the polite side knows besides, since it decides for both.
type lead struct {
	decision models.RouteDecision
	facts    models.VisitorFacts // of the partner
	ready    [2]bool             // of the way being prepared: this side, the partner
	deadline time.Time           // of it
	since    time.Time           // the way in use is in use
	works    [2]bool             // of the way in use: this side, the partner
	via      [2]protocol.Via     // likewise
	means    means               // that decision was made with
	broken   bool                // it failed after it had worked
	failed   []models.Route      // tried in vain
	avoid    []avoided
	tries    int          // media servers in a row that came to nothing
	again    time.Time    // a forced way that shows nothing is tried anew then
	changes  limit.Bucket // of changes that visitors cause
	asked    time.Time    // the policy is asked again then; zero: nobody wants it
	operator models.Route // staff's wish; empty: none
	forced   bool         // of operator
	syncs    int          // how often the commit is yet to be said
	syncAt   time.Time
}

// changeRate is how often visitors may have their call change its way: every change makes the partner's browser work.
var changeRate = limit.Rate{PerSecond: 0.2, Burst: 8}

type avoided struct {
	node  models.NodeID
	until time.Time
}

// connected reports whether both sides said that the way in use works.
func (l *lead) connected() bool { return l.works[0] && l.works[1] }

// via joins what both sides said of a way: a relay on either side relays both.
func viaOf(said [2]protocol.Via) protocol.Via {
	switch {
	case slices.Contains(said[:], protocol.ViaServer):
		return protocol.ViaServer
	case slices.Contains(said[:], protocol.ViaRelay):
		return protocol.ViaRelay
	}
	return protocol.ViaDirect
}

// shun notes a media server that failed the pair.
func (l *lead) shun(node models.NodeID, now time.Time) {
	l.avoid = slices.DeleteFunc(l.avoid, func(a avoided) bool { return a.node == node || now.After(a.until) })
	if node != "" {
		l.avoid = append(l.avoid, avoided{node, now.Add(avoidFor)})
	}
}

func (l *lead) shunned(now time.Time) []models.NodeID {
	var nodes []models.NodeID
	for _, a := range l.avoid {
		if now.Before(a.until) {
			nodes = append(nodes, a.node)
		}
	}
	return nodes
}

// fail notes a route that was tried in vain.
func (l *lead) fail(route models.Route) {
	if !slices.Contains(l.failed, route) {
		l.failed = append(l.failed, route)
	}
}
