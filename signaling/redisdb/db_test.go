//go:build unix

package redisdb_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Main(m)) }

func TestEveryKindOfRedisAnswersAndSaysWhatItIs(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		if err := db.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := db.Embedded(), strings.HasSuffix(t.Name(), "/embedded"); got != want {
			t.Errorf("Embedded() is %v", got)
		}
		if _, is := db.Client().(*redis.ClusterClient); is != strings.HasSuffix(t.Name(), "/cluster") {
			t.Errorf("the client is a %T", db.Client())
		}
		if db.String() == "" {
			t.Error("it has no name")
		}
	})
}

func TestKeysExpireInEveryKind(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		if err := db.Client().Set(t.Context(), "k", "v", 50*time.Millisecond).Err(); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(10 * time.Second)
		for !errors.Is(db.Client().Get(t.Context(), "k").Err(), redis.Nil) {
			if time.Now().After(deadline) {
				t.Fatal("the key does not expire")
			}
		}
	})
}

func TestScriptsReadAClockThatMoves(t *testing.T) {
	script := redis.NewScript(`local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000)`)
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		first, err := script.Run(t.Context(), db.Client(), []string{"k"}).Int64()
		if err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(10 * time.Second)
		for {
			now, err := script.Run(t.Context(), db.Client(), []string{"k"}).Int64()
			if err != nil {
				t.Fatal(err)
			}
			if now > first {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal("TIME stands still")
			}
		}
	})
}

func TestTheEmbeddedServerAsksForItsPassword(t *testing.T) {
	db := redistest.Open(t, "")
	addr := db.Client().(*redis.Client).Options().Addr
	stranger := redistest.Open(t, "redis://"+addr)
	if err := stranger.Client().Set(t.Context(), "k", "v", 0).Err(); err == nil {
		t.Error("a stranger could write")
	}
}

func TestABigPipelineDoesNotBlockTheEmbeddedServer(t *testing.T) {
	db := redistest.Open(t, "")
	value := strings.Repeat("x", 10_000)
	_, err := db.Client().Pipelined(t.Context(), func(p redis.Pipeliner) error {
		for range 500 {
			p.Set(t.Context(), "k", value, 0)
			p.Get(t.Context(), "k")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestARefusedPasswordIsNotInTheError(t *testing.T) {
	s := redistest.NewServer(t, "--requirepass", "right")
	db := redistest.Open(t, "redis://:hunter2@"+s.Addr())
	err := db.Ping(t.Context())
	if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(db.String(), "hunter2") {
		t.Errorf("got %v from %s", err, db)
	}
}

func TestACallWhileRedisIsAwayEndsWithItsContext(t *testing.T) {
	s := redistest.NewServer(t)
	db := redistest.Open(t, s.URL())
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := db.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestABadURLIsRefusedAtOnce(t *testing.T) {
	if _, err := redisdb.Open("http://h", slog.New(slog.DiscardHandler)); !errors.Is(err, redisdb.ErrBadURL) {
		t.Errorf("got %v", err)
	}
}
