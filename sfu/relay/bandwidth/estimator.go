package bandwidth

import "time"

// Limits of an estimate, bits per second.
const (
	DefaultCeiling = 2_500_000
	Minimum        = 100_000
)

const (
	queueHigh = 40 * time.Millisecond  // standing: lower
	queueLow  = 25 * time.Millisecond  // none worth mentioning: may raise
	queueDeep = 150 * time.Millisecond // and not shrinking: lower sooner
	standing  = 250 * time.Millisecond // so long, at least, and in three feedbacks
	growing   = 100 * time.Millisecond // or so long, if it gets longer
	// standingCount is how many packets must have waited: one or two are held up by others.
	standingCount = 12

	hold        = 500 * time.Millisecond // between two cuts: the first must show
	tooSoon     = 300 * time.Millisecond // for a queue to go because less is sent
	patience    = 1500 * time.Millisecond
	drainDeep   = 0.70 // of what came through, while a deep queue drains
	drainLittle = 0.85
	queueHuge   = 400 * time.Millisecond // nobody can talk like that
	drainHuge   = 0.5
	settled     = 0.93 // of what came through, afterwards

	obeyTime   = 1400 * time.Millisecond // encoders that need longer are told less than is meant
	faithLeast = 0.6
	faithMost  = 0.95

	lossHigh   = 0.10
	lossGross  = 0.30 // never chance
	lossWanted = 20   // packets to judge by
	lossPace   = time.Second

	growth     = 1.50 // a second
	growthNear = 1.04 // where the path was seen to be full, or
	nearly     = 0.8  // that full
	beyond     = 1.05 // of what came through, coming through now: it carries more
	enough     = 5    // feedbacks in a row
	headroom   = 1.5  // of what is sent, allowed
	roomNear   = 1.4  // where the path was seen to be full: encoders use less than they may
	headStart  = 50_000
)

// Estimator for one viewer. The zero value is ready and says DefaultCeiling.
type Estimator struct {
	// Ceiling is what is never exceeded, in bits per second; 0: DefaultCeiling. It is where
	// an estimate begins.
	Ceiling int

	rate    float64 // 0: not begun
	updated time.Duration
	lowered time.Duration // by queue or by loss

	line rounds
	base base
	over over

	carried  float64 // what came through while the path was full; 0: not known
	more     int     // feedbacks in a row with more than that
	draining bool
	cut      time.Duration // when it began to
	known    float64       // carried before that
	since    time.Duration // that less is sent than goes through
	depth    time.Duration // of the queue then
	share    float64       // of carried that is allowed while it drains
	entry    float64       // the rate before
	faith    float64       // and of that, to one whose encoder sends more than it was told
}

// BPS is the estimate, in bits per second.
func (e *Estimator) BPS() int {
	if e.rate == 0 {
		return int(e.ceiling())
	}
	return int(e.rate)
}

// Draining says whether a queue stands on the path and less is allowed for it.
func (e *Estimator) Draining() bool { return e.draining }

// Queue is how long packets waited at the least, by the last feedback.
func (e *Estimator) Queue() time.Duration { return e.line.last().queue }

// Loss is the share of packets lost in the last half second or so of feedback.
func (e *Estimator) Loss() float64 { return e.line.flow().loss }

func (e *Estimator) ceiling() float64 {
	if e.Ceiling > 0 {
		return float64(e.Ceiling)
	}
	return DefaultCeiling
}

// Arrived tells of a packet of size bytes; sent and arrived are by different clocks.
func (e *Estimator) Arrived(sent, arrived time.Duration, size int, now time.Duration) {
	e.line.arrived(sent, arrived, size, e.base.queue(arrived-sent, now))
}

// Lost tells of a packet of size bytes that the viewer missed.
func (e *Estimator) Lost(sent time.Duration, size int) { e.line.lost(sent, size) }

// Update draws conclusions; call it after each feedback.
func (e *Estimator) Update(now time.Duration) {
	if e.rate == 0 {
		e.rate, e.updated = e.ceiling(), now
	}
	before := e.line.last()
	if !e.line.end() {
		return // nothing came: what is lost counts with what comes next
	}
	round := e.line.last()
	e.over.add(before, round)
	if e.draining {
		e.drain(round, now)
	} else {
		e.judge(round, now)
	}
	e.updated = now
	e.rate = max(Minimum, min(e.ceiling(), e.rate))
}

// judge lowers or raises the rate of a path that was not full.
func (e *Estimator) judge(r round, now time.Duration) {
	flow := e.line.flow()
	switch rested := now - e.lowered; {
	case e.over.stands() && rested >= hold:
		e.cut, e.known = now, e.carried
		e.carried = min(e.over.through(flow.arriving), e.rate)
		e.draining, e.since, e.depth, e.entry, e.faith = true, now, r.queue, e.rate, 1
		e.share = drainShare(r.queue)
		e.rate, e.lowered = e.carried*e.share, now
	case flow.loss > lossHigh && flow.packets >= lossWanted && rested >= lossPace:
		e.carried = flow.arriving
		lower := e.rate * (1 - flow.loss/2)
		if flow.loss > lossGross {
			lower = flow.arriving * settled
		}
		e.rate, e.lowered = min(e.rate, lower), now
	case r.queue < queueLow && flow.loss < lossHigh:
		e.raise(flow, now)
	}
}

func (e *Estimator) raise(f flow, now time.Duration) {
	if f.arriving > e.carried*beyond && e.rate > e.carried*beyond {
		e.more++
	} else {
		e.more = 0
	}
	if e.more >= enough {
		e.carried, e.more = 0, 0
	}
	pace, allowed := growth, f.sending*headroom+headStart
	if e.carried > 0 && (e.rate >= e.carried*settled || f.sending >= e.carried*nearly) {
		pace, allowed = growthNear, f.sending*roomNear
	}
	if e.rate >= allowed {
		return
	}
	elapsed := min(now-e.updated, time.Second).Seconds()
	e.rate = min(e.rate*(1+(pace-1)*elapsed), allowed)
}

// drainShare is how much of what a path carries it is given while such a queue drains.
func drainShare(queue time.Duration) float64 {
	switch {
	case queue > queueHuge:
		return drainHuge
	case queue > queueDeep:
		return drainDeep
	}
	return drainLittle
}

// drain waits for the queue to go. What a full path carries does not depend on what is
// sent, so it is known once less is.
func (e *Estimator) drain(r round, now time.Duration) {
	f := e.line.flow()
	obeyed := f.sending < e.carried*settled
	if through, ok := e.over.measured(); ok && !obeyed {
		e.carried = min(through, e.entry)
	}
	e.share = min(e.share, drainShare(r.queue))
	if !obeyed && now-e.lowered >= obeyTime {
		e.faith *= max(faithLeast, min(e.carried*e.share/f.sending, faithMost))
		e.lowered = now
	}
	e.rate = min(e.entry, e.carried*e.share*e.faith)
	switch {
	case r.queue < queueLow && now-e.cut < tooSoon: // nobody sent less yet: it was another's
		e.draining, e.rate, e.carried, e.lowered = false, e.entry, e.known, now
	case r.queue < queueLow:
		e.draining = false
		e.rate, e.lowered = min(e.entry, e.carried*settled*e.faith), now
	case !obeyed:
		e.since, e.depth = now, r.queue
	case now-e.since < patience || r.queue <= e.depth*3/4:
	case f.arriving < f.sending*settled: // it carries even less by now
		e.carried, e.since, e.depth = f.arriving, now, r.queue
	default:
		// It does not shrink although less comes than goes: it is no queue of ours.
		e.base.set(r.delay, now)
		e.over = over{}
		e.draining, e.carried = false, 0
		e.rate, e.lowered = e.entry, now
	}
}

// Report takes a receiver report's share of lost packets, for viewers who send no
// transport-cc. sending is what was sent them, in bits per second.
func (e *Estimator) Report(loss float64, sending float64, now time.Duration) {
	if e.rate == 0 {
		e.rate, e.updated = e.ceiling(), now
		return
	}
	since := min(now-e.updated, 5*time.Second)
	e.updated = now
	switch {
	case loss > lossHigh:
		e.rate = min(e.rate, sending) * (1 - loss/2)
	case e.rate < sending*headroom:
		e.rate = min(e.rate*(1+(growthBlind-1)*since.Seconds()), sending*headroom)
	}
	e.rate = max(Minimum, min(e.ceiling(), e.rate))
}

// growthBlind is for viewers of whom only loss is known, a second.
const growthBlind = 1.08
