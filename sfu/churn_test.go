package sfu

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"omezle/models"
)

// holdings is what a process has that may leak.
type holdings struct {
	goroutines, files int
	heap              uint64
}

func take(t *testing.T) holdings {
	t.Helper()
	var memory runtime.MemStats
	runtime.GC()
	runtime.GC() // what finalizers let go
	runtime.ReadMemStats(&memory)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return holdings{runtime.NumGoroutine(), len(files), memory.HeapAlloc}
}

// churn is pairs that come and go.
type churn struct {
	node  *Node
	stay  time.Duration // of a pair, after both saw each other
	calls atomic.Int64
}

// live is one pair's call, which ends in one of the ways in which calls end.
func (c *churn) live(ctx context.Context) error {
	pair := models.NewPairID()
	var visitors [2]*visitor
	var publishing sync.WaitGroup
	publish, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		publishing.Wait()
		for _, v := range visitors {
			if v != nil {
				v.close()
			}
		}
		c.node.ClosePair(pair)
	}()
	for side := range visitors {
		v, err := makeVisitor(visitorOptions{})
		if err != nil {
			return err
		}
		visitors[side] = v
		if err := v.enter(ctx, c.node, pair, Side(side)); err != nil {
			return err
		}
		publishing.Go(func() { v.publish(publish) })
	}
	began := time.Now()
	for visitors[A].pictures.Load() < 20 || visitors[B].pictures.Load() < 20 {
		if time.Since(began) > 3*patience {
			both := c.node.Statistics(pair)
			return fmt.Errorf("the two never saw each other: %v and %v, %+v, %+v", visitors[A].pc.ConnectionState(),
				visitors[B].pc.ConnectionState(), both[A], both[B])
		}
		wait(ctx, 10*time.Millisecond)
	}
	wait(ctx, c.stay)
	c.calls.Add(1)
	switch rand.IntN(3) {
	case 0: // the service ends it
		c.node.ClosePair(pair)
	case 1: // one leaves, and the service ends it for the other
		visitors[A].close()
		c.node.CloseLeg(pair, B)
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// run lets so many pairs churn until more says no.
func (c *churn) run(t *testing.T, pairs int, more func(round int) bool) {
	t.Helper()
	var running sync.WaitGroup
	for range pairs {
		running.Go(func() {
			for round := 0; more(round); round++ {
				if err := c.live(context.Background()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
}

// With OMEZLE_TEST_LONG=1 this takes ten minutes, of 50 pairs of which each leaves after
// ten seconds.
func TestChurnLeavesNothingBehind(t *testing.T) {
	pairs, rounds, stay, length := 10, 3, time.Duration(0), time.Duration(0)
	if os.Getenv("OMEZLE_TEST_LONG") == "1" {
		pairs, rounds, stay, length = 50, 0, 10*time.Second, 10*time.Minute
	}
	n := startNode(t, func(c *Config) { c.Shards = 1 }) // a further port stays, and is no leak
	ctx, cancel := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			select {
			case <-n.Events():
			case <-ctx.Done():
				return
			}
		}
	})
	defer func() {
		cancel()
		reading.Wait()
	}()
	c := &churn{node: n}
	gone := func() bool { return n.shards[0].media.Legs() == 0 && n.Shards()[0].Pairs == 0 }
	c.run(t, pairs, func(round int) bool { return round == 0 }) // what is made once is made
	eventually(t, "all of the first round are gone", gone)
	before := take(t)

	c.stay = stay
	end := time.Now().Add(length)
	c.run(t, pairs, func(round int) bool { return round < rounds || time.Now().Before(end) })
	eventually(t, "all are gone", gone)
	after := take(t)
	for deadline := time.Now().Add(patience); after.goroutines > before.goroutines || after.files > before.files; after = take(t) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Errorf("%+v became %+v\n%s", before, after, stacks[:runtime.Stack(stacks, true)])
			break
		}
		wait(ctx, 50*time.Millisecond)
	}
	t.Logf("%d calls: %d goroutines before and %d after, %d and %d files, %.1f and %.1f MB of heap", c.calls.Load(),
		before.goroutines, after.goroutines, before.files, after.files, float64(before.heap)/(1<<20), float64(after.heap)/(1<<20))
	if after.heap > before.heap+8<<20 {
		t.Errorf("heap grew from %d to %d bytes", before.heap, after.heap)
	}
}
