package store_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
)

func TestHomesAddToAFlagWhatTheyKnowOfItsCall(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Now().UTC().Truncate(time.Millisecond)
		flag := &models.Flag{
			ID: models.NewFlagID(), Kind: models.FlagFrame, Session: models.NewSessionID(), Pair: models.NewPairID(), State: models.FlagOpen, At: now,
			Scores: map[string]float64{"Porn": 0.97}, Actions: []models.Action{models.ActionStop},
		}
		notes := models.FlagNotes{
			Device: models.NewDeviceID(), Route: models.RouteSFU, ClientScores: map[string]float64{"Porn": 0.9},
			Timeline: []models.TimelineEvent{{At: now, What: "matched"}, {At: now, What: "verdict:stop", Side: models.SideB}},
		}
		if err := s.AnnotateFlag(t.Context(), flag.ID, notes); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("a flag that is not there yet: %v", err)
		}
		if err := s.CreateFlag(t.Context(), flag); err != nil {
			t.Fatal(err)
		}
		if err := s.AnnotateFlag(t.Context(), flag.ID, notes); err != nil {
			t.Fatal(err)
		}
		want := *flag
		want.Device, want.Route, want.ClientScores, want.Timeline = notes.Device, notes.Route, notes.ClientScores, notes.Timeline
		got, err := s.Flag(t.Context(), flag.ID)
		if err != nil || !reflect.DeepEqual(got.Timeline, want.Timeline) || !reflect.DeepEqual(got.ClientScores, want.ClientScores) ||
			got.Device != want.Device || got.Route != want.Route || got.Version != 1 || len(got.Actions) != 1 || got.Scores["Porn"] != 0.97 {
			t.Fatalf("%+v, %v; want %+v", got, err, want)
		}
	})
}

func TestADeviceIsKeptOutUntilItsLongestBanEndsOrIsLifted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Now().UTC().Truncate(time.Millisecond)
		device, flag := models.NewDeviceID(), models.NewFlagID()
		ban := func(severity models.BanSeverity, length time.Duration, notes string) models.BanID {
			until := now.Add(length)
			b := &models.BannedIP{
				ID: models.NewBanID(), Kind: models.BanDevice, Target: string(device), Severity: severity, Reason: "nudity",
				At: now.Add(-time.Minute), ExpiresAt: &until, Active: true, Notes: notes,
			}
			if err := s.CreateBan(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			return b.ID
		}
		ban(models.SeverityTextOnly, 48*time.Hour, "")
		short := ban(models.SeverityNoAccess, time.Hour, "")
		long := ban(models.SeverityNoAccess, 24*time.Hour, models.BanNotes(flag))
		keeps := func(at time.Time, want models.BanID) {
			t.Helper()
			got, found, err := s.DeviceBan(t.Context(), device, at)
			if err != nil || found != (want != "") || got.ID != want {
				t.Fatalf("%v, %v, %v; want %v", got.ID, found, err, want)
			}
		}
		keeps(now, long)
		keeps(now.Add(25*time.Hour), "")
		if n, err := s.LiftBansFor(t.Context(), flag, models.NewStaffID()); n != 0 || err != nil {
			t.Fatalf("%d of somebody else's lifted, %v", n, err)
		}
		if n, err := s.LiftBansFor(t.Context(), flag, ""); n != 1 || err != nil {
			t.Fatalf("%d lifted, %v", n, err)
		}
		keeps(now, short)
		if n, err := s.LiftBansFor(t.Context(), flag, ""); n != 0 || err != nil {
			t.Fatalf("%d lifted again, %v", n, err)
		}
	})
}
