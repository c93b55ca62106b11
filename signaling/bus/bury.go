package bus

import (
	"context"
	"slices"
	"sync"
	"time"

	"omezle/models"
)

// burials are those that this node holds the lease of. Goroutines of burials
// only remove themselves.
type burials struct {
	mu   sync.Mutex
	held map[models.NodeID]*burial
	wg   sync.WaitGroup
}

type burial struct {
	cancel  context.CancelFunc
	renewed time.Time
}

func (bs *burials) len() int {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return len(bs.held)
}

func (bs *burials) ids() []models.NodeID {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	ids := make([]models.NodeID, 0, len(bs.held))
	for id := range bs.held {
		ids = append(ids, id)
	}
	return ids
}

// renewed notes that the leases hold from now on, but for the lost ones, whose
// contexts end.
func (bs *burials) renewed(now time.Time, lost []models.NodeID) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for id, one := range bs.held {
		if slices.Contains(lost, id) {
			one.cancel()
		} else {
			one.renewed = now
		}
	}
}

// cancelExpired ends the contexts of burials whose lease may run out before
// the next heartbeat.
func (bs *burials) cancelExpired(now time.Time, cfg Config) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for _, one := range bs.held {
		if now.Sub(one.renewed) > cfg.Lease-cfg.Interval {
			one.cancel()
		}
	}
}

func (bs *burials) wait() { bs.wg.Wait() }

// bury runs OnDead in a goroutine of its own.
func (h *heart) bury(ctx context.Context, dead models.NodeID, now time.Time) {
	bs := &h.burials
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.held[dead] != nil {
		return
	}
	if bs.held == nil {
		bs.held = map[models.NodeID]*burial{}
	}
	work, cancel := context.WithCancel(ctx)
	bs.held[dead] = &burial{cancel: cancel, renewed: now}
	bs.wg.Go(func() {
		defer cancel()
		h.log.Info("burying dead node", "peer", dead)
		err := h.onDead(work, dead)
		if err == nil {
			err = work.Err() // what was done under a lost lease is not done
		}
		end := h.registry.done
		if err != nil {
			h.log.Warn("burial failed", "peer", dead, "err", err)
			end = h.registry.release
		}
		bs.mu.Lock()
		delete(bs.held, dead)
		bs.mu.Unlock()
		last, cancelLast := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancelLast()
		if _, err := end(last, dead); err != nil { // the lease runs out instead
			h.log.Warn("burial could not be closed", "peer", dead, "err", err)
		}
	})
}
