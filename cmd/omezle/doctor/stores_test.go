package doctor

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/signaling/bus"
	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
)

func TestADatabaseIsWellWhenItAnswersWithOurSchema(t *testing.T) {
	for name, url := range map[string]string{"sqlite": storetest.SQLite(t), "postgres": storetest.Postgres(t)} {
		storetest.Migrated(t, url)
		r := &Report{}
		Database(t.Context(), r, url, "here", false)
		r.tells(t, OK, "database", "answers", name+" at here")
		r.tells(t, OK, "database", "schema", store.Newest())
	}
}

func TestADatabaseThatIsNotReadyIsToldOf(t *testing.T) {
	empty, r := storetest.Postgres(t), &Report{}
	Database(t.Context(), r, empty, "", true)
	r.tells(t, Warn, "database", "schema", "there is none yet")

	s := storetest.Migrated(t, empty)
	if err := s.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	r = &Report{}
	Database(t.Context(), r, empty, "", true)
	r.tells(t, Warn, "database", "schema", "this program's is "+store.Newest())

	for words, url := range map[string]string{
		"unavailable": "postgres://nobody@127.0.0.1:1/none", "refused": empty + "&dbname=missing", "bad database URL": "postgres://%zz",
	} {
		r = &Report{}
		Database(t.Context(), r, url, "", true)
		r.tells(t, Fail, "database", "answers", words)
	}
}

func TestASQLiteFileIsNotMadeByLooking(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "omezle.db")
	r := &Report{}
	Database(t.Context(), r, "sqlite://"+file, "", true)
	r.tells(t, OK, "database", "file", "will be made")
	r.tells(t, Warn, "database", "kind", "a SQLite file of its own")
	if _, err := os.Stat(filepath.Dir(file)); err == nil {
		t.Error("something was made")
	}
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r = &Report{}
	Database(t.Context(), r, "sqlite://"+filepath.Join(blocked, "omezle.db"), "", false)
	r.tells(t, Fail, "database", "file", "")
}

// look asks a Redis and closes the way to it.
func look(t *testing.T, url string) *Report {
	t.Helper()
	r := &Report{}
	if db := Redis(t.Context(), r, url); db != nil {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	return r
}

func TestRedisIsWellWhateverItsKind(t *testing.T) {
	r := look(t, redistest.Single(t))
	r.tells(t, OK, "redis", "answers", "redis://127.0.0.1")
	r.tells(t, OK, "redis", "clock", "this machine's clock")
	r.tells(t, OK, "redis", "version", ".")
	r.tells(t, OK, "redis", "memory", "noeviction")
	r.tells(t, OK, "redis", "writing", "no append-only file")
	if r.Count(Warn)+r.Count(Fail) > 0 {
		t.Errorf("a plain Redis is complained of:\n%s", r)
	}
	if r := look(t, redistest.Cluster(t)); r.Count(OK) != 2+3*3 || r.Count(Fail) > 0 {
		t.Errorf("a Cluster of three masters:\n%s", r)
	}
	look(t, redistest.Sentinel(t)).tells(t, OK, "redis", "memory", "noeviction")
	look(t, "").tells(t, OK, "redis", "kind", "inside the process")
}

func TestARedisThatLosesThingsIsToldOf(t *testing.T) {
	lru := []string{"--maxmemory-policy", "allkeys-lru"}
	look(t, redistest.NewServer(t, lru...).URL()).tells(t, Warn, "redis", "memory", "policy allkeys-lru: no limit is set yet")
	look(t, redistest.NewServer(t, append(lru, "--maxmemory", "100mb")...).URL()).tells(t, Fail, "redis", "memory", "policy allkeys-lru at 100")
	look(t, redistest.NewServer(t, "--maxmemory", "1200000").URL()).tells(t, Warn, "redis", "memory", "are used")
	master := redistest.NewServer(t)
	replica := redistest.NewServer(t, "--replicaof", "127.0.0.1 "+master.Addr()[len("127.0.0.1:"):])
	look(t, replica.URL()).tells(t, Fail, "redis", "writing", "it is a replica")
	look(t, redistest.NewServer(t, "--appendonly", "yes").URL()).tells(t, OK, "redis", "writing", "append-only file on")

	gone := redistest.NewServer(t)
	gone.Stop()
	look(t, gone.URL()).tells(t, Fail, "redis", "answers", "refused")
	look(t, "http://x").tells(t, Fail, "redis", "answers", "unknown scheme")
	locked := redistest.NewServer(t, "--requirepass", "secret")
	look(t, locked.URL()).tells(t, Fail, "redis", "answers", "NOAUTH")
}

func TestAClockIsJudgedByHowFarOffItIs(t *testing.T) {
	for skew, level := range map[time.Duration]Level{
		0: OK, 20 * time.Millisecond: OK, -500 * time.Millisecond: OK, 3 * time.Second: Warn, -3 * time.Second: Warn, time.Minute: Fail, -time.Hour: Fail,
	} {
		r := &Report{}
		judgeClock(r.Area("redis"), "clock", "it is", skew)
		r.tells(t, level, "redis", "clock", "that of Redis")
	}
}

func TestOtherNodesAreLookedAt(t *testing.T) {
	db := redistest.Open(t, redistest.Single(t))
	ask := func() *Report {
		r := &Report{}
		Nodes(t.Context(), r, db, "2.0", 6*time.Second)
		return r
	}
	ask().tells(t, OK, "nodes", "list", "none is running")
	beat(t, db, bus.NodeInfo{ID: "good", Version: "2.0", Region: "eu", Roles: []string{"signaling"}, Clock: time.Now()})
	ask().tells(t, OK, "nodes", "versions", "all run 2.0")
	beat(t, db, bus.NodeInfo{ID: "late", Version: "1.9", Draining: true, Clock: time.Now().Add(-time.Minute)})
	r := ask()
	r.tells(t, OK, "nodes", "good", "2.0, signaling, region eu")
	r.tells(t, OK, "nodes", "late", "draining")
	r.tells(t, Fail, "nodes", "late", "behind that of Redis")
	r.tells(t, Warn, "nodes", "versions", "1.9, 2.0")

	r = &Report{}
	Nodes(t.Context(), r, db, "2.0", 0) // anybody is silent for longer than this
	r.tells(t, Warn, "nodes", "good", "silent for")
	r = &Report{}
	Nodes(t.Context(), r, nil, "2.0", 0)
	r.tells(t, Skip, "nodes", "list", "no shared Redis")
}

// beat runs a node until it is in the registry; it beats on until the test ends.
func beat(t *testing.T, db *redisdb.DB, info bus.NodeInfo) {
	t.Helper()
	b := bus.New(db.Client(), info.ID, bus.DefaultConfig(), slog.New(slog.DiscardHandler))
	b.Describe(func() bus.NodeInfo { return info })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	<-b.Ready()
}
