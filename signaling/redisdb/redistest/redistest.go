//go:build unix

package redistest

import (
	"log/slog"
	"os"
	"sync"
	"testing"

	"omezle/signaling/redisdb"
)

// NewServer starts a redis-server for one test, which may stop, start and
// pause it; what is left of it ends with the test.
func NewServer(t testing.TB, args ...string) *Server {
	t.Helper()
	s, err := StartSingle(t.TempDir(), args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// Single returns the URL of an empty Redis server that no other test uses.
func Single(t testing.TB) string {
	t.Helper()
	if url := os.Getenv("OMEZLE_TEST_REDIS_URL"); url != "" {
		borrow(t, url)
		return url
	}
	return NewServer(t).URL()
}

// Cluster returns the URL of an empty Redis Cluster of three masters that no
// other test uses at the same time.
func Cluster(t testing.TB) string {
	t.Helper()
	if sharing.on {
		return sharing.take(t)
	}
	c, err := StartCluster(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c.URL()
}

// Sentinel returns the URL of a master with a replica, found through a
// Sentinel.
func Sentinel(t testing.TB) string {
	t.Helper()
	return NewSentinel(t).URL()
}

// NewSentinel starts a master, a replica and a Sentinel for one test, which
// may stop any of them.
func NewSentinel(t testing.TB) *SentinelServers {
	t.Helper()
	s, err := StartSentinel(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// Open opens the Redis at url for one test and closes it afterwards.
func Open(t testing.TB, url string) *redisdb.DB {
	t.Helper()
	db, err := redisdb.Open(url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Each runs the test over every kind of Redis: embedded, single and cluster.
func Each(t *testing.T, test func(t *testing.T, db *redisdb.DB)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, Open(t, "")) })
	t.Run("single", func(t *testing.T) { test(t, Open(t, Single(t))) })
	t.Run("cluster", func(t *testing.T) { test(t, Open(t, Cluster(t))) })
}

// Runner is what a TestMain runs: *testing.M, and what Main returns.
type Runner interface{ Run() int }

// Main lets the tests of a package share one Redis Cluster, started when the
// first asks for it and ended when all have run:
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Main(m)) }
func Main(m Runner) Runner { return sharedMain{m} }

type sharedMain struct{ tests Runner }

func (m sharedMain) Run() int {
	sharing.on = true
	defer sharing.stop()
	return m.tests.Run()
}

// sharing is the Cluster of this test binary.
var sharing shared

type shared struct {
	on      bool       // set before any test runs
	turn    sync.Mutex // held by the test that uses the cluster
	dir     string
	servers *ClusterServers
}

// take waits for its turn and empties the cluster.
func (s *shared) take(t testing.TB) string {
	t.Helper()
	s.turn.Lock()
	t.Cleanup(s.turn.Unlock)
	if s.servers == nil {
		dir, err := os.MkdirTemp("", "redistest-cluster-")
		if err != nil {
			t.Fatal(err)
		}
		s.dir = dir
		if s.servers, err = StartCluster(dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.servers.empty(); err != nil {
		t.Fatal(err)
	}
	return s.servers.URL()
}

func (s *shared) stop() {
	if s.servers != nil {
		s.servers.Stop()
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir) // a temporary folder left behind fails nobody
	}
}
