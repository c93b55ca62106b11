package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"omezle/models"
)

const (
	purgeBatch  = 200       // items in one entry of the audit log
	orphanAge   = time.Hour // younger ones may be about to get their row
	pageSize    = 500
	maxProblems = 50
	purgeEvery  = time.Hour
)

// PurgeReport is what one purge destroyed, and how that was found to be so.
type PurgeReport struct {
	At        time.Time           `json:"at"`
	Destroyed []models.EvidenceID `json:"destroyed"` // key and bytes
	Bytes     int64               `json:"bytes"`     // of those, before they were sealed
	Verified  int                 `json:"verified"`  // of those, that could afterwards neither be opened nor found at their place
	Orphans   []models.EvidenceID `json:"orphans"`   // bytes without a key, left by a process that died: removed
	Held      int                 `json:"held"`      // items whose time is over, and that a hold keeps
	Problems  []string            `json:"problems"`
}

// problem notes what went wrong with one item; the others go on.
func (r *PurgeReport) problem(format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}

// Purge destroys what is out of time at now: first the key of an item, in the database, without which its bytes mean
// nothing; then the bytes. Then it tries to get either of them back. It also sweeps away what a process that died has
// left, and tells what the database knows and the place has not. It may run on several nodes at the same time and be
// interrupted: whose key is gone and bytes are not is finished by the next one. The report also goes to the audit log
// when anything was destroyed; with an error it holds what was done before.
func (v *Vault) Purge(ctx context.Context, now time.Time) (PurgeReport, error) {
	report := PurgeReport{At: now.UTC()}
	for {
		expired, err := v.rows.ExpiredEvidence(ctx, now, purgeBatch)
		if err != nil {
			return report, fmt.Errorf("evidence: purge: %w", err)
		}
		batch := PurgeReport{At: report.At}
		for i := range expired {
			v.destroy(ctx, &expired[i], now, &batch)
		}
		err = v.audit(ctx, &batch)
		report.add(&batch)
		if err != nil {
			return report, err
		}
		if len(expired) < purgeBatch || len(batch.Destroyed) == 0 { // the last, or nothing could be done
			break
		}
	}
	swept := PurgeReport{At: report.At}
	there, err := v.sweep(ctx, now, &swept)
	if err == nil {
		err = v.missing(ctx, now, there, &swept)
	}
	err = errors.Join(err, v.audit(ctx, &swept))
	report.add(&swept)
	return report, err
}

func (r *PurgeReport) add(o *PurgeReport) {
	r.Destroyed = append(r.Destroyed, o.Destroyed...)
	r.Orphans = append(r.Orphans, o.Orphans...)
	r.Bytes += o.Bytes
	r.Verified += o.Verified
	r.Held += o.Held
	for _, p := range o.Problems {
		r.problem("%s", p)
	}
}

func (v *Vault) destroy(ctx context.Context, row *models.Evidence, now time.Time, report *PurgeReport) {
	done, err := v.rows.DestroyEvidence(ctx, row.ID, now)
	if err != nil {
		report.problem("item %s: key not destroyed: %v", row.ID, err)
		return
	}
	if !done {
		return // another node did, or somebody holds it now
	}
	report.Destroyed = append(report.Destroyed, row.ID)
	report.Bytes += int64(row.Size)
	if err := v.remove(ctx, string(row.ID)); err != nil {
		report.problem("item %s: key destroyed, bytes not yet: %v", row.ID, err)
		return
	}
	if err := v.verify(ctx, row.ID); err != nil {
		report.problem("item %s: %v", row.ID, err)
		return
	}
	report.Verified++
}

// verify tries to get an item back.
func (v *Vault) verify(ctx context.Context, id models.EvidenceID) error {
	if _, row, err := v.Open(ctx, id); !errors.Is(err, ErrGone) || len(row.Key) != 0 || len(row.PDQ) != 0 {
		return fmt.Errorf("evidence: its key is still there: %w", err)
	}
	if _, err := v.read(ctx, string(id)); !errors.Is(err, ErrMissing) {
		return fmt.Errorf("evidence: its bytes are still there: %w", err)
	}
	return nil
}

// sweep removes bytes that no key opens, of a Put or a Purge that was cut off, and counts the items that are there.
func (v *Vault) sweep(ctx context.Context, now time.Time, report *PurgeReport) (there int, err error) {
	for token := []byte(nil); ; {
		objects, next, err := v.page(ctx, token, now.Add(-orphanAge))
		if err != nil {
			return there, err
		}
		ids := make([]models.EvidenceID, len(objects))
		for i := range objects {
			ids[i] = objects[i].id
		}
		rows, err := v.rows.Evidence(ctx, ids...)
		if err != nil {
			return there, fmt.Errorf("evidence: sweep: %w", err)
		}
		alive := make(map[models.EvidenceID]bool, len(rows))
		for i := range rows {
			alive[rows[i].ID] = rows[i].DestroyedAt == nil
		}
		for _, o := range objects {
			if alive[o.id] && !o.draft {
				there++
				continue
			}
			if o.young {
				continue
			}
			if err := v.remove(ctx, o.key); err != nil {
				report.problem("bytes %s without a key: %v", o.key, err)
				continue
			}
			report.Orphans = append(report.Orphans, o.id)
		}
		if len(next) == 0 {
			return there, nil
		}
		token = next
	}
}

// missing tells of items that the place does not have, and counts what a hold keeps. Such items are left as they are: a
// place may come back. One by one they are looked for only if there are more of them than were found there.
func (v *Vault) missing(ctx context.Context, now time.Time, there int, report *PurgeReport) error {
	live := 0
	err := v.each(ctx, func(row *models.Evidence) error {
		live++
		if row.Held && row.ExpiresAt != nil && !row.ExpiresAt.After(now) {
			report.Held++
		}
		return nil
	})
	if err != nil || live <= there {
		return err
	}
	return v.each(ctx, func(row *models.Evidence) error {
		if row.At.After(now.Add(-orphanAge)) || len(report.Problems) >= maxProblems {
			return nil
		}
		found, err := v.place.Exists(ctx, string(row.ID))
		if err != nil {
			return fmt.Errorf("evidence: look for what is missing: %w", err)
		}
		if !found {
			report.problem("item %s is not at its place", row.ID)
		}
		return nil
	})
}

// each goes through all items that were not destroyed, until an error.
func (v *Vault) each(ctx context.Context, do func(*models.Evidence) error) error {
	for after := models.EvidenceID(""); ; {
		rows, err := v.rows.LiveEvidence(ctx, after, pageSize)
		if err != nil {
			return fmt.Errorf("evidence: list items: %w", err)
		}
		for i := range rows {
			if err := do(&rows[i]); err != nil {
				return err
			}
			after = rows[i].ID
		}
		if len(rows) < pageSize {
			return nil
		}
	}
}

// audit writes what was destroyed to the audit log.
func (v *Vault) audit(ctx context.Context, report *PurgeReport) error {
	if len(report.Destroyed)+len(report.Orphans) == 0 {
		return nil
	}
	metadata, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("evidence: purge: %w", err)
	}
	entry := models.ModerationLog{Action: "evidence.purge", Target: "evidence", Reason: "its time was over", Metadata: metadata, At: report.At}
	if err := v.rows.AppendLog(context.WithoutCancel(ctx), &entry); err != nil {
		return fmt.Errorf("evidence: purge: %w", err)
	}
	return nil
}

// Run purges about once an hour until ctx ends.
func (v *Vault) Run(ctx context.Context) error {
	for {
		// Apart from other nodes, which need not do the same work at the same time, though they may.
		pause := purgeEvery/2 + rand.N(purgeEvery) //nolint:gosec // no secret
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		report, err := v.Purge(ctx, time.Now())
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			v.log.Warn("the purge of evidence did not end", "destroyed", len(report.Destroyed), "err", err)
		case len(report.Problems) > 0:
			v.log.Warn("the purge of evidence met problems", "destroyed", len(report.Destroyed), "verified", report.Verified,
				"problems", len(report.Problems), "first", report.Problems[0])
		case len(report.Destroyed)+len(report.Orphans) > 0:
			v.log.Info("evidence destroyed", "items", len(report.Destroyed), "verified", report.Verified, "orphans", len(report.Orphans))
		}
	}
}
