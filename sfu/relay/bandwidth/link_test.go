package bandwidth

import (
	"math/rand/v2"
	"time"
)

// link is a path to a viewer in virtual time: a line with a queue that drops what finds
// it full, a viewer that stands still at times, and an encoder that obeys the estimate
// after a while.
type link struct {
	e     *Estimator
	clock time.Duration
	rng   *rand.Rand

	capacity float64       // bits per second
	buffer   time.Duration // longer than that nothing waits
	delay    time.Duration // of the line without a queue
	jitter   time.Duration // at most, for each packet
	loss     float64       // at random
	pause    func(*rand.Rand) (every, length time.Duration)
	greed    float64       // what the encoder sends of what it is told
	wanted   float64       // what the encoder would send, bits per second
	skew     time.Duration // of the viewer's clock
	deaf     time.Duration // the feedback comes later by that at times

	free     time.Duration // when the line has sent what it has
	stopped  time.Duration // the viewer sees nothing until then
	nextStop time.Duration
	told     []float64 // what the encoder was told, a value for each frame
	flying   []packet
	reported time.Duration
	late     time.Duration

	// Since the last look.
	lowest, highest float64 // estimate
	sum             float64
	looks           int
	longest         time.Duration
	dropped, sent   int
}

type packet struct {
	sent, arrives time.Duration
	size          int
	lost          bool
}

func newLink(e *Estimator, seed uint64) *link {
	return &link{
		e: e, clock: time.Second, rng: rand.New(rand.NewPCG(seed, 8)), capacity: 20_000_000, buffer: 300 * time.Millisecond,
		delay: 20 * time.Millisecond, wanted: 10_000_000, greed: 1, skew: -time.Hour,
	}
}

const (
	frameEvery   = 33 * time.Millisecond
	obeyedAfter  = 9 // frames: 300 ms
	packetSize   = 1100
	feedbackEach = 100 * time.Millisecond
)

// look forgets what was seen until now.
func (l *link) look() {
	l.lowest, l.highest, l.longest, l.dropped, l.sent = float64(l.e.BPS()), float64(l.e.BPS()), 0, 0, 0
	l.sum, l.looks = 0, 0
}

// run lets that much time pass.
func (l *link) run(length time.Duration) {
	for end := l.clock + length; l.clock < end; {
		l.told = append(l.told, float64(l.e.BPS()))
		bps := min(l.wanted, l.greed*l.told[max(0, len(l.told)-1-obeyedAfter)])
		size := int(bps * frameEvery.Seconds() / 8 * (0.7 + 0.6*l.rng.Float64())) // no two frames are alike
		for ; size > 0; size -= packetSize {
			l.send(min(size, packetSize))
		}
		for range 3 {
			l.clock += frameEvery / 3
			l.feedback()
		}
	}
}

func (l *link) send(size int) {
	l.sent++
	p := packet{sent: l.clock, size: size}
	l.free = max(l.free, l.clock)
	wait := l.free - l.clock
	if wait > l.buffer || l.rng.Float64() < l.loss {
		p.lost = true
		if wait > l.buffer {
			l.dropped++
		} else {
			l.free += time.Duration(float64(size*8) / l.capacity * float64(time.Second))
		}
		p.arrives = l.free + l.delay
		l.flying = append(l.flying, p)
		return
	}
	l.longest = max(l.longest, wait)
	l.free += time.Duration(float64(size*8) / l.capacity * float64(time.Second))
	p.arrives = l.free + l.delay
	if l.jitter > 0 {
		p.arrives += time.Duration(l.rng.Int64N(int64(l.jitter)))
	}
	if l.pause != nil && p.arrives >= l.nextStop {
		every, length := l.pause(l.rng)
		if l.nextStop > 0 {
			l.stopped = l.nextStop + length
		}
		l.nextStop = max(l.nextStop, p.arrives) + every + length
	}
	p.arrives = max(p.arrives, l.stopped)
	l.flying = append(l.flying, p)
}

func (l *link) feedback() {
	if l.clock-l.reported < feedbackEach+l.late || l.clock < l.stopped {
		return
	}
	l.reported, l.late = l.clock, 0
	if l.deaf > 0 {
		l.late = time.Duration(l.rng.Int64N(int64(l.deaf)))
	}
	last := -1
	for i, p := range l.flying {
		if !p.lost && p.arrives <= l.clock {
			last = i
		}
	}
	for _, p := range l.flying[:last+1] {
		if p.lost {
			l.e.Lost(p.sent, p.size)
		} else {
			l.e.Arrived(p.sent, min(p.arrives, l.clock)+l.skew, p.size, l.clock)
		}
	}
	l.flying = append(l.flying[:0], l.flying[last+1:]...)
	l.e.Update(l.clock)
	now := float64(l.e.BPS())
	l.lowest, l.highest = min(l.lowest, now), max(l.highest, now)
	l.sum += now
	l.looks++
}
