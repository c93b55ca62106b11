package moderation

import (
	"sync"
	"time"

	"omezle/models"
)

const (
	// violationAge is how long a violation counts.
	violationAge = 24 * time.Hour
	// maxCalls bounds the visitors that are remembered; over it those longest without a violation are forgotten.
	maxCalls = 10_000
)

// visitor is one side of a call.
type visitor struct {
	pair models.PairID
	side models.Side
}

// conduct is what a visitor has done in one call.
type conduct struct {
	violations int
	rule       string // of the newest violation
	at         time.Time
	stopped    bool // a verdict has stopped the video
}

// calls remembers the conduct of visitors who broke a rule. Its methods are safe for concurrent use.
type calls struct {
	mu       sync.Mutex
	visitors map[visitor]*conduct
}

// violation counts one, and returns which one of the call it is. Not fresh: it is the one before, by another rule.
func (c *calls) violation(v visitor, rule string, at time.Time) (n int, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.visitors[v]
	switch {
	case known == nil:
		c.makeRoom()
		known = &conduct{}
		c.visitors[v] = known
	case known.violations > 0 && known.rule != rule && at.Sub(known.at) < models.OneViolation:
		return known.violations, false
	case at.Sub(known.at) > violationAge:
		known.violations = 0
	}
	known.violations++
	known.rule, known.at = rule, at
	return known.violations, true
}

// makeRoom forgets the oldest, if there are too many.
func (c *calls) makeRoom() {
	if len(c.visitors) < maxCalls {
		return
	}
	var oldest visitor
	var since time.Time
	for v, known := range c.visitors {
		if since.IsZero() || known.at.Before(since) {
			oldest, since = v, known.at
		}
	}
	delete(c.visitors, oldest)
}

// forget drops what is too old to count.
func (c *calls) forget(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for v, known := range c.visitors {
		if now.Sub(known.at) > violationAge {
			delete(c.visitors, v)
		}
	}
}

// stop notes that a verdict has stopped the video of a visitor.
func (c *calls) stop(v visitor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.visitors[v]; known != nil {
		known.stopped = true
	}
}

func (c *calls) stopped(v visitor) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.visitors[v]
	return known != nil && known.stopped
}
