package store_test

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
)

func open(t *testing.T, url string) error {
	t.Helper()
	s, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err == nil {
		must(t, s.Close())
	}
	return err
}

func TestURLsThatNameNoDatabase(t *testing.T) {
	for name, url := range map[string]string{
		"empty":              "",
		"another product":    "mysql://localhost/omezle",
		"no file":            "sqlite://",
		"in memory":          "file::memory:",
		"parameters":         "file:omezle.db?mode=ro",
		"malformed escape":   "sqlite://%zz",
		"malformed port":     "postgres://localhost:port/omezle",
		"pool of no number":  "postgres://localhost/omezle?pool_max_conns=many",
		"pool of no conn":    "postgres://localhost/omezle?pool_max_conns=0",
		"unknown sslmode":    "postgres://localhost/omezle?sslmode=perhaps",
		"malformed password": "postgres://omezle:se%zzcret@localhost/omezle",
	} {
		err := open(t, url)
		wantErr(t, err, store.ErrBadURL)
		if err != nil && strings.Contains(err.Error(), "cret") {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
}

func TestSQLiteIsNamedInThreeWays(t *testing.T) {
	for name, prefix := range map[string]string{"sqlite URL": "sqlite://", "file URL": "file:", "path": ""} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "new folder", "100 #1.db")
			text := path
			if prefix != "" {
				text = prefix + (&url.URL{Path: path}).EscapedPath()
			}
			storetest.Migrated(t, text)
			info, err := os.Stat(path)
			must(t, err)
			if info.Mode().Perm() != 0o600 {
				t.Errorf("others may read the file: %v", info.Mode())
			}
		})
	}
}

func TestAFileThatIsNoDatabaseIsSaidToBeNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "text.db")
	must(t, os.WriteFile(path, []byte(strings.Repeat("not a database ", 100)), 0o600))
	if err := open(t, path); err == nil || !strings.Contains(err.Error(), "not a database") {
		t.Errorf("error %v", err)
	}
}

func TestPostgresThatDoesNotAnswerIsUnavailableWithinTheDeadline(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	must(t, err)
	defer func() { must(t, silent.Close()) }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = store.Open(ctx, "postgres://omezle:secret@"+silent.Addr().String()+"/omezle?sslmode=disable", slog.New(slog.DiscardHandler))
	wantErr(t, err, store.ErrUnavailable)
	if err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("the error tells the password: %v", err)
	}
}

func TestPostgresThatSaysNoIsNotUnavailable(t *testing.T) {
	database, err := url.Parse(storetest.Postgres(t))
	must(t, err)
	database.Path = "/no_such_database"
	err = open(t, database.String())
	if err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error %v", err)
	}
}

func TestPoolSizeIsTakenFromTheURL(t *testing.T) {
	database, err := url.Parse(storetest.Postgres(t))
	must(t, err)
	query := database.Query()
	query.Set("pool_max_conns", "1")
	database.RawQuery = query.Encode()
	s := storetest.Open(t, database.String())
	rows, err := s.DB().Raw("SELECT 1").Rows() // holds the only connection
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	wantErr(t, s.Ping(ctx), context.DeadlineExceeded)
	must(t, rows.Close())
	must(t, s.Ping(t.Context()))
}

func TestSQLiteReadersDoNotWaitForTheWriter(t *testing.T) {
	s := storetest.Migrated(t, storetest.SQLite(t))
	tx := s.DB().Begin()
	must(t, tx.Error)
	block := models.IPBlock{Blocker: models.NewDeviceID(), Blocked: models.NewDeviceID(), At: noon}
	must(t, tx.Create(&block).Error)

	got, err := s.BlocksOf(t.Context(), block.Blocker, 1) // would hang here
	must(t, err)
	if len(got) != 0 {
		t.Error("a row was read that is not committed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	wantErr(t, s.Block(ctx, block), context.DeadlineExceeded) // writers wait their turn, until their context ends

	must(t, tx.Commit().Error)
	got, err = s.BlocksOf(t.Context(), block.Blocker, 1)
	must(t, err)
	if len(got) != 1 {
		t.Error("a committed row is not seen")
	}
}

func TestSQLiteSettingsHoldOnEveryConnection(t *testing.T) {
	s := storetest.Migrated(t, storetest.SQLite(t))
	pragma := func(name string) (value string) {
		tx := s.DB().Begin()
		must(t, tx.Raw("PRAGMA "+name).Scan(&value).Error)
		must(t, tx.Rollback().Error)
		return value
	}
	for name, want := range map[string]string{"journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000", "synchronous": "1"} {
		if got := pragma(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
