package store

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"
)

func TestASlowStatementIsLoggedWithoutItsParameters(t *testing.T) {
	var out strings.Builder
	log := slog.New(slog.NewTextHandler(&out, nil))
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "omezle.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	statement := s.db.Session(&gorm.Session{DryRun: true}).Where("ip = ?", "192.0.2.1").Table("sessions").Find(&[]map[string]any{}).Statement
	explained := func() (string, int64) {
		sql, vars := slowLog{log}.ParamsFilter(t.Context(), statement.SQL.String(), statement.Vars...)
		return s.db.Explain(sql, vars...), 1
	}
	slowLog{log}.Trace(t.Context(), time.Now(), explained, nil)
	slowLog{log}.Trace(t.Context(), time.Now(), explained, errors.New("returned to the caller"))
	if out.Len() > 0 {
		t.Errorf("logged: %s", out.String())
	}
	slowLog{log}.Trace(t.Context(), time.Now().Add(-time.Second), explained, nil)
	if got := out.String(); !strings.Contains(got, "slow statement") || !strings.Contains(got, "ip = ?") || strings.Contains(got, "192.0.2.1") {
		t.Errorf("logged: %s", got)
	}
}
