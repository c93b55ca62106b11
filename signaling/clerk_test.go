package signaling

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheClerkTriesAgainAndWritesTheRestAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dropped := 0
		c := newClerk(slog.New(slog.DiscardHandler), func() { dropped++ })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = c.Run(ctx) }()

		away, tries := errors.New("the database is away"), map[string]int{}
		c.put("a", 1, func(context.Context) error {
			if tries["a"]++; tries["a"] < 4 {
				return away
			}
			return nil
		})
		c.put("b", 1, func(context.Context) error { tries["b"]++; return away })
		c.put("c", 1, func(context.Context) error { tries["c"]++; return nil })
		synctest.Wait()
		if tries["c"] != 1 {
			t.Error("an entry waits for others")
		}
		<-time.After(10 * time.Minute) // of the test's own clock
		synctest.Wait()
		if tries["a"] != 4 || tries["b"] != clerkTries || dropped != 1 {
			t.Errorf("tries %v, %d dropped", tries, dropped)
		}
		c.mu.Lock()
		c.jobs = append(c.jobs, job{what: "d", do: func(ctx context.Context) error { tries["d"]++; return ctx.Err() }})
		c.mu.Unlock()
		cancel()
		<-done
		if tries["d"] != 1 || dropped != 1 {
			t.Errorf("at the end: tries %v, %d dropped", tries, dropped)
		}
	})
}

func TestTheClerksQueueIsBounded(t *testing.T) {
	dropped := 0
	c := newClerk(slog.New(slog.DiscardHandler), func() { dropped++ })
	nothing := func(context.Context) error { return nil }
	for range clerkJobs {
		c.put("small", 1, nothing)
	}
	c.put("one too many", 1, nothing)
	if dropped != 1 {
		t.Errorf("%d dropped", dropped)
	}
	c = newClerk(slog.New(slog.DiscardHandler), func() { dropped++ })
	c.put("large", clerkBytes, nothing)
	c.put("more", 1, nothing)
	if dropped != 2 || len(c.jobs) != 1 {
		t.Errorf("%d dropped, %d kept", dropped, len(c.jobs))
	}
}
