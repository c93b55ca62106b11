package bandwidth

import "time"

const (
	baseAge  = 10 * time.Second // half of how long the lowest delay is believed
	clockLap = time.Minute      // a delay that differs by more is another clock

	fullSpan = 150 * time.Millisecond // the least that says what a full path carries
	fullLong = time.Second            // of that, older things count for less
)

// base is the delay of a path without a queue: the lowest of the last two spans.
type base struct {
	have           bool
	this, previous time.Duration
	since          time.Duration
}

// queue is how long a packet of that delay has waited.
func (b *base) queue(delay, now time.Duration) time.Duration {
	if !b.have || delay < b.this-clockLap || delay > b.this+clockLap {
		b.set(delay, now)
	}
	if now-b.since > baseAge {
		b.previous, b.this, b.since = b.this, delay, now
	}
	b.this = min(b.this, delay)
	return delay - min(b.this, b.previous)
}

func (b *base) set(delay, now time.Duration) {
	*b = base{have: true, this: delay, previous: delay, since: now}
}

// over watches a queue that stands, and what comes through meanwhile, which is what the
// path carries.
type over struct {
	high  int           // feedbacks in a row
	count int           // packets that they told of
	since time.Duration // the first of them, by the viewer's clock
	stood time.Duration // since then
	sinks bool          // the last was lower than the one before

	first  time.Duration // queue of the first
	queue  time.Duration
	filled bool
	bytes  float64
	span   time.Duration
}

func (o *over) add(before, r round) {
	if r.queue > queueHigh {
		if o.high++; o.high == 1 {
			o.since, o.first, o.count = r.arrival, r.queue, 0
		}
		o.count += r.received + r.lost
		o.stood = r.arrival - o.since
	} else {
		o.high = 0
	}
	o.sinks = r.queue < o.queue
	o.queue = r.queue
	switch {
	case r.queue <= queueLow:
		o.filled, o.bytes, o.span = false, 0, 0
	case !o.filled: // it filled in the middle of this one
		o.filled = true
	default:
		if o.span > fullLong {
			o.bytes, o.span = o.bytes/2, o.span/2
		}
		o.bytes += float64(r.came)
		o.span += max(r.arrival-before.arrival, 0)
	}
}

// stands says whether the path is congested: the queue stays, or it grows fast.
func (o *over) stands() bool {
	if o.high < 3 || o.count < standingCount {
		return false
	}
	grows := o.queue > o.first+queueHigh || o.queue > queueDeep
	return o.stood >= standing || grows && !o.sinks && o.stood >= growing
}

// measured is what a full path carries, in bits per second, if it was full for long
// enough.
func (o *over) measured() (bps float64, ok bool) {
	return o.bytes * 8 / max(o.span, 1).Seconds(), o.span >= fullSpan
}

// through is what is known of that at once; arriving is all that comes at the moment.
func (o *over) through(arriving float64) float64 {
	if bps, ok := o.measured(); ok {
		return bps
	}
	return arriving
}
