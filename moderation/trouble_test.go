package moderation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"omezle/models"
	"omezle/moderation/frame"
)

var errAway = errors.New("away")

// register is a database that can be slow and away, in time that a test makes pass.
type register struct {
	mu     sync.Mutex
	known  models.Violations
	slow   time.Duration
	away   bool
	refuse error // of flags, for good
	flags  []models.Flag
	counts int64
}

func (r *register) answer(ctx context.Context) error {
	r.mu.Lock()
	slow, away := r.slow, r.away
	r.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return ctx.Err()
	}
	if away {
		return errAway
	}
	return nil
}

func (r *register) Violations(ctx context.Context, _ models.SessionID, _ models.PairID, _ time.Time) (models.Violations, error) {
	return r.known, r.answer(ctx)
}

func (r *register) CreateFlag(ctx context.Context, flag *models.Flag) error {
	if err := errors.Join(r.answer(ctx), r.refuse); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flags = append(r.flags, *flag)
	return nil
}

func (r *register) AddRuleCounts(ctx context.Context, counts []models.RuleCount) error {
	if err := r.answer(ctx); err != nil {
		return err
	}
	for _, c := range counts {
		r.counts += c.Alarms
	}
	return nil
}

func (r *register) set(change func(*register)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r)
}

func somebody() models.Leg {
	return models.Leg{Session: models.NewSessionID(), Pair: models.NewPairID(), Epoch: 1}
}

// the ladder of three steps, each by what it is known by.
var (
	warns = []models.Action{models.ActionBlur, models.ActionStop, models.ActionWarn}
	ends  = []models.Action{models.ActionBlur, models.ActionStop, models.ActionEnd}
)

func TestASlowDatabaseDelaysTheVerdictByALittleAndTheStopByNothing(t *testing.T) {
	for name, row := range map[string]struct {
		slow, after time.Duration
		want        []models.Action
		uncounted   uint64
	}{
		"quick":       {10 * time.Millisecond, 10 * time.Millisecond, ends, 0},
		"too slow":    {time.Hour, 250 * time.Millisecond, warns, 1},
		"just enough": {249 * time.Millisecond, 249 * time.Millisecond, ends, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world, db := newStage(), &register{known: models.Violations{Elsewhere: 1}, slow: row.slow}
				j := NewJudge(DefaultConfig(), world.deps(db, by()))
				run(t, j)
				begin := time.Now()
				j.Alarmed(alarm(somebody(), begin))
				world.wantHolds(t, "at once", true)
				got := <-world.verdicts
				if took := time.Since(begin); took != row.after || !slices.Equal(got.Actions, row.want) {
					t.Errorf("%v after %v, want %v after %v", got.Actions, took, row.want, row.after)
				}
				if got := j.Stats().Uncounted; got != row.uncounted {
					t.Errorf("%d verdicts without the database", got)
				}
			})
		})
	}
}

func TestAlarmsThatNobodyCanLookUpAreDecidedAllTheSame(t *testing.T) {
	world := newStage()
	j := NewJudge(DefaultConfig(), world.deps(&register{}, by())) // nobody runs it: every queue fills up
	const alarms = 2 * deciders * undecided
	for range alarms {
		j.Alarmed(alarm(somebody(), time.Now()))
	}
	waiting := 0
	for _, queue := range j.queues {
		waiting += len(queue)
	}
	if got := len(world.verdicts); got+waiting != alarms || waiting > deciders*undecided || j.Stats().Uncounted != uint64(got) {
		t.Errorf("%d verdicts at once and %d to come of %d; %+v", got, waiting, alarms, j.Stats())
	}
}

func TestFlagsAndCountsWaitForADatabaseThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, db := newStage(), &register{away: true}
		j := NewJudge(DefaultConfig(), world.deps(db, by()))
		stop := run(t, j)
		for range 3 {
			j.Alarmed(alarm(somebody(), time.Now(), "a", "b"))
			if v := <-world.verdicts; !slices.Equal(v.Actions, warns) {
				t.Errorf("verdict %v", v.Actions)
			}
		}
		time.Sleep(5 * time.Minute)
		if stats := j.Stats(); stats != (Stats{Alarms: 3, Uncounted: 3, Waiting: 3}) {
			t.Errorf("while it is away: %+v", stats)
		}
		db.set(func(r *register) { r.away = false })
		world.mu.Lock()
		world.away = errAway
		world.mu.Unlock()
		time.Sleep(time.Minute)
		if stats := j.Stats(); stats != (Stats{Alarms: 3, Uncounted: 3, Flags: 3, Waiting: 3}) {
			t.Errorf("while only the store of stills is away: %+v", stats)
		}
		world.mu.Lock()
		world.away = nil
		world.mu.Unlock()
		time.Sleep(time.Minute)
		if stats := j.Stats(); stats != (Stats{Alarms: 3, Uncounted: 3, Flags: 3, Stills: 6}) {
			t.Errorf("when all is back: %+v", stats)
		}
		stop()
		if db.counts != 3 {
			t.Errorf("%d alarms counted", db.counts)
		}
	})
}

func TestWhatCannotBeStoredIsGivenUpInTheEndAndCounted(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*stage, *register)
		after  time.Duration
		want   Stats
	}{
		"the database stays away": {func(_ *stage, r *register) { r.away = true }, 11 * time.Minute, Stats{Alarms: 1, Uncounted: 1, FlagsLost: 1, StillsLost: 2}},
		"the stills' store does":  {func(s *stage, _ *register) { s.away = errAway }, 11 * time.Minute, Stats{Alarms: 1, Flags: 1, StillsLost: 2}},
		"the flag is refused":     {func(_ *stage, r *register) { r.refuse = models.ErrInvalid }, time.Second, Stats{Alarms: 1, FlagsLost: 1, StillsLost: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world, db := newStage(), &register{}
				row.change(world, db)
				j := NewJudge(DefaultConfig(), world.deps(db, by()))
				run(t, j)
				j.Alarmed(alarm(somebody(), time.Now(), "a", "b"))
				time.Sleep(row.after)
				if stats := j.Stats(); stats != row.want {
					t.Errorf("%+v, want %+v", stats, row.want)
				}
			})
		})
	}
}

func TestWaitingFlagsAreBoundedInNumberAndBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := DefaultConfig()
		cfg.Flags, cfg.StillBytes = 5, 10
		world, db := newStage(), &register{away: true}
		j := NewJudge(cfg, world.deps(db, by()))
		run(t, j)
		for range 8 {
			j.Alarmed(alarm(somebody(), time.Now(), "abc", "de"))
		}
		synctest.Wait()
		if stats := j.Stats(); stats.Waiting != 5 || stats.FlagsLost != 3 || stats.StillsLost != 12 {
			t.Errorf("%+v", stats)
		}
		db.set(func(r *register) { r.away = false })
		time.Sleep(time.Minute)
		if stats := j.Stats(); stats.Flags != 5 || stats.Stills != 4 || stats.Waiting != 0 || j.filing.bytes != 0 {
			t.Errorf("%d bytes, %+v", j.filing.bytes, stats)
		}
	})
}

func TestAFlagThatHasAnErrorLetsOthersPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, db := newStage(), &register{}
		world.away = errAway
		j := NewJudge(DefaultConfig(), world.deps(db, by()))
		run(t, j)
		for i := range 50 {
			j.Alarmed(alarm(somebody(), time.Now(), "a", "b"))
			time.Sleep(time.Millisecond)
			if got := j.Stats().Flags; got != uint64(i+1) {
				t.Fatalf("%d flags after %d alarms", got, i+1)
			}
		}
	})
}

func TestWhatIsLeftIsStoredWhenTheNodeStops(t *testing.T) {
	for name, away := range map[string]bool{"if that can be": false, "and lost if not": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world, db := newStage(), &register{away: true}
				j := NewJudge(DefaultConfig(), world.deps(db, by()))
				stop := run(t, j)
				j.Alarmed(alarm(somebody(), time.Now(), "a", "b"))
				time.Sleep(time.Minute)
				db.set(func(r *register) { r.away = away })
				stop()
				want := Stats{Alarms: 1, Uncounted: 1, Flags: 1, Stills: 2}
				if away {
					want = Stats{Alarms: 1, Uncounted: 1, FlagsLost: 1, StillsLost: 2}
				}
				if stats := j.Stats(); stats != want {
					t.Errorf("%+v, want %+v", stats, want)
				}
			})
		})
	}
}

func TestAStillThatABankKnowsRaisesAFlagOfItsOwnOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, db := newStage(), &register{known: models.Violations{Device: "d"}}
		world.known["b"] = []Known{{"terror", 12}}
		world.known["c"] = []Known{{"terror", 3}, {"abuse", 30}}
		j := NewJudge(DefaultConfig(), world.deps(db, by()))
		run(t, j)
		leg := somebody()
		j.Alarmed(alarm(leg, time.Now(), "a", "b", "c"))
		synctest.Wait()
		if len(db.flags) != 2 || j.Stats().Known != 1 || j.Stats().Stills != 3 {
			t.Fatalf("%d flags, %+v", len(db.flags), j.Stats())
		}
		first, flag := db.flags[0], db.flags[1]
		if flag.Kind != models.FlagHash || flag.ID == first.ID || flag.Session != leg.Session || flag.Pair != leg.Pair || flag.Device != "d" || len(flag.Actions) > 0 {
			t.Errorf("%+v", flag)
		}
		var told []string
		for _, event := range flag.Timeline {
			told = append(told, event.What)
		}
		if want := []string{"flag:" + string(first.ID), "known:terror:3", "known:abuse:30"}; !slices.Equal(told, want) {
			t.Errorf("timeline %v, want %v", told, want)
		}
	})
}

func TestSeveralRulesAboutTheSamePicturesAreOneViolation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, db := newStage(), &register{}
		j := NewJudge(DefaultConfig(), world.deps(db, by(func(r *Rules) { r.Rules[1].Mode = frame.Live })))
		run(t, j)
		leg := somebody()
		other := alarm(leg, time.Now())
		other.Rule = "suggestive"
		j.Alarmed(alarm(leg, time.Now()))
		j.Alarmed(other)
		world.wantHolds(t, "both", true)
		if first, second := <-world.verdicts, <-world.verdicts; !slices.Equal(first.Actions, warns) || len(second.Actions) > 0 || second.Flag == "" {
			t.Errorf("first %v, second %v", first.Actions, second.Actions)
		}
		other.At = other.At.Add(models.OneViolation)
		j.Alarmed(other)
		if next := <-world.verdicts; !slices.Equal(next.Actions, ends) {
			t.Errorf("later: %v", next.Actions)
		}
	})
}

func TestAStopThatDoesNotFollowIsTakenBack(t *testing.T) {
	ladder := func(steps ...[]models.Action) func(*Rules) {
		return func(r *Rules) {
			r.Ladder = nil
			for _, actions := range steps {
				r.Ladder = append(r.Ladder, Step{Actions: actions})
			}
		}
	}
	stop, warn, end := []models.Action{models.ActionStop}, []models.Action{models.ActionWarn}, []models.Action{models.ActionEnd}
	for name, row := range map[string]struct {
		change func(*Rules)
		others int
		want   []bool
	}{
		"the step stops":                    {ladder(stop, warn), 0, []bool{true}},
		"a later one does not":              {ladder(stop, warn), 1, []bool{true, false}},
		"a later one ends the call":         {ladder(stop, end), 1, []bool{true}},
		"no step of later ones stops":       {ladder(stop, warn, warn), 2, []bool{true, false}},
		"a later one could have":            {ladder(warn, stop), 0, []bool{true, false}},
		"none can":                          {ladder(warn, end), 0, nil},
		"the first only puts it to review":  {ladder(nil, stop), 0, []bool{true, false}},
		"all there is to do is have a look": {ladder(nil), 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world, db := newStage(), &register{known: models.Violations{Elsewhere: row.others}}
				j := NewJudge(DefaultConfig(), world.deps(db, by(row.change)))
				run(t, j)
				j.Alarmed(alarm(somebody(), time.Now()))
				<-world.verdicts
				synctest.Wait()
				world.wantHolds(t, "after the verdict", row.want...)
			})
		})
	}
}

func TestWhatAReviewerDismissedIsNoViolation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, db := newStage(), &register{}
		j := NewJudge(DefaultConfig(), world.deps(db, by()))
		run(t, j)
		leg := somebody()
		for i, row := range []struct {
			dismissed int
			want      []models.Action
		}{{0, warns}, {1, warns}, {1, ends}, {3, warns}} {
			db.set(func(r *register) { r.known.Dismissed = row.dismissed })
			j.Alarmed(alarm(leg, time.Now().Add(time.Duration(i)*time.Minute)))
			if got := <-world.verdicts; !slices.Equal(got.Actions, row.want) {
				t.Errorf("violation %d with %d dismissed: %v, want %v", i+1, row.dismissed, got.Actions, row.want)
			}
		}
		world.wantHolds(t, "each time", true, true, true, true)
	})
}

func TestConductIsForgottenInTheEndAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, db := newStage(), &register{}
		j := NewJudge(DefaultConfig(), world.deps(db, by()))
		begin := time.Now()
		for i := range maxCalls + 10 {
			j.calls.violation(visitor{pair: models.PairID(fmt.Sprint(i))}, "nudity", begin.Add(time.Duration(i)))
		}
		if n := len(j.calls.visitors); n != maxCalls {
			t.Errorf("%d visitors are remembered", n)
		}
		if n, _ := j.calls.violation(visitor{pair: models.PairID(fmt.Sprint(maxCalls + 9))}, "nudity", begin.Add(time.Minute)); n != 2 {
			t.Errorf("the newest has %d", n)
		}
		run(t, j)
		time.Sleep(violationAge + 3*sweepEvery)
		j.calls.mu.Lock()
		defer j.calls.mu.Unlock()
		if n := len(j.calls.visitors); n != 0 {
			t.Errorf("%d visitors a day later", n)
		}
	})
}

func TestCountsAreBoundedWhileTheDatabaseIsAway(t *testing.T) {
	c := tally{counts: map[models.RuleCount]int64{}}
	lost := 0
	for version := range maxTally + 10 {
		if !c.add("nudity", version, false, time.Now()) {
			lost++
		}
	}
	if !c.add("nudity", 0, false, time.Now()) || lost != 10 {
		t.Errorf("%d lost", lost)
	}
	db := &register{away: true}
	if n, err := c.save(t.Context(), db); n != 0 || !errors.Is(err, errAway) {
		t.Errorf("lost %d, %v", n, err)
	}
	db.away = false
	if n, err := c.save(t.Context(), db); n != 0 || err != nil || db.counts != maxTally+1 {
		t.Errorf("lost %d, %v, saved %d", n, err, db.counts)
	}
}
