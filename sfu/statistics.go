package sfu

import (
	"time"

	"omezle/models"
	"omezle/sfu/relay"
	"omezle/sfu/relay/udp"
)

// Statistics of one leg.
type Statistics struct {
	relay.Statistics
	Connected bool
	RoundTrip time.Duration // by the last STUN check; 0: not known
	Path      string        // "udp", "tcp", or empty: none yet
}

// Statistics of a pair's legs, by side; nil where there is none.
func (n *Node) Statistics(pair models.PairID) [2]*Statistics {
	var both [2]*Statistics
	for side := range both {
		l := n.leg(pair, Side(side))
		if l == nil {
			continue
		}
		s := &Statistics{Statistics: l.media.Statistics(), Connected: l.connected.Load()}
		if selected, err := l.agent.GetSelectedCandidatePair(); err == nil && selected != nil {
			s.Path = selected.Local.NetworkType().NetworkShort()
		}
		if p, ok := l.agent.GetSelectedCandidatePairStats(); ok {
			s.RoundTrip = time.Duration(p.CurrentRoundTripTime * float64(time.Second))
		}
		both[side] = s
	}
	return both
}

// Counters of the node.
type Counters struct {
	UDP        udp.Counters
	LostEvents uint64
}

// Counters since the node began.
func (n *Node) Counters() Counters {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := Counters{LostEvents: n.lostEvents.Load()}
	for _, s := range n.shards {
		c.UDP = c.UDP.Plus(s.media.Counters())
	}
	return c
}
