package signaling

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// clerk writes what nobody waits for and what must not be lost for a hiccup of the database: claims, bans, notes of flags,
// evidence. Its queue is bounded in entries and bytes; over it, and after the last try, an entry is dropped, counted and
// logged. Safe for concurrent use.
type clerk struct {
	log     *slog.Logger
	dropped func()

	mu    sync.Mutex // guards what follows
	jobs  []job
	bytes int
	woken chan struct{}
}

type job struct {
	what  string
	size  int // bytes that it holds on to
	do    func(context.Context) error
	tries int
	due   time.Time
}

const (
	clerkJobs  = 4096
	clerkBytes = 16 << 20
	clerkTries = 9 // over a good minute
	// clerkStop is what is left for the queue when the node stops.
	clerkStop = 2 * time.Second
)

func newClerk(log *slog.Logger, dropped func()) *clerk {
	return &clerk{log: log, dropped: dropped, woken: make(chan struct{}, 1)}
}

// put adds an entry. It never waits.
func (c *clerk) put(what string, size int, do func(context.Context) error) {
	c.mu.Lock()
	full := len(c.jobs) >= clerkJobs || c.bytes+size > clerkBytes
	if !full {
		c.jobs = append(c.jobs, job{what: what, size: size, do: do})
		c.bytes += size
	}
	c.mu.Unlock()
	if full {
		c.dropped()
		c.log.Warn("too much to be written, something was dropped", "what", what)
		return
	}
	select {
	case c.woken <- struct{}{}:
	default:
	}
}

// Run writes until ctx ends, and then once more what is left.
func (c *clerk) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		now := time.Now()
		next, wait, found := c.take(now)
		if found {
			c.try(ctx, next, now)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-c.woken:
		case <-timer.C:
		}
		timer.Stop()
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), clerkStop)
	defer cancel()
	c.mu.Lock()
	left := c.jobs
	c.jobs, c.bytes = nil, 0
	c.mu.Unlock()
	for _, j := range left {
		if err := j.do(last); err != nil {
			c.dropped()
			c.log.Warn("not written", "what", j.what, "err", err)
		}
	}
	return ctx.Err()
}

// take returns the first entry that is due, or how long it is until one is.
func (c *clerk) take(now time.Time) (job, time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := time.Hour
	for i, j := range c.jobs {
		if !j.due.After(now) {
			c.jobs = append(c.jobs[:i], c.jobs[i+1:]...)
			c.bytes -= j.size
			return j, 0, true
		}
		wait = min(wait, j.due.Sub(now))
	}
	return job{}, wait, false
}

func (c *clerk) try(ctx context.Context, j job, now time.Time) {
	one, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	err := j.do(one)
	if err == nil {
		return
	}
	if j.tries++; j.tries >= clerkTries {
		c.dropped()
		c.log.Warn("not written", "what", j.what, "err", err)
		return
	}
	j.due = now.Add(min(20*time.Second, 250*time.Millisecond<<(j.tries-1)))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jobs = append(c.jobs, j)
	c.bytes += j.size
}
