package store_test

import (
	"errors"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
)

func TestStandingCountsReportersOnceAndNothingThatWasDismissed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		now := time.Now()
		device, other := models.NewDeviceID(), models.NewDeviceID()
		report := func(reported, reporter models.DeviceID, at time.Time) models.ReportID {
			r := &models.Report{
				ID: models.NewReportID(), ClientID: "r", Pair: models.NewPairID(), Reason: models.ReasonSpam, Status: models.ReportOpen, At: at,
				Reporter: models.Party{Session: models.NewSessionID(), Device: reporter},
				Reported: models.Party{Session: models.NewSessionID(), Device: reported},
			}
			if _, err := s.CreateReport(ctx, r); err != nil {
				t.Fatal(err)
			}
			return r.ID
		}
		angry := models.NewDeviceID()
		report(device, angry, now)
		report(device, angry, now)                                   // the same one again
		report(device, models.NewDeviceID(), now)                    // another one
		report(device, models.NewDeviceID(), now.Add(-48*time.Hour)) // long ago
		report(other, models.NewDeviceID(), now)                     // about somebody else
		dismissed := report(device, models.NewDeviceID(), now)       // found to be wrong
		err := s.Resolve(ctx, dismissed, models.ReportOpen, models.ReportDismissed, models.ResolutionNoViolation, "", now)
		if err != nil {
			t.Fatal(err)
		}
		flag := func(state models.FlagState) {
			f := &models.Flag{ID: models.NewFlagID(), Kind: models.FlagFrame, Session: models.NewSessionID(), Device: device, State: models.FlagOpen, At: now, ChangedAt: now}
			if err := s.CreateFlag(ctx, f); err != nil {
				t.Fatal(err)
			}
			if state == models.FlagDismissed {
				for _, step := range [][2]models.FlagState{{models.FlagOpen, models.FlagClaimed}, {models.FlagClaimed, models.FlagDismissed}} {
					if err := s.MoveFlag(ctx, f.ID, step[0], step[1], now); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		flag(models.FlagOpen)
		flag(models.FlagDismissed)

		watched := &models.Flag{ID: models.NewFlagID(), Kind: models.FlagFrame, Session: models.NewSessionID(), Device: device, State: models.FlagOpen, At: now, Shadow: true}
		if err := s.CreateFlag(ctx, watched); err != nil {
			t.Fatal(err)
		}

		got, err := s.Standing(ctx, device, now.Add(-24*time.Hour), 3)
		if err != nil || got != (models.Standing{Reports: 2, Flags: 1}) {
			t.Fatalf("%+v, %v; want 2 reports and 1 flag", got, err)
		}
		got, err = s.Standing(ctx, models.NewDeviceID(), now.Add(-24*time.Hour), 3)
		if err != nil || got != (models.Standing{}) {
			t.Fatalf("of somebody new: %+v, %v", got, err)
		}

		// The angry one turns out to cry wolf.
		for i := range 4 {
			claim := &models.Sighting{
				ID: models.NewSightingID(), Pair: models.NewPairID(), Reporter: models.NewSessionID(), ReporterDevice: angry,
				Accused: models.NewSessionID(), AccusedDevice: device, Scores: map[string]float64{"Porn": 0.9}, Outcome: models.SightingOpen, At: now,
			}
			if err := s.CreateSighting(ctx, claim); err != nil {
				t.Fatal(err)
			}
			outcome := models.SightingRefuted
			if i == 3 {
				outcome = models.SightingConfirmed
			}
			if err := s.SettleSighting(ctx, claim.ID, outcome, now); err != nil {
				t.Fatal(err)
			}
			if err := s.SettleSighting(ctx, claim.ID, models.SightingUnseen, now); !errors.Is(err, store.ErrConflict) {
				t.Fatalf("settled twice: %v", err)
			}
			rows, err := s.Sightings(ctx, claim.Pair)
			if err != nil || len(rows) != 1 || rows[0].Outcome != outcome || rows[0].Scores["Porn"] != 0.9 || rows[0].SettledAt == nil {
				t.Fatalf("stored as %+v, %v", rows, err)
			}
		}
		got, err = s.Standing(ctx, device, now.Add(-24*time.Hour), 3)
		if err != nil || got.Reports != 1 {
			t.Fatalf("after false alarms of a reporter: %+v, %v", got, err)
		}
		got, err = s.Standing(ctx, angry, now.Add(-24*time.Hour), 3)
		if err != nil || got.FalseAlarms != 3 {
			t.Fatalf("of that reporter: %+v, %v", got, err)
		}
	})
}
