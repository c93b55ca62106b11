package store_test

import (
	"slices"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
)

func TestViolationsAreThoseOfTheDeviceThatStand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		session, pair, now := newSession(), models.NewPairID(), time.Now()
		must(t, s.DB().Create(&session).Error)
		flag := func(change func(*models.Flag)) *models.Flag {
			f := &models.Flag{
				ID: models.NewFlagID(), Kind: models.FlagFrame, Session: models.NewSessionID(), Device: session.Device, Pair: models.NewPairID(),
				State: models.FlagOpen, At: now,
			}
			change(f)
			must(t, s.CreateFlag(t.Context(), f))
			return f
		}
		flag(func(*models.Flag) {})
		flag(func(*models.Flag) {})
		twice := models.NewPairID() // of several rules about the same pictures, and again later
		for _, f := range []struct {
			rule string
			at   time.Duration
		}{{"nudity@1", 0}, {"gore@1", 2 * time.Second}, {"weapons@1", 4 * time.Second}, {"nudity@2", 10 * time.Second}, {"nudity@2", 12 * time.Second}} {
			flag(func(fl *models.Flag) { fl.Pair, fl.Rule, fl.At = twice, f.rule, now.Add(f.at-time.Minute) })
		}
		flag(func(f *models.Flag) { f.Shadow = true })
		flag(func(f *models.Flag) { f.Kind = models.FlagHash })
		flag(func(f *models.Flag) { f.Device = models.NewDeviceID() })
		flag(func(f *models.Flag) { f.Pair = pair })
		flag(func(f *models.Flag) { f.At = now.Add(-25 * time.Hour) })
		dismiss := func(f *models.Flag) {
			must(t, s.DB().Model(f).Where("id = ?", f.ID).Update("state", models.FlagDismissed).Error)
		}
		dismiss(flag(func(*models.Flag) {}))
		for range 3 {
			dismiss(flag(func(f *models.Flag) { f.Session, f.Pair = session.ID, pair }))
		}
		dismiss(flag(func(f *models.Flag) { f.Pair = pair })) // of the partner

		got, err := s.Violations(t.Context(), session.ID, pair, now.Add(-24*time.Hour))
		if want := (models.Violations{Device: session.Device, Elsewhere: 5, Dismissed: 3}); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
		if _, err := s.Violations(t.Context(), models.NewSessionID(), pair, now); err == nil {
			t.Error("a session that nobody knows has violations")
		} else {
			wantErr(t, err, store.ErrNotFound)
		}
	})
}

func TestAlarmsOfRulesAddUpByDayAndVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		today := models.DayOf(noon)
		row := func(rule string, version int, day models.Day, shadow bool, alarms int64) models.RuleCount {
			return models.RuleCount{Rule: rule, Version: version, Day: day, Shadow: shadow, Alarms: alarms}
		}
		must(t, s.AddRuleCounts(t.Context(), []models.RuleCount{row("suggestive", 2, today, true, 5), row("nudity", 2, today, false, 1), row("nudity", 1, "2026-11-01", false, 9)}))
		must(t, s.AddRuleCounts(t.Context(), []models.RuleCount{row("nudity", 2, today, false, 2), row("nudity", 3, today, false, 4)}))
		wantErr(t, s.AddRuleCounts(t.Context(), []models.RuleCount{row("nudity", 2, today, false, 7), row("nudity", 2, "today", false, 7)}), models.ErrInvalid)
		got, err := s.RuleCounts(t.Context(), "2026-11-02", 10)
		must(t, err)
		want := []models.RuleCount{row("nudity", 3, today, false, 4), row("nudity", 2, today, false, 3), row("suggestive", 2, today, true, 5)}
		if !slices.Equal(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

func TestAFlagThatIsMadeTwiceIsThereOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		flag := models.Flag{ID: models.NewFlagID(), Kind: models.FlagFrame, Session: models.NewSessionID(), Rule: "first", State: models.FlagOpen, At: noon}
		must(t, s.CreateFlag(t.Context(), &flag))
		again := models.Flag{ID: flag.ID, Kind: models.FlagFrame, Session: flag.Session, Rule: "second", State: models.FlagOpen, At: noon}
		must(t, s.CreateFlag(t.Context(), &again))
		if got, err := s.Flag(t.Context(), flag.ID); err != nil || got.Rule != "first" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
