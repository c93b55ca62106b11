package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
)

// eventually asks until the answer is yes; it fails t after a deadline that only
// a broken program reaches.
func eventually(t *testing.T, what string, yes func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !yes() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

func TestPostgresAwayAndBack(t *testing.T) {
	server, err := storetest.StartPostgres("")
	must(t, err)
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	url, err := server.CreateDatabase(t.Context())
	must(t, err)
	s := storetest.Migrated(t, url)
	cfg := store.DefaultRecorderConfig()
	cfg.Interval, cfg.MaxBackoff = 5*time.Millisecond, 50*time.Millisecond
	recorder := store.NewRecorder(s, cfg, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- recorder.Run(ctx) }()

	recorded := uint64(0)
	record := func(rows int) {
		for range rows {
			session := newSession()
			recorder.Session(session)
			recorder.IP(models.IPStat{IP: models.IP(fmt.Sprintf("192.0.2.%d", recorded%256)), FirstSeen: stored, LastSeen: stored, Sessions: 1})
			recorded += 2
		}
	}
	record(100)
	eventually(t, "rows before the outage", func() bool { return recorder.Stats().Written == recorded })

	must(t, server.Stop())
	if err := s.Ping(t.Context()); err == nil {
		t.Error("a stopped server answers")
	}
	if _, err := s.BlocksOf(t.Context(), models.NewDeviceID(), 1); err == nil {
		t.Error("a stopped server has blocks")
	}
	if _, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a stopped server was opened")
	} else {
		wantErr(t, err, store.ErrUnavailable)
	}
	before := recorder.Stats().Written
	record(1000)
	if stats := recorder.Stats(); stats.Written != before || stats.Queued != 2000 {
		t.Errorf("during the outage: %+v", stats)
	}

	must(t, server.Start())
	eventually(t, "an answer after the outage", func() bool { return s.Ping(t.Context()) == nil })
	record(100)
	eventually(t, "all rows", func() bool { return recorder.Stats().Written == recorded })
	stop()
	must(t, <-done)

	var sessions, touched int64
	must(t, s.DB().Model(&models.Session{}).Count(&sessions).Error)
	must(t, s.DB().Model(&models.IPStat{}).Select("SUM(sessions)").Scan(&touched).Error)
	if sessions != 1200 || touched != 1200 {
		t.Errorf("%d sessions and %d touches, want 1200 of each", sessions, touched)
	}
	if stats := recorder.Stats(); stats != (store.RecorderStats{Written: recorded}) {
		t.Errorf("stats %+v", stats)
	}
}

func TestAServerOfOnesOwnLeavesNothingBehind(t *testing.T) {
	server, err := storetest.StartPostgres("")
	must(t, err)
	url := server.URL("postgres")
	must(t, server.Close())
	_, err = store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	wantErr(t, err, store.ErrUnavailable)
}
