package frame

import (
	"math/rand/v2"
	"time"

	"omezle/models"
)

// phase is where a watch stands.
//
//	resting ──► open ──► asked ──► used ──► resting
//	              └── a keyframe passes ──┘
//
// Copies of keyframes are made while it is open or asked. stopping goes to idle, from where only Watch leads on.
type phase uint8

const (
	idle     phase = iota // the plan is not to look
	resting               // until the next look is near
	open                  // a keyframe that passes is taken
	asked                 // the sender was asked for one
	used                  // one was taken just now
	stopping              // the plan was changed to not looking
)

const (
	// answerTime is how long a sender's answer to the first ask may take; it doubles with each, up to answerMost.
	answerTime = 1500 * time.Millisecond
	answerMost = 6 * time.Second
	// A sender who answers none of vainAsks in vainFor while media flows answers none at all.
	vainAsks = 3
	vainFor  = 10 * time.Second
	// near is how close looks may be for copies to stay on in between.
	near = 300 * time.Millisecond
)

// watch is one visitor's picture in one call. The sampler's mutex guards it.
type watch struct {
	config *Config
	leg    models.Leg
	plan   models.SamplingPlan
	gone   bool

	phase  phase
	due    time.Time // when the phase ends by itself; zero: never
	place  int       // in the schedule; -1: not there
	askAt  time.Time // when a keyframe is asked for if none passed before
	copies bool      // what Source was told last

	asks     int // unanswered ones
	firstAsk time.Time
	seen     time.Time // the newest keyframe taken, or when the watch began

	denseUntil   time.Time
	suspectUntil time.Time

	account account
	vote    vote
	stills  stills
	queued  *job
	working bool // a frame of it is being judged
}

// follow takes over a plan, for a fresh leg from the start.
func (w *watch) follow(plan models.SamplingPlan, fresh bool, now time.Time) {
	before := w.plan
	w.plan = plan
	if fresh {
		w.copies, w.asks, w.phase, w.due = false, 0, idle, time.Time{}
	}
	switch {
	case plan == models.SamplingNone:
		if w.phase != idle {
			w.phase, w.due, w.asks = stopping, now, 0
		}
	case fresh || before == models.SamplingNone || w.phase == stopping || w.phase == idle:
		w.denseUntil = now.Add(w.config.DenseStart)
		w.phase, w.due, w.asks = resting, now, 0
		w.askAt = now.Add(rand.N(w.config.Confirm))
	case w.config.between(plan) < w.config.between(before):
		w.sooner(now.Add(w.pause(now)))
	}
}

// waiting says whether a keyframe would be taken now.
func (w *watch) waiting() bool { return w.phase == open || w.phase == asked }

// pause is how long until the next look. The runtime's random numbers are seeded by the system and can't be told in
// advance.
func (w *watch) pause(now time.Time) time.Duration {
	mean := w.config.between(w.plan)
	if now.Before(w.denseUntil) {
		mean = min(mean, w.config.Dense)
	}
	if rand.N(100) < w.config.SurprisePercent {
		return mean/10 + rand.N(mean*9/10)
	}
	jitter := mean * time.Duration(w.config.JitterPercent) / 100
	return mean - jitter + rand.N(2*jitter+1)
}

// next places the next look.
func (w *watch) next(now time.Time, pause time.Duration) {
	w.askAt = now.Add(pause)
	w.asks = 0
}

// sooner moves the next look forward.
func (w *watch) sooner(at time.Time) {
	if !at.Before(w.askAt) {
		return
	}
	w.askAt = at
	switch w.phase {
	case resting:
		w.due = w.opening()
	case open:
		w.due = at
	}
}

// opening is from when on a keyframe that passes is as good as the one that would be asked for: half the pause.
func (w *watch) opening() time.Time { return w.seen.Add(w.askAt.Sub(w.seen) / 2) }

// took notes a keyframe that was taken.
func (w *watch) took(size int, asked bool, now time.Time) {
	w.account.seen(size, asked)
	w.seen = now
	w.next(now, w.pause(now))
	w.phase, w.due = used, now
}

// orders are what a step wants of others.
type orders struct {
	leg        models.Leg
	copies     bool // tell Source what sampling is
	on         bool
	ask        bool
	troubled   bool // the sender answers no ask
	unanswered bool
	thrifty    bool
	behind     bool
}

// step goes on from a phase whose time is up. sentBPS is what the visitor sends now.
func (w *watch) step(now time.Time, sentBPS int) (do orders) {
	do.leg = w.leg
	switch w.phase {
	case idle:
		w.due = time.Time{}
	case stopping:
		w.phase, w.due = idle, time.Time{}
		w.turn(&do, false)
	case used:
		if w.opening().Sub(now) > near {
			w.turn(&do, false)
			w.phase, w.due = resting, w.opening()
		} else {
			w.phase, w.due = open, w.askAt
		}
	case resting:
		w.turn(&do, true)
		w.phase, w.due = open, w.askAt
	case open:
		w.wish(&do, now, sentBPS)
	case asked:
		do.unanswered = true
		if w.asks >= vainAsks && now.Sub(w.firstAsk) >= vainFor && sentBPS > 0 {
			do.troubled = true
			w.next(now, w.pause(now))
			w.phase, w.due = open, w.askAt
			return do
		}
		w.phase = open
		w.wish(&do, now, sentBPS)
	}
	return do
}

func (w *watch) turn(do *orders, on bool) {
	if w.copies != on {
		w.copies, do.copies, do.on = on, true, on
	}
}

// wish asks for a keyframe, or puts it off.
func (w *watch) wish(do *orders, now time.Time, sentBPS int) {
	overdraft := w.config.Overdraft
	if now.Before(w.suspectUntil) {
		overdraft *= 4
	}
	w.account.earn(now, sentBPS, w.config.BudgetPercent, w.config.Overdraft)
	wait := w.account.wait(sentBPS, w.config.BudgetPercent, overdraft)
	switch {
	case sentBPS == 0: // nobody sends
		w.next(now, w.pause(now))
	case w.queued != nil || w.working:
		do.behind = true
		w.next(now, w.pause(now))
	case wait > 0 && now.Sub(w.seen) < w.config.Blind:
		do.thrifty = true
		w.next(now, max(100*time.Millisecond, min(wait, w.config.Blind-now.Sub(w.seen))))
	default:
		if w.asks++; w.asks == 1 {
			w.firstAsk = now
		}
		do.ask = true
		w.phase, w.due = asked, now.Add(min(answerTime<<(w.asks-1), answerMost))
		return
	}
	w.phase, w.due = open, w.askAt
}

// refused notes that the media server does not know the leg, yet or any more: neither is the visitor's doing.
func (w *watch) refused(now time.Time) {
	w.copies = false
	w.next(now, w.pause(now))
	w.phase, w.due = resting, w.askAt
}
