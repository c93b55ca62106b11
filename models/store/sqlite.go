package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	_ "modernc.org/sqlite" // registers the driver "sqlite", which needs no cgo
)

const (
	sqliteDriver  = "sqlite"
	sqliteReaders = 4
)

func openSQLite(ctx context.Context, text string) (*Store, error) {
	path, err := sqlitePath(text)
	if err != nil {
		return nil, err
	}
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("store: open sqlite: %w", err)
	}
	write, err := sql.Open(sqliteDriver, sqliteDSN(path, "_txlock=immediate", "_pragma=journal_mode(WAL)",
		"_pragma=secure_delete(1)")) // what is taken out, as the key of destroyed evidence, is overwritten
	if err != nil {
		return nil, fmt.Errorf("store: open sqlite: %w", err)
	}
	write.SetMaxOpenConns(1) // SQLite has one writer: wait for it here, in order and until ctx ends
	read, err := sql.Open(sqliteDriver, sqliteDSN(path, "_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: open sqlite: %w", err), write.Close())
	}
	read.SetMaxOpenConns(sqliteReaders)

	fail := func(err error) (*Store, error) {
		return nil, errors.Join(fmt.Errorf("store: open sqlite %s: %w", path, err), read.Close(), write.Close())
	}
	if err := write.PingContext(ctx); err != nil { // first, since it sets the journal mode
		return fail(err)
	}
	pool := &splitPool{write: write, read: read}
	db, err := gorm.Open(sqlite.New(sqlite.Config{Conn: pool}), gormConfig())
	if err != nil {
		return fail(err)
	}
	return newStore(db, SQLite, write, read), nil
}

func newStore(db *gorm.DB, engine Engine, pools ...*sql.DB) *Store {
	return &Store{db: db, engine: engine, pools: pools}
}

// sqlitePath takes sqlite://path, file:path or a path. Parameters are ours to
// set, and a database in memory would be a different one per connection.
func sqlitePath(text string) (string, error) {
	path := text
	for _, prefix := range []string{"sqlite://", "file://", "file:"} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			unescaped, err := url.PathUnescape(rest)
			if err != nil {
				return "", fmt.Errorf("%w: %w", ErrBadURL, err)
			}
			path = unescaped
			break
		}
	}
	switch {
	case path == "":
		return "", fmt.Errorf("%w: no path in %q", ErrBadURL, text)
	case strings.Contains(path, ":memory:"):
		return "", fmt.Errorf("%w: a database in memory is not supported, name a file", ErrBadURL)
	case strings.ContainsAny(path, "?\x00"):
		return "", fmt.Errorf("%w: %q: parameters are not supported", ErrBadURL, text)
	}
	return filepath.Clean(path), nil
}

func sqliteDSN(path string, extra ...string) string {
	params := append([]string{
		"_pragma=busy_timeout(5000)", // ms; for other processes, such as a backup
		"_pragma=foreign_keys(1)",
		"_pragma=synchronous(NORMAL)", // with WAL: a power cut may lose the last commits, never the file
		"_time_format=sqlite",
		"_timezone=UTC",
	}, extra...)
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(params, "&")
}

// makeFile makes the file with its folder before SQLite would, because SQLite
// would let everybody on the machine read it. Journals get the mode of the file.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// splitPool sends queries to many readers and the rest to the one writer. In WAL
// mode readers neither wait for the writer nor hold it up. A statement that is
// sent the wrong way cannot do harm: readers are opened query_only.
type splitPool struct {
	write, read *sql.DB
}

// PrepareContext implements gorm.ConnPool.
func (p *splitPool) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return p.pool(query).PrepareContext(ctx, query)
}

// ExecContext implements gorm.ConnPool.
func (p *splitPool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return p.write.ExecContext(ctx, query, args...)
}

// QueryContext implements gorm.ConnPool.
func (p *splitPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return p.pool(query).QueryContext(ctx, query, args...)
}

// QueryRowContext implements gorm.ConnPool.
func (p *splitPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return p.pool(query).QueryRowContext(ctx, query, args...)
}

// BeginTx implements gorm.TxBeginner; every transaction may write.
func (p *splitPool) BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error) {
	return p.write.BeginTx(ctx, opts)
}

// pool tells a SELECT from INSERT ... RETURNING, which also gives rows.
func (p *splitPool) pool(query string) *sql.DB {
	const verb = "SELECT"
	if len(query) >= len(verb) && strings.EqualFold(query[:len(verb)], verb) {
		return p.read
	}
	return p.write
}
