package redisdb

import (
	"sync"
	"time"
)

const (
	clockTick = 100 * time.Millisecond
	// clockShare bounds the part of a CPU that the clock may use, to one in so
	// many: with very many keys an advance is slow, and then they come less often.
	clockShare = 20
)

// clock tells the embedded server how much time has passed. Its goroutine
// ends with close.
type clock struct {
	advance func(time.Duration)
	stop    chan struct{}
	wg      sync.WaitGroup
}

func startClock(advance func(time.Duration)) *clock {
	c := &clock{advance: advance, stop: make(chan struct{})}
	c.wg.Go(c.run)
	return c
}

func (c *clock) run() {
	last := time.Now()
	timer := time.NewTimer(clockTick)
	defer timer.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-timer.C:
		}
		begin := time.Now()
		c.advance(begin.Sub(last))
		last = begin
		timer.Reset(max(clockTick, clockShare*time.Since(begin)))
	}
}

func (c *clock) close() {
	close(c.stop)
	c.wg.Wait()
}
