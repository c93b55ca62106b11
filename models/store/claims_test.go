package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
)

const lease = 10 * time.Minute

func claimOf(flag models.FlagID, by models.StaffID, version int, now time.Time) models.Claim {
	return models.Claim{Flag: flag, By: by, Version: version, Now: now, Until: now.Add(lease)}
}

func queued(t *testing.T, s *store.Store, change func(*models.Flag)) *models.Flag {
	t.Helper()
	flag := newFlag()
	if change != nil {
		change(flag)
	}
	must(t, s.CreateFlag(t.Context(), flag))
	return flag
}

func TestFiftyReviewersWhoClaimTwentyFlagsGetEachOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var flags []models.FlagID
		for range 20 {
			flags = append(flags, queued(t, s, nil).ID)
		}
		var won, lost atomic.Int32
		var all sync.WaitGroup
		for i := range 50 {
			by := models.StaffID(fmt.Sprintf("reviewer %d", i))
			all.Go(func() {
				for _, id := range flags {
					flag, err := s.ClaimFlag(t.Context(), claimOf(id, by, 1, noon))
					switch {
					case err == nil && flag.Reviewer == by && flag.State == models.FlagClaimed && flag.Version == 2:
						won.Add(1)
					case errors.Is(err, store.ErrConflict):
						lost.Add(1)
					default:
						t.Errorf("got %+v, %v", flag, err)
					}
				}
			})
		}
		all.Wait()
		if won.Load() != 20 || lost.Load() != 980 {
			t.Errorf("%d claims, %d refusals", won.Load(), lost.Load())
		}
	})
}

func TestAClaimIsALeaseThatActivityRenews(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		flag := queued(t, s, nil)
		got, err := s.ClaimFlag(t.Context(), claimOf(flag.ID, "ann", 0, noon))
		must(t, err)
		if got.LeaseUntil == nil || !got.LeaseUntil.Equal(stored.Add(lease)) || !got.ChangedAt.Equal(stored) {
			t.Errorf("claimed as %+v", got)
		}
		must(t, s.RenewClaim(t.Context(), claimOf(flag.ID, "ann", 0, noon.Add(9*time.Minute))))
		wantErr(t, s.RenewClaim(t.Context(), claimOf(flag.ID, "bob", 0, noon.Add(9*time.Minute))), models.ErrNotHolder)
		_, err = s.ClaimFlag(t.Context(), claimOf(flag.ID, "bob", 0, noon.Add(18*time.Minute)))
		wantErr(t, err, store.ErrConflict)
		wantErr(t, s.RenewClaim(t.Context(), claimOf(flag.ID, "ann", 0, noon.Add(19*time.Minute))), models.ErrNotHolder)
		got, err = s.ClaimFlag(t.Context(), claimOf(flag.ID, "bob", got.Version, noon.Add(19*time.Minute)))
		must(t, err)
		if got.Reviewer != "bob" || got.Version != 3 {
			t.Errorf("after the lease it is %+v", got)
		}
		_, err = s.ReleaseFlag(t.Context(), claimOf(flag.ID, "ann", 0, noon))
		wantErr(t, err, store.ErrConflict)
		got, err = s.ReleaseFlag(t.Context(), claimOf(flag.ID, "bob", 3, noon.Add(20*time.Minute)))
		must(t, err)
		if got.State != models.FlagOpen || got.Reviewer != "" || got.LeaseUntil != nil || got.Version != 4 {
			t.Errorf("released it is %+v", got)
		}
		_, err = s.ClaimFlag(t.Context(), claimOf(models.NewFlagID(), "ann", 0, noon))
		wantErr(t, err, store.ErrNotFound)
		_, err = s.ClaimFlag(t.Context(), claimOf(flag.ID, "ann", 1, noon))
		wantErr(t, err, store.ErrConflict)
	})
}

func decisionOn(flag models.FlagID, by models.StaffID, outcome models.Outcome, at time.Time) *models.Decision {
	return &models.Decision{ID: models.NewDecisionID(), Flag: flag, By: by, Outcome: outcome, Action: models.ActionNone, Reason: "seen", At: at}
}

func TestADecisionMovesItsFlagOnceAndCanBeUndoneInTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		flag := queued(t, s, nil)
		_, err := s.DecideFlag(t.Context(), decisionOn(flag.ID, "ann", models.OutcomeViolation, noon), 0, models.FlagUpheld)
		wantErr(t, err, store.ErrConflict) // not claimed
		_, err = s.DecideFlag(t.Context(), decisionOn(flag.ID, "ann", models.OutcomeViolation, noon), 0, models.FlagAppealed)
		wantErr(t, err, models.ErrTransition)
		_, err = s.ClaimFlag(t.Context(), claimOf(flag.ID, "ann", 1, noon))
		must(t, err)
		_, err = s.DecideFlag(t.Context(), decisionOn(flag.ID, "bob", models.OutcomeViolation, noon), 2, models.FlagUpheld)
		wantErr(t, err, store.ErrConflict)
		got, err := s.DecideFlag(t.Context(), decisionOn(flag.ID, "ann", models.OutcomeViolation, noon), 2, models.FlagUpheld)
		must(t, err)
		if got.State != models.FlagUpheld || got.Version != 3 || got.LeaseUntil != nil || got.Reviewer != "ann" {
			t.Errorf("decided it is %+v", got)
		}
		undo := func(by models.StaffID, version int, at time.Time) (models.Flag, error) {
			return s.UndoFlag(t.Context(), decisionOn(flag.ID, by, models.OutcomeUndone, at), version, at.Add(-10*time.Second), at.Add(lease))
		}
		for _, row := range []struct {
			by      models.StaffID
			version int
			after   time.Duration
		}{{"bob", 3, time.Second}, {"ann", 2, time.Second}, {"ann", 3, 10 * time.Second}} {
			_, err = undo(row.by, row.version, noon.Add(row.after))
			wantErr(t, err, store.ErrConflict)
		}
		got, err = undo("ann", 3, noon.Add(9*time.Second))
		must(t, err)
		if got.State != models.FlagClaimed || got.Version != 4 || got.LeaseUntil == nil {
			t.Errorf("undone it is %+v", got)
		}
		list, err := s.Decisions(t.Context(), flag.ID)
		must(t, err)
		if len(list) != 2 || list[0].Outcome != models.OutcomeViolation || list[1].Outcome != models.OutcomeUndone {
			t.Errorf("decisions are %+v", list)
		}
	})
}

func TestPrecisionIsTakenFromWhatReviewersFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		judged := func(rule string, score float64, outcome models.FlagState) {
			flag := queued(t, s, func(f *models.Flag) {
				f.Rule, f.Scores = rule, map[string]float64{"Porn": score, "Neutral": 1}
			})
			_, err := s.ClaimFlag(t.Context(), claimOf(flag.ID, "ann", 1, noon))
			must(t, err)
			if outcome != models.FlagClaimed {
				_, err = s.DecideFlag(t.Context(), decisionOn(flag.ID, "ann", models.OutcomeViolation, noon), 2, outcome)
				must(t, err)
			}
		}
		judged("nudity@1", 0.99, models.FlagDismissed)
		judged("nudity@2", 0.86, models.FlagDismissed)
		judged("nudity@2", 0.91, models.FlagUpheld)
		judged("nudity@2", 0.97, models.FlagUpheld)
		judged("nudity@2", 0.97, models.FlagClaimed)
		judged("nud_ty@2", 0.99, models.FlagDismissed)
		judged("nudity", 0.99, models.FlagUpheld)
		got, err := s.Precision(t.Context(), "nudity", []string{"Porn", "Hentai"}, 0.9, 0.98)
		must(t, err)
		want := []models.Precision{
			{Version: 2, Threshold: 0, Decided: 3, Upheld: 2, Precision: 2.0 / 3}, {Version: 2, Threshold: 0.9, Decided: 2, Upheld: 2, Precision: 1}, {Version: 2, Threshold: 0.98},
			{Version: 1, Threshold: 0, Decided: 1}, {Version: 1, Threshold: 0.9, Decided: 1}, {Version: 1, Threshold: 0.98, Decided: 1},
			{Threshold: 0, Decided: 1, Upheld: 1, Precision: 1}, {Threshold: 0.9, Decided: 1, Upheld: 1, Precision: 1}, {Threshold: 0.98, Decided: 1, Upheld: 1, Precision: 1},
		}
		if !slices.Equal(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if got, err = s.Precision(t.Context(), "nud_ty@2", nil); err != nil || len(got) != 1 || got[0].Decided != 1 {
			t.Errorf("of one version: %+v, %v", got, err)
		}
		flags, _, err := s.Flags(t.Context(), store.FlagFilter{Rule: "nudity"}, store.Page{})
		must(t, err)
		counts, err := s.FlagCounts(t.Context())
		must(t, err)
		if len(flags) != 6 || !slices.Contains(counts, models.FlagCount{Kind: models.FlagText, State: models.FlagDismissed, Flags: 3}) {
			t.Errorf("%d flags of the rule; counts %+v", len(flags), counts)
		}
	})
}
