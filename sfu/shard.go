package sfu

import (
	"fmt"
	"net/netip"

	"github.com/pion/ice/v4"

	"omezle/sfu/relay"
	"omezle/sfu/relay/udp"
)

const (
	// shardFull is the share of a core, as the loop measures it, from which on new pairs
	// go elsewhere. Those that are there may still grow.
	shardFull = 0.6
	// pairShare is what a pair that has just come is taken to need, until it shows in
	// what is measured: about 120 fill a core.
	pairShare = 0.008
)

// shard is one UDP port with its relay, its ICE mux and the candidates of its legs.
type shard struct {
	media     *relay.Shard
	mux       *onePort
	addresses []netip.AddrPort // as browsers see them
	lines     []string         // candidates

	// Guarded by the node's mutex.
	pairs int
	fresh float64 // pairs that came just now
}

// openShard binds the i-th port.
func (n *Node) openShard(i int) (*shard, error) {
	at := n.listen
	if at.Port() != 0 {
		at = netip.AddrPortFrom(at.Addr(), at.Port()+uint16(i))
	}
	socket, err := udp.Listen(at)
	if err != nil {
		return nil, fmt.Errorf("sfu: %w", err)
	}
	port := socket.Local().Port()
	s := &shard{media: relay.NewShard(socket, n.config.Gather)}
	for _, a := range n.advertise {
		s.addresses = append(s.addresses, a.at(port))
	}
	s.lines = candidateLines(s.addresses, n.tcpAddresses)
	mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: s.media, Logger: quiet{}.NewLogger("")})
	s.mux = newOnePort(mux, s.addresses, port)
	return s, nil
}

// close ends the port: first its reads, so that the mux's loop ends at the next one and
// not somewhere before.
func (s *shard) close() error {
	err := s.media.Close()
	<-s.media.Stopped()
	if e := s.mux.Close(); err == nil {
		err = e
	}
	return err
}

func (s *shard) share() float64 { return s.media.Busy() + s.fresh*pairShare }

// place chooses the shard of a new pair: the first that is not busy, so that a quiet
// node wakes up for one port only. When all are busy a further one is opened, while
// there may be more. The mutex is held.
func (n *Node) place() *shard {
	best := n.shards[0]
	for _, s := range n.shards {
		if s.share() < shardFull {
			return s
		}
		if s.share() < best.share() {
			best = s
		}
	}
	if len(n.shards) >= n.config.shards() || n.noMore {
		return best
	}
	further, err := n.openShard(len(n.shards))
	if err != nil {
		n.noMore = true
		n.log.Warn("no further media port, new calls share those in use", "err", err)
		return best
	}
	n.shards = append(n.shards, further)
	n.log.Info("a further media port is open", "port", further.media.Port(), "ports", len(n.shards))
	return further
}

// settle lets what came lately count as measured, by and by. It is called each second.
func (n *Node) settle() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.shards {
		s.fresh /= 2
	}
}

// ShardStatistics of one UDP port.
type ShardStatistics struct {
	Port  uint16
	Pairs int
	Busy  float64 // share of a core during the last second
}

// Shards are the UDP ports that are open, in the order in which they fill.
func (n *Node) Shards() []ShardStatistics {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []ShardStatistics
	for _, s := range n.shards {
		list = append(list, ShardStatistics{Port: s.media.Port(), Pairs: s.pairs, Busy: s.media.Busy()})
	}
	return list
}
