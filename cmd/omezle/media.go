package main

import (
	"context"
	"net/netip"
	"slices"
	"sync/atomic"

	"omezle/models"
	"omezle/sfu"
	"omezle/sfu/port"
	"omezle/signaling/bus"
)

// media is what a node knows of media servers: the way to all of them, and its own if it has the role.
type media struct {
	servers *sfu.Servers
	node    *sfu.Node // nil without the role, as service
	service *sfu.Service
	ready   atomic.Bool // node and service are there
}

// startSFU starts the media server on its UDP ports and on the public TCP port.
func (n *node) startSFU(parts *services, public *port.Port) (err error) {
	s, log := n.settings, n.log.With("node", n.id)
	n.media.node, err = sfu.New(s.SFU, sfu.Deps{Streams: public.Listener(port.ICETCP), Log: log})
	if err != nil {
		return err
	}
	n.media.service = sfu.NewService(n.media.node, n.outbox(tagMediaHome), log)
	n.watchSFU()
	n.startFrames(parts)
	parts.start("media server", n.media.node.Run)
	parts.start("media service", n.media.service.Run)
	n.media.ready.Store(true)
	n.bus.Announce()
	log.Info("media server", "addresses", n.media.node.Addresses())
	return nil
}

// watchSFU publishes what the media server counts.
func (n *node) watchSFU() {
	server := n.media.node
	count := func(name, help string, of func(sfu.Counters) uint64) {
		n.private.count("omezle_sfu_"+name, help, func() float64 { return float64(of(server.Counters())) })
	}
	count("datagrams_received_total", "UDP datagrams that came.", func(c sfu.Counters) uint64 { return c.UDP.Received })
	count("datagrams_sent_total", "UDP datagrams sent.", func(c sfu.Counters) uint64 { return c.UDP.Sent })
	count("send_errors_total", "Messages that the kernel refused to send.", func(c sfu.Counters) uint64 { return c.UDP.SendErrors })
	count("events_lost_total", "Events of legs that came while the queue was full.", func(c sfu.Counters) uint64 { return c.LostEvents })
	n.private.gauge("omezle_sfu_legs", "Visitors whose media this node relays.", func() float64 { return float64(n.media.legs()) })
	n.private.gauge("omezle_sfu_ports", "UDP ports in use.", func() float64 { return float64(len(server.Shards())) })
	n.private.gauge("omezle_sfu_busy_cores", "Work of all ports in the last second, in cores.", func() float64 {
		sum := 0.0
		for _, s := range server.Shards() {
			sum += s.Busy
		}
		return sum
	})
}

// receive takes a message for the media server; there may be none, or none yet.
func (m *media) receive(from models.NodeID, payload []byte) {
	if m.ready.Load() {
		m.service.Receive(from, payload[len(tagMediaServer):])
	}
}

func (m *media) legs() int {
	if m.node == nil {
		return 0
	}
	legs, _ := m.node.Load()
	return legs
}

// describe is what the other nodes are told of the media server; nil before it serves.
func (m *media) describe() *bus.SFUInfo {
	if !m.ready.Load() {
		return nil
	}
	legs, most := m.node.Load()
	return &bus.SFUInfo{Legs: legs, Max: most, Addresses: m.node.Addresses()}
}

// drain moves the calls elsewhere, if there are other nodes.
func (m *media) drain(ctx context.Context, others bool) error {
	if m.service == nil || !others {
		return nil
	}
	return m.service.Drain(ctx)
}

// mediaServers are those of all nodes.
func (n *node) mediaServers() []sfu.ServerInfo {
	var list []sfu.ServerInfo
	for _, node := range n.bus.Nodes() {
		if node.SFU != nil {
			list = append(list, sfu.ServerInfo{Node: node.ID, Region: node.Region, Legs: node.SFU.Legs, Max: node.SFU.Max, Draining: node.Draining})
		}
	}
	return list
}

// mediaAddresses is where browsers reach media servers by UDP, which TURN may relay to.
func (n *node) mediaAddresses() []netip.AddrPort {
	var list []netip.AddrPort
	for _, node := range n.bus.Nodes() {
		if node.SFU != nil {
			list = append(list, node.SFU.Addresses...)
		}
	}
	return list
}

// peers are the other nodes that have visitors.
func (n *node) peers() []models.NodeID {
	var list []models.NodeID
	for _, node := range n.bus.Nodes() {
		if node.ID != n.id && slices.Contains(node.Roles, roleSignaling) {
			list = append(list, node.ID)
		}
	}
	return list
}
