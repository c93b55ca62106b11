package bus

import (
	"context"
	"sync"

	"omezle/models"
)

// goneQueue holds the nodes that OnGone is still to be told of: never more than
// there are nodes.
type goneQueue struct {
	mu   sync.Mutex
	ids  []models.NodeID
	wake chan struct{}
}

func (q *goneQueue) put(id models.NodeID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ids = append(q.ids, id)
	signal(q.wake)
}

func (q *goneQueue) take() []models.NodeID {
	q.mu.Lock()
	defer q.mu.Unlock()
	ids := q.ids
	q.ids = nil
	return ids
}

// runGone calls OnGone, apart from the heartbeat so that it may take its time.
func (b *Bus) runGone(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.gone.wake:
		}
		for _, id := range b.gone.take() {
			b.onGone(id)
		}
	}
}

// runResets calls OnReset; what comes while it runs makes it run once more.
func (b *Bus) runResets(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.reset:
		}
		b.onReset(ctx)
	}
}
