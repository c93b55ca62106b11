package bus

import (
	"errors"
	"fmt"
	"time"
)

// MaxPayload is the largest message in bytes.
const MaxPayload = 64 << 10

// Config holds what an operator may tune. Zero fields mean the default.
type Config struct {
	// Interval is the time between two heartbeats.
	Interval time.Duration
	// DeadAfter is how long a node may be silent before the others declare it
	// dead, at least four intervals.
	DeadAfter time.Duration
	// Lease is how long a burial stays with the node that won it without being
	// renewed; every heartbeat renews it.
	Lease time.Duration
	// QueueMessages bounds the messages that wait for one destination.
	QueueMessages int
	// QueueBytes bounds their size.
	QueueBytes int
	// MaxAge is how long a message may wait, as it does when Redis is away.
	MaxAge time.Duration
	// FlushGrace is how long a clean stop goes on handing over what is queued.
	FlushGrace time.Duration
}

// DefaultConfig finds a dead node within 7 s.
func DefaultConfig() Config {
	return Config{
		Interval:      time.Second,
		DeadAfter:     6 * time.Second,
		Lease:         6 * time.Second,
		QueueMessages: 8192,
		QueueBytes:    4 << 20,
		MaxAge:        5 * time.Second,
		FlushGrace:    time.Second,
	}
}

// Validate reports every problem at once.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("bus: "+format, args...)) }
	if c.Interval < 10*time.Millisecond {
		bad("interval %s is shorter than 10ms", c.Interval)
	}
	if c.DeadAfter < 4*c.Interval {
		bad("dead after %s is less than four intervals of %s", c.DeadAfter, c.Interval)
	}
	if c.Lease < 2*c.Interval {
		bad("lease %s is less than two intervals of %s", c.Lease, c.Interval)
	}
	if c.QueueMessages < 1 {
		bad("the queue must hold a message")
	}
	if c.QueueBytes < MaxPayload {
		bad("the queue of %d bytes cannot hold a message of %d", c.QueueBytes, MaxPayload)
	}
	if c.MaxAge < 0 || c.FlushGrace < 0 {
		bad("times cannot be negative")
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	d := DefaultConfig()
	orDuration := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	orDuration(&c.Interval, d.Interval)
	orDuration(&c.DeadAfter, d.DeadAfter)
	orDuration(&c.Lease, d.Lease)
	orDuration(&c.MaxAge, d.MaxAge)
	orDuration(&c.FlushGrace, d.FlushGrace)
	if c.QueueMessages == 0 {
		c.QueueMessages = d.QueueMessages
	}
	if c.QueueBytes == 0 {
		c.QueueBytes = d.QueueBytes
	}
	return c
}

// quiet is how long Redis may hear nobody before its silence counts as an
// outage, after which nobody is declared dead for a while. A shorter outage
// ages a living node by at most an interval (it was about to beat), the outage,
// and half an interval (an attempt that was under way): less than DeadAfter.
// The wider the limit, the less a late heartbeat of the only survivor passes
// for an outage.
func (c Config) quiet() time.Duration { return c.DeadAfter - 2*c.Interval }

// attempt bounds one heartbeat.
func (c Config) attempt() time.Duration { return c.Interval / 2 }
