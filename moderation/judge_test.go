package moderation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/moderation/frame"
)

// stage is everything around a judge, and notes what it is asked to do.
type stage struct {
	verdicts chan models.Verdict
	stored   chan frame.Still

	mu    sync.Mutex
	holds []bool
	put   map[models.FlagID][]frame.Still
	known map[string][]Known // by the frame of a still
	away  error              // of the store of stills
}

func newStage() *stage {
	return &stage{
		verdicts: make(chan models.Verdict, 1000), stored: make(chan frame.Still, 1000),
		put: map[models.FlagID][]frame.Still{}, known: map[string][]Known{},
	}
}

func (s *stage) Hold(_ models.PairID, _ models.Side, hold bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds = append(s.holds, hold)
	return nil
}

func (s *stage) Verdict(v models.Verdict) { s.verdicts <- v }

func (s *stage) Put(_ context.Context, flag models.FlagID, still frame.Still) ([]Known, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return nil, s.away
	}
	s.put[flag] = append(s.put[flag], still)
	s.stored <- still
	return s.known[string(still.Frame)], nil
}

func (s *stage) wantHolds(t *testing.T, when string, want ...bool) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.holds, want) {
		t.Errorf("%s: the media server was told hold %v, want %v", when, s.holds, want)
	}
}

func (s *stage) deps(records Records, rules func() *Rules) Deps {
	return Deps{Media: s, Homes: s, Records: records, Stills: s, Rules: rules, Model: "mid@1", Log: slog.New(slog.DiscardHandler)}
}

// run runs a judge until the returned function is called, which waits for its end.
func run(t *testing.T, j *Judge) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- j.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// visit is somebody in a call whose session the database knows.
func visit(t *testing.T, s *store.Store) (models.Leg, models.DeviceID) {
	t.Helper()
	leg := models.Leg{Session: models.NewSessionID(), Pair: models.NewPairID(), Side: models.SideB, Epoch: 1}
	device := models.NewDeviceID()
	recorder := store.NewRecorder(s, store.DefaultRecorderConfig(), slog.New(slog.DiscardHandler))
	recorder.Session(models.Session{ID: leg.Session, Device: device, IP: "192.0.2.1", StartedAt: time.Now()})
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // it writes what there is, and ends
	if err := recorder.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return leg, device
}

// alarm is one of the rule nudity, with stills.
func alarm(leg models.Leg, at time.Time, stills ...string) frame.Alarm {
	a := frame.Alarm{Leg: leg, Rule: "nudity", Version: 3, Class: "Porn", Score: 0.97, At: at}
	for i, text := range stills {
		a.Stills = append(a.Stills, frame.Still{
			Frame: []byte(text), Width: 640, Height: 480, Scores: map[string]float64{"Porn": 0.97 - float64(i)/100, "Neutral": 0.01}, At: at.Add(time.Duration(i) * time.Second),
		})
	}
	return a
}

// by makes the default rules answer as those in force.
func by(change ...func(*Rules)) func() *Rules {
	rules := DefaultRules()
	for _, f := range change {
		f(rules)
	}
	rules.as(3)
	return func() *Rules { return rules }
}

func TestAVideoIsStoppedAtOnceThenComeVerdictFlagAndStills(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		leg, device := visit(t, s)
		world := newStage()
		j := NewJudge(DefaultConfig(), world.deps(s, by()))
		at := time.Now()
		j.Alarmed(alarm(leg, at, "first", "second"))
		world.wantHolds(t, "before anybody runs", true)
		stop := run(t, j)
		got := <-world.verdicts
		want := models.Verdict{
			Flag: got.Flag, Leg: leg, Rule: "nudity", Version: 3, Reason: models.ReasonNudity, Class: "Porn", Score: 0.97, At: at,
			Actions: []models.Action{models.ActionBlur, models.ActionStop, models.ActionWarn},
		}
		if got.Flag == "" || !reflect.DeepEqual(got, want) {
			t.Errorf("verdict %+v, want %+v", got, want)
		}
		if newest := <-world.stored; string(newest.Frame) != "second" {
			t.Errorf("the first still to be stored is %q", newest.Frame)
		}
		<-world.stored
		stop()
		world.wantHolds(t, "in the end", true)
		flag, err := s.Flag(t.Context(), got.Flag)
		if err != nil {
			t.Fatal(err)
		}
		if flag.Kind != models.FlagFrame || flag.Session != leg.Session || flag.Device != device || flag.Pair != leg.Pair || flag.Rule != "nudity@3" ||
			flag.Model != "mid@1" || flag.Route != models.RouteSFU || flag.Shadow || !slices.Equal(flag.Actions, want.Actions) ||
			flag.Scores["Porn"] != 0.97 || flag.Scores["Neutral"] != 0.01 {
			t.Errorf("flag %+v", flag)
		}
		var told []string
		for _, event := range flag.Timeline {
			if event.Side != models.SideB {
				t.Errorf("%+v is about the partner", event)
			}
			told = append(told, event.What)
		}
		if want := []string{"alarm:nudity", "verdict:blur", "verdict:stop", "verdict:warn"}; !slices.Equal(told, want) {
			t.Errorf("timeline %v, want %v", told, want)
		}
		if stats := j.Stats(); stats != (Stats{Alarms: 1, Flags: 1, Stills: 2}) {
			t.Errorf("%+v", stats)
		}
	})
}

func TestTheLadderCountsTheCallAndTheDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, row := range []struct {
			elsewhere, here int
			want            models.Action // the last of the verdict's
			ban             time.Duration
		}{
			{0, 1, models.ActionWarn, 0},
			{0, 2, models.ActionEnd, 0},
			{0, 3, models.ActionBan, 24 * time.Hour},
			{0, 4, models.ActionBan, 24 * time.Hour},
			{1, 1, models.ActionEnd, 0},
			{1, 2, models.ActionBan, 24 * time.Hour},
			{5, 1, models.ActionBan, 24 * time.Hour},
		} {
			t.Run(fmt.Sprintf("%d elsewhere and %d here", row.elsewhere, row.here), func(t *testing.T) {
				leg, device := visit(t, s)
				at := time.Now()
				for range row.elsewhere {
					err := s.CreateFlag(t.Context(), &models.Flag{
						ID: models.NewFlagID(), Kind: models.FlagFrame, Session: models.NewSessionID(), Device: device, Pair: models.NewPairID(), State: models.FlagOpen, At: at,
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				world := newStage()
				j := NewJudge(DefaultConfig(), world.deps(s, by()))
				run(t, j)
				var got models.Verdict
				for i := range row.here {
					j.Alarmed(alarm(leg, at.Add(time.Duration(i)*time.Minute)))
					got = <-world.verdicts
				}
				if got.Actions[len(got.Actions)-1] != row.want || got.BanFor != row.ban {
					t.Errorf("%v, a ban of %v", got.Actions, got.BanFor)
				}
			})
		}
	})
}

func TestARuleInShadowActsNeverAndCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		leg, _ := visit(t, s)
		world := newStage()
		j := NewJudge(DefaultConfig(), world.deps(s, by()))
		stop := run(t, j)
		at := time.Now()
		for i := range 7 {
			a := alarm(leg, at.Add(time.Duration(i)*time.Minute), "x")
			a.Rule, a.Class, a.Shadow = "suggestive", "Sexy", true
			j.Alarmed(a)
			if v := <-world.verdicts; !v.Shadow || len(v.Actions) > 0 || v.Flag != "" || v.Rule != "suggestive" {
				t.Fatalf("verdict %+v", v)
			}
		}
		stop()
		world.wantHolds(t, "in shadow")
		flags, _, err := s.Flags(t.Context(), store.FlagFilter{}, store.Page{})
		if err != nil || len(flags) > 0 || len(world.put) > 0 {
			t.Errorf("flags %+v, stills %v, %v", flags, world.put, err)
		}
		counts, err := s.RuleCounts(t.Context(), models.DayOf(at), 10)
		var sum int64
		for _, c := range counts { // two days, around midnight
			sum += c.Alarms
		}
		if err != nil || sum != 7 || counts[0].Rule != "suggestive" || counts[0].Version != 3 || !counts[0].Shadow {
			t.Errorf("counted %+v, %v", counts, err)
		}
		if stats := j.Stats(); stats != (Stats{Shadow: 7}) {
			t.Errorf("%+v", stats)
		}
	})
}

// versions are those in a database.
type versions struct{ *store.Store }

func (v versions) Newest(ctx context.Context) (models.Policy, error) {
	policy, err := v.Policy(ctx, RulesName)
	if errors.Is(err, store.ErrNotFound) {
		return models.Policy{}, nil
	}
	return policy, err
}

func (v versions) Append(ctx context.Context, policy *models.Policy) error {
	return v.AppendPolicy(ctx, policy)
}

func TestRulesThatAreChangedTakeEffectAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		leg, _ := visit(t, s)
		world := newStage()
		keeper := NewKeeper(versions{s}, func(int) {}, slog.New(slog.DiscardHandler))
		j := NewJudge(DefaultConfig(), world.deps(s, keeper.Rules))
		run(t, j)
		if votes := keeper.Rules().Votes(); votes.Version != 0 || votes.Rules[0].Threshold != 0.85 || votes.Rules[0].Percent != 100 || votes.Rules[1].Mode != frame.Shadow {
			t.Errorf("by default %+v", votes)
		}
		if _, err := keeper.Set(t.Context(), documentWith(t, "rules", `{"threshold":0.95,"percent":10}`), 0, "too many", "operator"); err != nil {
			t.Fatal(err)
		}
		if votes := keeper.Rules().Votes(); votes.Version != 1 || votes.Rules[0].Threshold != 0.95 || votes.Rules[0].Percent != 10 || votes.Rules[0].Window != 15*time.Second {
			t.Errorf("changed to %+v", votes)
		}
		if _, err := keeper.Set(t.Context(), documentWith(t, "rules", `{"mode":"shadow"}`), 1, "only look", "operator"); err != nil {
			t.Fatal(err)
		}
		j.Alarmed(alarm(leg, time.Now())) // of a vote by the version before
		if v := <-world.verdicts; !v.Shadow || len(v.Actions) > 0 {
			t.Errorf("a rule that is in shadow by now: %+v", v)
		}
		world.wantHolds(t, "in shadow by now")
	})
}
