package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Engine names the kind of database behind a Store.
type Engine string

// The engines.
const (
	Postgres Engine = "postgres"
	SQLite   Engine = "sqlite"
)

// Store is an open database. Its methods are safe for concurrent use.
type Store struct {
	db     *gorm.DB
	engine Engine
	pools  []*sql.DB // the first one writes
}

// Open connects to the database that url names and checks that it answers.
//
//	postgres://user:password@host:5432/name?sslmode=verify-full&pool_max_conns=16
//	sqlite:///var/lib/omezle/omezle.db, file:omezle.db, or a plain path
//
// A PostgreSQL that does not answer within 5 s (connect_timeout in the URL) or
// before ctx ends gives ErrUnavailable; the caller decides whether to try again.
// A SQLite file is made when missing, readable by its owner only. Open changes
// no schema: see Migrate.
func Open(ctx context.Context, url string, log *slog.Logger) (*Store, error) {
	var (
		s   *Store
		err error
	)
	switch scheme, _, found := strings.Cut(url, "://"); {
	case url == "":
		return nil, fmt.Errorf("%w: empty", ErrBadURL)
	case found && (scheme == "postgres" || scheme == "postgresql"):
		s, err = openPostgres(ctx, url)
	case found && scheme != "sqlite" && scheme != "file":
		return nil, fmt.Errorf("%w: scheme %q is neither postgres nor sqlite", ErrBadURL, scheme)
	default:
		s, err = openSQLite(ctx, url)
	}
	if err != nil {
		return nil, err
	}
	s.db.Logger = slowLog{log}
	if err := s.db.Callback().Create().Before("gorm:create").Register("omezle:times", cutTimes); err != nil {
		return nil, errors.Join(fmt.Errorf("store: open: %w", err), s.Close())
	}
	return s, nil
}

func gormConfig() *gorm.Config {
	return &gorm.Config{
		Logger:                 slowLog{slog.New(slog.DiscardHandler)},
		SkipDefaultTransaction: true, // single statements are atomic by themselves
		QueryFields:            true, // columns by name: a newer schema may have more
		DisableAutomaticPing:   true,
		NowFunc:                func() time.Time { return cut(time.Now()) },
	}
}

// Engine says which kind of database it is.
func (s *Store) Engine() Engine { return s.engine }

// Ping asks the database for an answer.
func (s *Store) Ping(ctx context.Context) error {
	for _, pool := range s.pools {
		if err := pool.PingContext(ctx); err != nil {
			return fmt.Errorf("store: ping: %w", err)
		}
	}
	return nil
}

// Close ends every connection. Queries after it fail.
func (s *Store) Close() error {
	var errs []error
	for i := len(s.pools) - 1; i >= 0; i-- { // the writer last: it folds the journal in
		errs = append(errs, s.pools[i].Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}
