package moderation

import (
	"context"
	"hash/maphash"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"omezle/models"
	"omezle/moderation/frame"
)

const (
	deciders   = 4  // goroutines that ask the database about devices; one pair is always the same one's
	undecided  = 32 // alarms that wait for each; with more the call alone counts
	sweepEvery = time.Minute
)

// Judge decides what follows from alarms, on the node of the media server. Its methods are safe for concurrent use.
type Judge struct {
	cfg    Config
	deps   Deps
	seed   maphash.Seed
	queues [deciders]chan charge
	calls  calls
	tally  tally
	filing filing
	stats  statistics
}

// charge is an alarm that waits for its verdict.
type charge struct {
	alarm  frame.Alarm
	rules  *Rules
	reason models.ReportReason
	n      int  // which violation of the call it is
	fresh  bool // not: the same as the one before, by another rule, which nothing further follows from
}

func (c *charge) visitor() visitor { return visitor{c.alarm.Leg.Pair, c.alarm.Leg.Side} }

// NewJudge returns a judge that works while Run does.
func NewJudge(c Config, d Deps) *Judge {
	j := &Judge{cfg: c, deps: d, seed: maphash.MakeSeed()}
	j.calls.visitors = map[visitor]*conduct{}
	j.tally.counts = map[models.RuleCount]int64{}
	j.filing.init(c, d, &j.stats)
	for i := range j.queues {
		j.queues[i] = make(chan charge, undecided)
	}
	return j
}

// Alarmed takes an alarm of the sampler's, and does not wait. When a step of the ladder that may follow stops the video,
// it is stopped when Alarmed returns.
func (j *Judge) Alarmed(a frame.Alarm) {
	rules := j.deps.Rules()
	rule, known := rules.rule(a.Rule)
	shadow := a.Shadow || !known || rule.Mode != frame.Live // it may have changed since the vote
	if !j.tally.add(a.Rule, a.Version, shadow, a.At) {
		j.stats.countsLost.Add(1)
	}
	if shadow {
		j.stats.shadow.Add(1)
		verdict := verdictOf(a, rule.Reason)
		verdict.Shadow = true
		j.deps.Homes.Verdict(verdict)
		return
	}
	j.stats.alarms.Add(1)
	c := charge{alarm: a, rules: rules, reason: rule.Reason}
	c.n, c.fresh = j.calls.violation(c.visitor(), a.Rule, a.At)
	if c.fresh && rules.couldStop() {
		j.hold(c.visitor(), true)
	}
	select {
	case j.queues[maphash.Comparable(j.seed, a.Leg.Pair)%deciders] <- c:
	default:
		j.stats.uncounted.Add(1)
		j.decide(&c, models.Violations{})
	}
}

// hold has no use for an error: who has no connection sends nothing.
func (j *Judge) hold(v visitor, hold bool) { _ = j.deps.Media.Hold(v.pair, v.side, hold) }

// Run works until ctx ends, and then for up to 3 s on what is left.
func (j *Judge) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, queue := range j.queues {
		group.Go(func() error { return j.decideAll(ctx, queue) })
	}
	group.Go(func() error { return j.filing.run(ctx) })
	group.Go(func() error { return j.keepCount(ctx) })
	return group.Wait()
}

func (j *Judge) decideAll(ctx context.Context, queue <-chan charge) error {
	for {
		select {
		case c := <-queue:
			j.decide(&c, j.lookUp(ctx, c.alarm.Leg))
		case <-ctx.Done():
			return nil
		}
	}
}

// lookUp asks what is known of a visitor besides this call.
func (j *Judge) lookUp(ctx context.Context, leg models.Leg) models.Violations {
	ctx, cancel := context.WithTimeout(ctx, j.cfg.LookupTimeout)
	defer cancel()
	known, err := j.deps.Records.Violations(ctx, leg.Session, leg.Pair, time.Now().Add(-violationAge))
	if err != nil {
		j.stats.uncounted.Add(1)
		j.deps.Log.Warn("a verdict counts the violations of the call alone", "session", leg.Session, "pair", leg.Pair, "err", err)
		return models.Violations{}
	}
	return known
}

// decide pronounces the verdict.
func (j *Judge) decide(c *charge, known models.Violations) {
	a, nth := &c.alarm, max(c.n-known.Dismissed, 1)+known.Elsewhere
	verdict := verdictOf(*a, c.reason)
	verdict.Flag = models.NewFlagID()
	if c.fresh {
		step := c.rules.Step(nth)
		verdict.Actions, verdict.BanFor = slices.Clone(step.Actions), time.Duration(step.BanFor)
		j.settleHold(c, step)
	}
	j.deps.Homes.Verdict(verdict)
	j.deps.Log.Info("a picture breaks a rule", "session", a.Leg.Session, "pair", a.Leg.Pair, "flag", verdict.Flag,
		"rule", models.RuleRef(a.Rule, a.Version), "violation", nth, "actions", verdict.Actions)
	j.filing.add(flagOf(&verdict, known.Device, j.deps.Model, a.Stills), a.Stills)
}

// settleHold lets a video go on that was stopped for a step that did not follow. One whose call ends stays stopped.
func (j *Judge) settleHold(c *charge, step Step) {
	switch v := c.visitor(); {
	case step.stops():
		j.calls.stop(v)
	case slices.Contains(step.Actions, models.ActionEnd), slices.Contains(step.Actions, models.ActionBan), j.calls.stopped(v):
	case c.rules.couldStop():
		j.hold(v, false)
	}
}

func verdictOf(a frame.Alarm, reason models.ReportReason) models.Verdict {
	return models.Verdict{Leg: a.Leg, Rule: a.Rule, Version: a.Version, Reason: reason, Class: a.Class, Score: a.Score, At: a.At}
}

// keepCount hands what was counted to the database, and forgets calls of long ago.
func (j *Judge) keepCount(ctx context.Context) error {
	save, sweep := time.NewTicker(tallyEvery), time.NewTicker(sweepEvery)
	defer save.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-save.C:
			j.saveCounts(ctx)
		case now := <-sweep.C:
			j.calls.forget(now)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTimeout)
			defer cancel()
			j.saveCounts(last)
			return nil
		}
	}
}

func (j *Judge) saveCounts(ctx context.Context) {
	lost, err := j.tally.save(ctx, j.deps.Records)
	j.stats.countsLost.Add(uint64(lost))
	if err != nil {
		j.deps.Log.Warn("alarms are counted later", "err", err)
	}
}
