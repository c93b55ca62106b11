package store

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"omezle/models"
)

var (
	// ErrNotFound is returned when a row that was named does not exist. It wraps models.ErrNotFound, for rooms.
	ErrNotFound = fmt.Errorf("store: %w", models.ErrNotFound)
	// ErrExists is returned when a row of that name exists already.
	ErrExists = errors.New("store: exists already")
	// ErrConflict is returned when somebody else changed the row first: read it
	// again and decide anew. It wraps models.ErrConflict, for rooms.
	ErrConflict = fmt.Errorf("store: %w", models.ErrConflict)
	// ErrBadURL is returned by Open for a URL that names no database.
	ErrBadURL = errors.New("store: bad database URL")
	// ErrUnavailable is returned by Open when the database does not answer; it
	// may do so later.
	ErrUnavailable = errors.New("store: database unavailable")
)

// wrapIf names the operation that failed; nil stays nil.
func wrapIf(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, notFound(err))
}

func notFound(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	return err
}

// rowFault reports whether the database refused the row itself, so that trying
// again cannot help. Everything else is taken for an outage.
func rowFault(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		class := pg.Code[:min(2, len(pg.Code))]
		return class == "22" || class == "23" // data exception, integrity violation
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		switch lite.Code() & 0xff { // the primary code; extended ones add high bits
		case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
			return true
		}
	}
	return false
}
