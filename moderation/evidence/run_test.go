package evidence_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"omezle/models"
	"omezle/moderation/evidence"
)

// empty is a database without evidence, for the clock of synctest, that counts purges.
type empty struct {
	evidence.Rows
	setting models.Setting
	purges  []time.Time
}

func (e *empty) EvidenceKey(context.Context) (models.Setting, error) { return e.setting, nil }

func (e *empty) PutEvidenceKey(_ context.Context, setting models.Setting) (bool, error) {
	setting.Version++
	e.setting = setting
	return true, nil
}

func (e *empty) ExpiredEvidence(context.Context, time.Time, int) ([]models.Evidence, error) {
	e.purges = append(e.purges, time.Now())
	return nil, nil
}

func (e *empty) Evidence(context.Context, ...models.EvidenceID) ([]models.Evidence, error) {
	return nil, nil
}

func (e *empty) LiveEvidence(context.Context, models.EvidenceID, int) ([]models.Evidence, error) {
	return nil, nil
}

func TestANodePurgesAboutOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rows := &empty{}
		v, err := evidence.Open(t.Context(), evidence.DefaultConfig(), evidence.Deps{DataDir: t.TempDir(), Rows: rows, Log: slog.New(slog.DiscardHandler)})
		must(t, err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- v.Run(ctx) }()
		last := time.Now()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		stop()
		must(t, <-ended)
		if n := len(rows.purges); n < 16 || n > 48 {
			t.Errorf("%d purges a day", n)
		}
		for _, at := range rows.purges {
			if pause := at.Sub(last); pause < 30*time.Minute || pause > 90*time.Minute {
				t.Errorf("a pause of %v", pause)
			}
			last = at
		}
		must(t, v.Close())
	})
}
