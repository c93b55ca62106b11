package doctor

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"omezle/models/store"
)

// Database asks the database that url names, as store.Open takes it, whether it answers and which schema it has. shown is the URL without
// its password; shared says that other nodes may use it too.
func Database(ctx context.Context, r *Report, url, shown string, shared bool) {
	a := r.Area("database")
	if file, ok := sqliteFile(url); ok {
		if shared {
			a.Warn("kind", "each node would have a SQLite file of its own, and nodes that share a Redis see different bans and reports",
				"set database_url to one PostgreSQL for all nodes")
		}
		if _, err := os.Stat(file); err != nil {
			newFile(a, file)
			return
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	begin := time.Now()
	db, err := store.Open(ctx, url, slog.New(slog.DiscardHandler))
	if err != nil {
		fix := "check host, port, user, password and database name in database_url, and that a firewall lets this machine in"
		if errors.Is(err, store.ErrUnavailable) {
			fix = "start the database, or check host and port in database_url and the firewall between"
		}
		a.Fail("answers", err.Error(), fix)
		return
	}
	defer db.Close() //nolint:errcheck // only asked
	opened := time.Since(begin)
	begin = time.Now()
	if err := db.Ping(ctx); err != nil {
		a.Fail("answers", err.Error(), "look into the database's log")
		return
	}
	a.OK("answers", "%s at %s: connected in %s, answers in %s", db.Engine(), shown, short(opened), short(time.Since(begin)))
	schema(ctx, a, db)
}

func schema(ctx context.Context, a *Area, db *store.Store) {
	version, err := db.Version(ctx)
	newest := store.Newest()
	switch {
	case err != nil:
		a.Fail("schema", err.Error(), "give the user of database_url the right to read the schema")
	case version == "":
		a.Warn("schema", "there is none yet; `omezle serve` makes it at its start", "to see now whether it can: omezle migrate up")
	case version < newest:
		a.Warn("schema", "it is "+version+", this program's is "+newest+"; `omezle serve` brings it up at its start", "to see now whether it can: omezle migrate up")
	case version > newest:
		a.Warn("schema", "it is "+version+", newer than this program's "+newest, "install the version that the other nodes run")
	default:
		a.OK("schema", "%s, this program's", version)
	}
}

// sqliteFile is the path of a SQLite database.
func sqliteFile(address string) (string, bool) {
	if scheme, rest, found := strings.Cut(address, "://"); found {
		if scheme != "sqlite" && scheme != "file" {
			return "", false
		}
		address = rest
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(address, "file:"), "?")
	return path, true
}

// newFile says whether the file could be made, and makes none.
func newFile(a *Area, file string) {
	dir := filepath.Dir(file)
	for {
		info, err := os.Stat(dir)
		if err == nil {
			if !info.IsDir() || !writable(dir) {
				a.Fail("file", "this user cannot make "+file, "let this user write to "+dir+", or set data_dir or database_url")
				return
			}
			a.OK("file", "%s will be made at the start", file)
			return
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			a.Fail("file", err.Error(), "set data_dir or database_url to where this user may write")
			return
		}
		dir = parent
	}
}
