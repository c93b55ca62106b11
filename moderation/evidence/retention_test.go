package evidence_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/moderation/evidence"
)

// far is when everything that nobody holds is over.
func far() time.Time { return time.Now().Add(365 * 24 * time.Hour) }

func (d *desk) purge(now time.Time) evidence.PurgeReport {
	d.t.Helper()
	report, err := d.Purge(d.t.Context(), now)
	must(d.t, err)
	return report
}

// files are the names at the place, without its mark.
func (d *desk) files() []string {
	d.t.Helper()
	entries, err := os.ReadDir(d.place())
	must(d.t, err)
	var names []string
	for _, entry := range entries {
		if entry.Name() != "omezle-evidence.json" {
			names = append(names, entry.Name())
		}
	}
	return names
}

func TestEvidenceIsKeptByItsOutcome(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		d := newDesk(t, db)
		const day = 24 * time.Hour
		for _, row := range []struct {
			name    string
			outcome models.Outcome
			keep    time.Duration
		}{
			{"nobody decides", "", 30 * day},
			{"dismissed", models.OutcomeNoViolation, day},
			{"confirmed", models.OutcomeViolation, 90 * day},
			{"left to somebody else", models.OutcomeEscalated, 30 * day},
		} {
			flag := models.NewFlagID()
			item, _ := d.still(flag, "bars.vp8")
			if row.outcome != "" {
				if n, err := d.Settle(t.Context(), flag, row.outcome); n != 1 || err != nil {
					t.Fatalf("%s: settled %d, %v", row.name, n, err)
				}
			}
			now := time.Now()
			d.purge(now.Add(row.keep - time.Hour))
			if _, _, err := d.Open(t.Context(), item.ID); err != nil {
				t.Errorf("%s: gone an hour early: %v", row.name, err)
			}
			report := d.purge(now.Add(row.keep + time.Minute))
			if len(report.Destroyed) != 1 || report.Destroyed[0] != item.ID || report.Verified != 1 || report.Bytes != int64(item.Size) || len(report.Problems) > 0 {
				t.Errorf("%s: report %+v", row.name, report)
			}
			if _, known, err := d.Open(t.Context(), item.ID); !errors.Is(err, evidence.ErrGone) || known.Key != nil || known.PDQ != nil || known.DestroyedAt == nil {
				t.Errorf("%s: opened as %+v, %v", row.name, known, err)
			}
		}
		if files := d.files(); len(files) > 0 {
			t.Errorf("left at the place: %v", files)
		}
	})
}

func TestADecisionThatIsUndoneKeepsItsEvidence(t *testing.T) {
	d := newDesk(t, lite(t))
	flag := models.NewFlagID()
	item, _ := d.still(flag, "bars.vp8")
	for _, outcome := range []models.Outcome{models.OutcomeNoViolation, ""} {
		_, err := d.Settle(t.Context(), flag, outcome)
		must(t, err)
	}
	if report := d.purge(time.Now().Add(48 * time.Hour)); len(report.Destroyed) > 0 {
		t.Errorf("destroyed %v", report.Destroyed)
	}
	if _, _, err := d.Open(t.Context(), item.ID); err != nil {
		t.Error(err)
	}
}

func TestWhatIsHeldStays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		d := newDesk(t, db)
		flag := models.NewFlagID()
		held, _ := d.still(flag, "bars.vp8")
		free, _ := d.still(models.NewFlagID(), "bars.vp8")
		if n, err := d.Hold(t.Context(), flag, true); n != 1 || err != nil {
			t.Fatalf("held %d, %v", n, err)
		}
		_, err := d.Settle(t.Context(), flag, models.OutcomeNoViolation)
		must(t, err)
		later, _ := d.still(flag, "odd.vp8") // what comes to a held flag is held too
		report := d.purge(far())
		if len(report.Destroyed) != 1 || report.Destroyed[0] != free.ID || report.Held != 2 {
			t.Errorf("report %+v", report)
		}
		for _, item := range []models.Evidence{held, later} {
			if _, _, err := d.Open(t.Context(), item.ID); err != nil {
				t.Errorf("held: %v", err)
			}
		}
		_, err = d.Hold(t.Context(), flag, false)
		must(t, err)
		if report := d.purge(far()); len(report.Destroyed) != 2 || report.Verified != 2 {
			t.Errorf("after the hold: %+v", report)
		}
	})
}

func TestAPurgeIsInTheAuditLog(t *testing.T) {
	d := newDesk(t, lite(t))
	item, _ := d.still(models.NewFlagID(), "bars.vp8")
	want := d.purge(far())
	d.purge(far()) // of nothing: no entry
	entries, err := d.db.Logs(t.Context(), store.LogFilter{Action: "evidence.purge"}, 0, 0)
	must(t, err)
	if len(entries) != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	var got evidence.PurgeReport
	must(t, json.Unmarshal(entries[0].Metadata, &got))
	if len(got.Destroyed) != 1 || got.Destroyed[0] != item.ID || got.Verified != want.Verified || got.Bytes != want.Bytes {
		t.Errorf("entry %+v", got)
	}
}

func TestSeveralNodesPurgeAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		d := newDesk(t, db)
		const items = 30
		for range items {
			d.still(models.NewFlagID(), "odd.vp8")
		}
		var mu sync.Mutex
		var wait sync.WaitGroup
		destroyed := map[models.EvidenceID]int{}
		verified := 0
		for range 4 {
			wait.Go(func() {
				report, err := d.Purge(t.Context(), far())
				if err != nil || len(report.Problems) > 0 {
					t.Errorf("%v, %v", report.Problems, err)
				}
				mu.Lock()
				defer mu.Unlock()
				verified += report.Verified
				for _, id := range report.Destroyed {
					destroyed[id]++
				}
			})
		}
		wait.Wait()
		if len(destroyed) != items || verified != items || len(d.files()) > 0 {
			t.Errorf("%d of %d destroyed, %d verified, left %v", len(destroyed), items, verified, d.files())
		}
		for id, n := range destroyed {
			if n != 1 {
				t.Errorf("%s was told %d times", id, n)
			}
		}
	})
}

func TestBytesWithoutAKeyAreSweptAndOthersThingsLeft(t *testing.T) {
	d := newDesk(t, lite(t))
	alive, _ := d.still(models.NewFlagID(), "bars.vp8")
	orphan, draft := string(models.NewEvidenceID()), string(alive.ID)+".18a0.tmp"
	for _, name := range []string{orphan, draft, "README", "other.json"} {
		must(t, os.WriteFile(filepath.Join(d.place(), name), []byte("x"), 0o600))
	}
	if report := d.purge(time.Now()); len(report.Orphans) > 0 {
		t.Errorf("swept what is new: %v", report.Orphans)
	}
	report := d.purge(time.Now().Add(2 * time.Hour))
	if len(report.Orphans) != 2 || len(report.Problems) > 0 {
		t.Errorf("report %+v", report)
	}
	if files := d.files(); len(files) != 3 {
		t.Errorf("left: %v", files)
	}
	if _, _, err := d.Open(t.Context(), alive.ID); err != nil {
		t.Error(err)
	}
}

func TestAPurgeThatWasCutOffIsFinished(t *testing.T) {
	d := newDesk(t, lite(t))
	item, _ := d.still(models.NewFlagID(), "bars.vp8")
	done, err := d.db.DestroyEvidence(t.Context(), item.ID, far()) // and then the process dies
	if !done || err != nil {
		t.Fatalf("%v, %v", done, err)
	}
	report := d.purge(far())
	if len(report.Orphans) != 1 || len(d.files()) > 0 {
		t.Errorf("report %+v, left %v", report, d.files())
	}
}

func TestMissingBytesAreToldAndTheirKeyIsKept(t *testing.T) {
	d := newDesk(t, lite(t))
	item, _ := d.still(models.NewFlagID(), "bars.vp8")
	path := filepath.Join(d.place(), string(item.ID))
	must(t, os.Rename(path, path+".away"))
	report := d.purge(time.Now().Add(2 * time.Hour))
	if len(report.Problems) != 1 || len(report.Destroyed)+len(report.Orphans) > 0 {
		t.Errorf("report %+v", report)
	}
	must(t, os.Rename(path+".away", path))
	if _, _, err := d.Open(t.Context(), item.ID); err != nil {
		t.Errorf("after its return: %v", err)
	}
}

func TestWhatCannotBeRemovedIsToldAndTriedAgain(t *testing.T) {
	d := newDesk(t, lite(t))
	item, _ := d.still(models.NewFlagID(), "bars.vp8")
	path := filepath.Join(d.place(), string(item.ID))
	must(t, os.Remove(path))
	must(t, os.MkdirAll(filepath.Join(path, "in the way"), 0o700)) // a folder with something in it is no file to delete
	report := d.purge(far())
	if len(report.Destroyed) != 1 || report.Verified != 0 || len(report.Problems) == 0 {
		t.Errorf("report %+v", report)
	}
	if _, _, err := d.Open(t.Context(), item.ID); !errors.Is(err, evidence.ErrGone) {
		t.Errorf("its key is there: %v", err)
	}
}
