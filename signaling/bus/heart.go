package bus

import (
	"context"
	"time"

	"omezle/models"
)

// heart is the goroutine that beats: it alone changes the view and starts
// burials.
type heart struct {
	*Bus
	registry registry
	launch   func(*peer) // starts the peer's flusher

	burials burials
	dying   bool // the last heartbeat was refused, a burial of this node is going on
	failing bool // the last heartbeat could not be written
}

// run beats until ctx ends, and returns when no burial is left.
func (h *heart) run(ctx context.Context) {
	defer h.burials.wait()
	for _, s := range []*subscription{h.own, h.everyone} { // whom nobody can reach does not register
		select {
		case <-s.first:
		case <-ctx.Done():
			return
		}
	}
	signal(h.nudge)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.refresh:
		case <-timer.C:
		}
		wait := h.cfg.Interval
		if err := h.beat(ctx); err != nil {
			if ctx.Err() != nil {
				return
			}
			if !h.failing {
				h.log.Warn("bus heartbeat failed", "err", err)
			}
			h.failing = true
			wait /= 4
			h.burials.cancelExpired(time.Now(), h.cfg)
		} else if h.failing {
			h.failing = false
			h.log.Info("bus heartbeat restored")
		}
		timer.Reset(wait)
	}
}

// beat sends one heartbeat and acts on what it brought back.
func (h *heart) beat(ctx context.Context) error {
	attempt, cancel := context.WithTimeout(ctx, h.cfg.attempt())
	defer cancel()
	claims := 0
	if h.onDead != nil {
		claims = maxBurials - h.burials.len()
	}
	sentAt := time.Now()
	res, err := h.registry.beat(attempt, h.describe(), h.Nodes(), h.burials.ids(), claims)
	if err != nil {
		return err
	}
	h.burials.renewed(sentAt, res.lost)
	for _, id := range res.claimed {
		h.bury(ctx, id, sentAt)
	}
	h.health.beaten(sentAt, res.dying)
	if res.dying {
		if !h.dying {
			h.log.Warn("this node was declared dead and waits for the end of its burial")
		}
		h.dying = true
		return nil
	}
	h.dying = false
	if res.emptied || res.returned {
		h.log.Warn("this node had vanished from the registry", "emptied", res.emptied)
		signal(h.reset)
		signal(h.nudge)
	}
	h.apply(res.nodes)
	h.tellOthers(attempt, res.declared > 0)
	select {
	case <-h.ready:
	default:
		close(h.ready)
	}
	return nil
}

// apply replaces the view.
func (h *heart) apply(nodes []NodeInfo) {
	old := h.view.Load()
	next := &view{nodes: nodes, peers: make(map[models.NodeID]*peer, len(nodes))}
	for _, n := range nodes {
		if n.ID == h.self || len(n.ID) == 0 || len(n.ID) > maxID {
			continue
		}
		p := old.peers[n.ID]
		if p == nil {
			p = newPeer(channelOf(n.ID), headerLen(h.self), h.cfg, &h.counters.dropped)
			h.launch(p)
			h.log.Info("node joined", "peer", n.ID)
		}
		next.peers[n.ID] = p
	}
	h.view.Store(next)
	for id, p := range old.peers {
		if next.peers[id] == nil {
			p.close()
			h.log.Info("node gone", "peer", id)
			h.gone.put(id)
		}
	}
	h.inbox.sweep(func(id models.NodeID) bool { return next.peers[id] != nil })
}

// tellOthers asks them to look at the registry, if there is something to see.
func (h *heart) tellOthers(ctx context.Context, must bool) {
	select {
	case <-h.nudge:
	default:
		if !must {
			return
		}
	}
	h.publishNudge(ctx)
}

// publishNudge is best effort: without it the others look an interval later.
func (h *heart) publishNudge(ctx context.Context) {
	publish := h.publishFunc()
	message := appendHeader(nil, header{kind: kindRegistry, from: h.self})
	if err := publish(ctx, broadcastChannel, message).Err(); err != nil {
		h.log.Debug("bus publish failed", "err", err)
	}
}

// leave says good-bye.
func (h *heart) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.FlushGrace)
	defer cancel()
	if err := h.registry.leave(ctx); err != nil {
		h.log.Warn("node could not leave the registry and will be buried", "err", err)
		return
	}
	h.publishNudge(ctx)
}
