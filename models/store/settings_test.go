package store_test

import (
	"reflect"
	"testing"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
)

func TestTwoEditorsCannotOverwriteEachOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		t.Run("settings", func(t *testing.T) {
			_, err := s.Setting(t.Context(), "words")
			wantErr(t, err, store.ErrNotFound)
			ana := models.Setting{Key: "words", Value: models.JSON(`["a"]`), At: noon}
			bob := ana
			must(t, s.PutSetting(t.Context(), &ana))
			wantErr(t, s.PutSetting(t.Context(), &bob), store.ErrConflict)
			bob = ana
			ana.Value = models.JSON(`["b"]`)
			must(t, s.PutSetting(t.Context(), &ana))
			wantErr(t, s.PutSetting(t.Context(), &bob), store.ErrConflict)
			got, err := s.Setting(t.Context(), "words")
			must(t, err)
			if !reflect.DeepEqual(got, ana) || got.Version != 2 {
				t.Errorf("setting %+v, want %+v", got, ana)
			}
			missing := models.Setting{Key: "none", Version: 4, At: noon}
			wantErr(t, s.PutSetting(t.Context(), &missing), store.ErrNotFound)
			wantErr(t, s.PutSetting(t.Context(), &models.Setting{Key: "bad", Value: models.JSON(`{`)}), models.ErrInvalid)
			must(t, s.PutSetting(t.Context(), &models.Setting{Key: "a", At: noon}))
			all, err := s.Settings(t.Context())
			must(t, err)
			if len(all) != 2 || all[0].Key != "a" {
				t.Errorf("settings %+v", all)
			}
		})
		t.Run("policies", func(t *testing.T) {
			_, err := s.Policy(t.Context(), "routes")
			wantErr(t, err, store.ErrNotFound)
			ana := models.Policy{Name: "routes", Rules: models.JSON(`[]`), At: noon}
			bob := ana
			must(t, s.AppendPolicy(t.Context(), &ana))
			wantErr(t, s.AppendPolicy(t.Context(), &bob), store.ErrConflict)
			ana.Rules = models.JSON(`[1]`)
			must(t, s.AppendPolicy(t.Context(), &ana))
			got, err := s.Policy(t.Context(), "routes")
			must(t, err)
			if !reflect.DeepEqual(got, ana) || got.Version != 2 {
				t.Errorf("policy %+v, want %+v", got, ana)
			}
			history, err := s.PolicyHistory(t.Context(), "routes", 10)
			must(t, err)
			if len(history) != 2 || history[0].Version != 2 || history[1].Version != 1 {
				t.Errorf("history %+v", history)
			}
		})
	})
}

func TestOfManyEditorsAtOnceExactlyOneWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		errs := make(chan error)
		const editors = 8
		for range editors {
			go func() { errs <- s.AppendPolicy(t.Context(), &models.Policy{Name: "routes", At: noon}) }()
		}
		won := 0
		for range editors {
			if err := <-errs; err == nil {
				won++
			} else {
				wantErr(t, err, store.ErrConflict)
			}
		}
		if won != 1 {
			t.Errorf("%d editors wrote version 1", won)
		}
	})
}
