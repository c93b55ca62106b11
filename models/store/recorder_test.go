package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"omezle/models"
)

// fakeHistory keeps what it is given and fails on demand.
type fakeHistory struct {
	mu      sync.Mutex
	fail    func(h history) error
	batches []history
	tries   []time.Time
}

func (f *fakeHistory) saveHistory(ctx context.Context, h history) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tries = append(f.tries, time.Now())
	if f.fail != nil {
		if err := f.fail(h); err != nil {
			return err
		}
	}
	f.batches = append(f.batches, h)
	return ctx.Err()
}

func (f *fakeHistory) set(fail func(history) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = fail
}

func (f *fakeHistory) ids() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []string
	for _, batch := range f.batches {
		for _, session := range batch.sessions {
			ids = append(ids, string(session.ID))
		}
	}
	return strings.Join(ids, " ")
}

// record runs a recorder over a fake in virtual time; stop ends it.
func record(t *testing.T, db *fakeHistory, change func(*RecorderConfig), test func(r *Recorder, stop func() error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg := DefaultRecorderConfig()
		if change != nil {
			change(&cfg)
		}
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		r := newRecorder(db, cfg, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		var once sync.Once
		var result error
		stop := func() error {
			once.Do(func() { cancel(); result = <-done })
			return result
		}
		defer func() { _ = stop() }() // tests that mind the result ask for it
		test(r, stop)
	})
}

func pushMany(r *Recorder, from, to int) {
	for i := from; i < to; i++ {
		r.Session(models.Session{ID: models.SessionID(fmt.Sprint(i))})
	}
}

func wantStats(t *testing.T, r *Recorder, want RecorderStats) {
	t.Helper()
	if got := r.Stats(); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

var (
	errAway    = errors.New("connection refused")
	errRefused = fmt.Errorf("sessions: %w", &pgconn.PgError{Code: "22021"})
)

func TestRowsWaitForOthersHalfASecondAtTheMost(t *testing.T) {
	db := &fakeHistory{}
	record(t, db, nil, func(r *Recorder, _ func() error) {
		pushMany(r, 0, 3)
		time.Sleep(499 * time.Millisecond)
		synctest.Wait()
		wantStats(t, r, RecorderStats{Queued: 3})
		time.Sleep(time.Millisecond)
		synctest.Wait()
		wantStats(t, r, RecorderStats{Written: 3})
		if len(db.batches) != 1 {
			t.Errorf("%d transactions, want one", len(db.batches))
		}
	})
}

func TestAFullBatchDoesNotWait(t *testing.T) {
	db := &fakeHistory{}
	record(t, db, nil, func(r *Recorder, _ func() error) {
		synctest.Wait()
		pushMany(r, 0, 501)
		synctest.Wait()
		wantStats(t, r, RecorderStats{Queued: 1, Written: 500})
	})
}

func TestAFullQueueDropsItsOldestRowsAndCountsThem(t *testing.T) {
	db := &fakeHistory{fail: func(history) error { return errAway }}
	record(t, db, func(c *RecorderConfig) { c.Queue, c.Batch = 4, 2 }, func(r *Recorder, stop func() error) {
		pushMany(r, 0, 2)
		synctest.Wait() // this batch is under way and outside the queue
		pushMany(r, 2, 9)
		wantStats(t, r, RecorderStats{Queued: 6, Dropped: 3})
		db.set(nil)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if got := db.ids(); got != "0 1 5 6 7 8" {
			t.Errorf("written %s", got)
		}
	})
}

func TestADatabaseAwayIsAskedEverMoreRarelyAndLosesNothing(t *testing.T) {
	db := &fakeHistory{fail: func(history) error { return errAway }}
	record(t, db, nil, func(r *Recorder, _ func() error) {
		pushMany(r, 0, 500)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		wantStats(t, r, RecorderStats{Queued: 500})
		for i := 1; i < len(db.tries); i++ {
			pause := db.tries[i].Sub(db.tries[i-1])
			longest := min(100*time.Millisecond<<(i-1), 5*time.Second)
			if pause < longest/2 || pause > longest {
				t.Errorf("pause %d is %v, want %v to %v", i, pause, longest/2, longest)
			}
		}
		db.set(nil)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		wantStats(t, r, RecorderStats{Written: 500})
	})
}

func TestOneRowThatIsRefusedDoesNotHoldUpTheOthers(t *testing.T) {
	bad := map[models.SessionID]bool{"0": true, "7": true, "499": true}
	db := &fakeHistory{fail: func(h history) error {
		for _, session := range h.sessions {
			if bad[session.ID] {
				return errRefused
			}
		}
		return nil
	}}
	record(t, db, nil, func(r *Recorder, _ func() error) {
		pushMany(r, 0, 500)
		synctest.Wait()
		wantStats(t, r, RecorderStats{Written: 497, Refused: 3})
		if tries := len(db.tries); tries > 60 {
			t.Errorf("%d transactions for three bad rows", tries)
		}
		if ids := db.ids(); !strings.HasPrefix(ids, "1 2 3 4 5 6 8 9 ") || !strings.HasSuffix(ids, " 497 498") {
			t.Errorf("out of order: %s", ids)
		}
	})
}

func TestStoppingWritesWhatIsQueued(t *testing.T) {
	db := &fakeHistory{}
	record(t, db, func(c *RecorderConfig) { c.Batch = 10 }, func(r *Recorder, stop func() error) {
		pushMany(r, 0, 25)
		r.Pair(models.Pair{ID: models.NewPairID()})
		r.IP(models.IPStat{IP: "192.0.2.1"})
		if err := stop(); err != nil {
			t.Error(err)
		}
		wantStats(t, r, RecorderStats{Written: 27})
		pushMany(r, 25, 26)
		wantStats(t, r, RecorderStats{Written: 27, Dropped: 1})
	})
}

func TestStoppingWithoutADatabaseEndsInTimeAndSaysWhatIsLost(t *testing.T) {
	db := &fakeHistory{fail: func(history) error { return errAway }}
	record(t, db, nil, func(r *Recorder, stop func() error) {
		pushMany(r, 0, 600)
		synctest.Wait()
		began := time.Now()
		err := stop()
		if err == nil || !strings.Contains(err.Error(), "600 rows unwritten") {
			t.Errorf("error %v", err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		wantStats(t, r, RecorderStats{Dropped: 600})
	})
}

func TestABatchUnderWayWhenToldToStopIsFinished(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	var first sync.Once
	db := &fakeHistory{fail: func(history) error {
		first.Do(func() { close(entered); <-leave })
		return nil
	}}
	r := newRecorder(db, DefaultRecorderConfig(), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	pushMany(r, 0, 500)
	go func() { done <- r.Run(ctx) }()
	<-entered
	cancel()
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
	wantStats(t, r, RecorderStats{Written: 500})
	if len(db.tries) != 1 {
		t.Errorf("%d transactions for one batch", len(db.tries))
	}
}

func TestEveryProblemOfTheConfigurationIsReported(t *testing.T) {
	err := RecorderConfig{MinBackoff: 1}.Validate()
	for _, want := range []string{"batch", "times", "backoff"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about %q in %v", want, err)
		}
	}
	if err := DefaultRecorderConfig().Validate(); err != nil {
		t.Error(err)
	}
}
