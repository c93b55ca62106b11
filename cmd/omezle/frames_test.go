package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/models"
	"omezle/models/store/storetest"
	"omezle/moderation"
	"omezle/moderation/frame"
)

// still is a media server that nobody sends to.
type still struct{}

func (still) Sample(models.PairID, models.Side, bool) error          { return nil }
func (still) AskKeyframe(models.PairID, models.Side) error           { return nil }
func (still) Classify(context.Context, []float32) ([]float64, error) { return []float64{0.25}, nil }

func TestPicturesAreLookedAtOnlyWhileSomebodyCanJudgeThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var able atomic.Bool
		var told atomic.Int64
		sampler := frame.New(frame.DefaultConfig(), frame.Deps{Source: still{}, Log: slog.New(slog.DiscardHandler)})
		l := &lookout{sampler: sampler, able: able.Load, changed: func() { told.Add(1) }, legs: map[legPlace]watched{}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.run(ctx) }()
		wants := func(watched int, changes int64, when string) {
			t.Helper()
			time.Sleep(time.Second)
			synctest.Wait()
			if got := sampler.Stats().Watched; got != watched || told.Load() != changes {
				t.Errorf("%s: %d pictures are watched, want %d; the others were told %d times, want %d", when, got, watched, told.Load(), changes)
			}
		}
		leg := models.Leg{Pair: "pair", Session: "session", Side: models.SideB, Epoch: 2}
		old, other := leg, leg
		old.Epoch, other.Side = 1, models.SideA
		l.Watch(leg, models.SamplingNormal)
		wants(0, 0, "nobody can judge")
		able.Store(true)
		wants(1, 1, "somebody can")
		l.Watch(old, models.SamplingNone)
		l.Watch(other, models.SamplingSparse)
		wants(2, 1, "another one comes, and an old word")
		able.Store(false)
		wants(0, 2, "nobody can any more")
		l.Watch(other, models.SamplingNone)
		l.Forget(old)
		able.Store(true)
		wants(1, 3, "somebody can again")
		l.Forget(leg)
		l.Forget(other)
		wants(0, 3, "both are gone")
		if len(l.legs) > 0 {
			t.Errorf("legs are remembered: %+v", l.legs)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestANodeJudgesByItselfWhenTheOthersDoNot(t *testing.T) {
	picture, err := os.ReadFile(filepath.Join(root, "moderation", "frame", "testdata", "neutral-60k.vp8"))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{})
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	remote := frame.NewRemote(client, "here", slog.New(slog.DiscardHandler))
	local := frame.NewLocal(still{}, []string{"Porn"}, 8, 0)
	others := func(are bool) func() bool { return func() bool { return are } }
	for name, f := range map[string]*frames{
		"alone":                     {local: local, remote: remote, elsewhere: others(false)},
		"others that do not answer": {local: local, remote: remote, elsewhere: others(true)},
	} {
		if judged, err := f.Judge(t.Context(), picture); err != nil || judged.Scores["Porn"] != 0.25 || !f.able() {
			t.Errorf("%s: %+v, %v", name, judged, err)
		}
	}
	without := &frames{remote: remote, elsewhere: others(true)}
	if _, err := without.Judge(t.Context(), picture); !errors.Is(err, redis.ErrClosed) {
		t.Errorf("without a model: %v", err)
	}
	for are, f := range map[bool]*frames{true: without, false: {remote: remote, elsewhere: others(false)}} {
		if f.able() != are {
			t.Errorf("others are there: %v, and it is able: %v", are, f.able())
		}
	}
}

func TestRulesThatNobodySetAreNoError(t *testing.T) {
	db := storetest.Migrated(t, storetest.SQLite(t))
	rules := shelf{db, moderation.RulesName}
	if newest, err := rules.Newest(t.Context()); err != nil || newest.Version != 0 {
		t.Errorf("%+v, %v", newest, err)
	}
	keeper := moderation.NewKeeper(rules, func(int) {}, slog.New(slog.DiscardHandler))
	if err := keeper.Load(t.Context()); err != nil || keeper.Rules().Version != 0 || len(keeper.Rules().Rules) == 0 {
		t.Errorf("%+v, %v", keeper.Rules(), err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := rules.Newest(t.Context()); err == nil {
		t.Error("a closed database has rules")
	}
}
