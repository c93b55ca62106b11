package storetest

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"omezle/models/store"
)

// shared is the one server of this test binary; its guard ends it.
var shared = sync.OnceValues(func() (*Server, error) { return StartPostgres("") })

// Postgres returns the URL of a fresh, empty database, dropped when t ends.
// It fails t when PostgreSQL is not installed.
func Postgres(t testing.TB) string {
	t.Helper()
	base := os.Getenv("OMEZLE_TEST_DATABASE_URL")
	if base == "" {
		server, err := shared()
		if err != nil {
			t.Fatal(err)
		}
		base = server.URL("postgres")
	}
	name, err := createDatabase(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // t.Context has ended by now
		if err := dropDatabase(context.Background(), base, name); err != nil {
			t.Error(err)
		}
	})
	database, err := url.Parse(base)
	if err != nil {
		t.Fatalf("OMEZLE_TEST_DATABASE_URL: %v", err)
	}
	database.Path = "/" + name
	return database.String()
}

// SQLite returns the URL of a database file that does not exist yet, in a folder
// removed when t ends.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite://" + filepath.Join(t.TempDir(), "omezle.db")
}

// Each runs a test on every engine, as subtests with the engine's name, each with
// an empty, migrated store.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { test(t, Migrated(t, url)) })
}

// EachURL is Each for tests that open the store themselves.
func EachURL(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run(string(store.SQLite), func(t *testing.T) { test(t, SQLite(t)) })
	t.Run(string(store.Postgres), func(t *testing.T) { test(t, Postgres(t)) })
}

// Open opens a store that is closed when t ends.
func Open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Migrated opens a store and brings its schema up to date.
func Migrated(t testing.TB, url string) *store.Store {
	t.Helper()
	s := Open(t, url)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}
