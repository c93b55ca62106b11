package relay

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// paceEvery is how often the loop looks at itself; paceMemory of that is new.
	paceEvery  = 100 * time.Millisecond
	paceMemory = 0.2

	// Packets are gathered from this share of a core on, and no longer below the other.
	// Gathering makes the share fall, so they are apart.
	gatherFrom  = 0.20
	gatherUntil = 0.12
	gatherSteps = 5
	// gatherWorth is how many packets a call must bring, or waiting only delays.
	gatherWorth = 1.5
)

// pace measures how much of its time a shard's loop works, and makes it wait a little
// before it takes packets when it works much: what comes in one system call costs less
// than what comes in several. A quiet shard never waits.
type pace struct {
	most  time.Duration // that it waits; 0: never
	delay time.Duration // that it waits now

	began     time.Duration // of the window
	waited    time.Duration // in it
	calls     int           // in it, that brought packets
	packets   int           // of them
	idle      time.Duration // when the loop last began to wait
	pointless time.Duration // until when gathering is not tried again

	// cpu is the time that the process has used; nil: not known. A loop that is kept from
	// running by other processes looks busy by the clock, and is not.
	cpu  func() time.Duration
	used time.Duration // at the begin of the window

	busy atomic.Uint32 // in millionths of a core
}

// rest is called before packets are taken; last is how many there were.
func (p *pace) rest(now time.Duration, last int, batch int) {
	p.idle = now
	if p.delay == 0 || last == batch { // there is a backlog already
		return
	}
	pause := unix.NsecToTimespec(p.delay.Nanoseconds())
	_ = unix.Nanosleep(&pause, nil) // woken early: no harm
}

// took is called when packets were taken.
func (p *pace) took(packets int, now time.Duration) {
	p.waited += now - p.idle
	if packets > 0 {
		p.calls++
		p.packets += packets
	}
	if now-p.began < paceEvery {
		return
	}
	share := 1 - float64(p.waited)/float64(now-p.began)
	if p.cpu != nil {
		used := p.cpu()
		share = min(share, float64(used-p.used)/float64(now-p.began))
		p.used = used
	}
	share = p.share() + paceMemory*(share-p.share())
	p.busy.Store(uint32(max(share, 0) * 1e6))
	p.decide(share, now)
	p.began, p.waited, p.calls, p.packets = now, 0, 0, 0
}

// decide raises the wait step by step while it is worth it.
func (p *pace) decide(share float64, now time.Duration) {
	worth := p.calls > 0 && float64(p.packets) >= gatherWorth*float64(p.calls)
	switch {
	case share < gatherUntil:
		p.delay = 0
	case p.delay == p.most && !worth && p.most > 0:
		p.delay, p.pointless = 0, now+time.Second
	case p.delay > 0 || share >= gatherFrom && now >= p.pointless:
		p.delay = min(p.delay+p.most/gatherSteps, p.most)
	}
}

func (p *pace) share() float64 { return float64(p.busy.Load()) / 1e6 }

// processCPU is what the process has used, on all cores.
func processCPU() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Busy is the share of a core that the shard's loop worked during the last second or
// so, by the clock, but no more than the process used. What the kernel needs to hand
// packets over is not in it: it is full at about 0.85. It may be called by anybody.
func (s *Shard) Busy() float64 { return s.pace.share() }
