package bus

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/models"
)

// Sighting is what the registry holds of a node.
type Sighting struct {
	NodeInfo
	// Seen is the time of its last heartbeat by the clock of Redis.
	Seen time.Time
	// Silent is how long ago that was.
	Silent time.Duration
}

// Skew is how far the node's clock is ahead of that of Redis, as of its last heartbeat; a few milliseconds are the way
// there. False when the node does not tell its time.
func (s Sighting) Skew() (time.Duration, bool) {
	return s.Clock.Sub(s.Seen), !s.Clock.IsZero() && !s.Seen.IsZero()
}

// Look reads the registry without a place in it, for who wants to know what is there. Nodes that are not yet known to be
// dead are in it too: see Silent.
func Look(ctx context.Context, rdb redis.UniversalClient) ([]Sighting, error) {
	r := registry{rdb: rdb}
	nodes, err := r.nodes(ctx)
	if err != nil {
		return nil, err
	}
	seen, err := rdb.ZRangeWithScores(ctx, keySeen, 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("bus: read nodes: %w", err)
	}
	now, err := rdb.Time(ctx).Result()
	if err != nil {
		return nil, fmt.Errorf("bus: read time: %w", err)
	}
	beats := make(map[models.NodeID]time.Time, len(seen))
	for _, z := range seen {
		if id, ok := z.Member.(string); ok {
			beats[models.NodeID(id)] = time.UnixMilli(int64(z.Score))
		}
	}
	list := make([]Sighting, len(nodes))
	for i, node := range nodes {
		list[i] = Sighting{NodeInfo: node, Seen: beats[node.ID]}
		if !list[i].Seen.IsZero() {
			list[i].Silent = max(0, now.Sub(list[i].Seen))
		}
	}
	return list, nil
}
