package store_test

import (
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

		reports, flags, err := s.Standing(ctx, device, now.Add(-24*time.Hour))
		if err != nil || reports != 2 || flags != 1 {
			t.Fatalf("%d reports, %d flags, %v; want 2 and 1", reports, flags, err)
		}
		reports, flags, err = s.Standing(ctx, models.NewDeviceID(), now.Add(-24*time.Hour))
		if err != nil || reports != 0 || flags != 0 {
			t.Fatalf("of somebody new: %d reports, %d flags, %v", reports, flags, err)
		}
	})
}
