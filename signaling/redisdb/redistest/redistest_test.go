//go:build unix

package redistest_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Main(m)) }

func TestEachKindOfRedisStartsEmptyAndRunsScripts(t *testing.T) {
	script := redis.NewScript(`redis.call('SET', KEYS[1], ARGV[1]) return redis.call('EXISTS', KEYS[2])`)
	for range 2 { // the second round must not see the first
		redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
			n, err := script.Run(t.Context(), db.Client(), []string{"{tag}:a", "{tag}:b"}, "1").Int()
			if err != nil || n != 0 {
				t.Fatalf("got %d, %v", n, err)
			}
			if err := db.Client().Set(t.Context(), "{tag}:b", 1, 0).Err(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestAServerComesBackOnItsPort(t *testing.T) {
	s := redistest.NewServer(t)
	db := redistest.Open(t, s.URL())
	s.Stop()
	if err := db.Ping(t.Context()); err == nil {
		t.Fatal("a stopped server answered")
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAPausedServerKeepsItsConnectionsAndItsData(t *testing.T) {
	s := redistest.NewServer(t)
	db := redistest.Open(t, s.URL())
	if err := db.Client().Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := db.Ping(ctx); err == nil {
		t.Fatal("a paused server answered")
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	if v, err := db.Client().Get(t.Context(), "k").Result(); err != nil || v != "v" {
		t.Fatalf("got %q, %v", v, err)
	}
}

func TestASentinelPromotesTheReplica(t *testing.T) {
	s := redistest.NewSentinel(t)
	db := redistest.Open(t, s.URL())
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Master.Stop()
	deadline := time.Now().Add(30 * time.Second)
	for db.Client().Set(t.Context(), "k", "v", 0).Err() != nil {
		if time.Now().After(deadline) {
			t.Fatal("no new master")
		}
	}
}
