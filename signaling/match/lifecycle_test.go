//go:build unix

package match

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/models"
	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
)

// each runs a test with a fresh Matcher on every kind of Redis.
func each(t *testing.T, cfg Config, test func(t *testing.T, b *bench)) {
	t.Helper()
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) { test(t, newBench(t, db.Client(), cfg)) })
}

// keys lists everything Redis holds.
func (b *bench) keys() []string {
	b.t.Helper()
	var keys []string
	var err error
	if cluster, ok := b.rdb.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(b.t.Context(), func(ctx context.Context, c *redis.Client) error {
			some, err := c.Keys(ctx, "*").Result()
			b.mu.Lock()
			defer b.mu.Unlock()
			keys = append(keys, some...)
			return err
		})
	} else {
		keys, err = b.rdb.Keys(b.t.Context(), "*").Result()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return keys
}

func TestTheQueueIsServedOldestFirst(t *testing.T) {
	each(t, DefaultConfig(), func(t *testing.T, b *bench) {
		var queue []*Ticket
		for range 40 { // of one device, so that they wait for somebody else
			b.pass(time.Millisecond)
			queue = append(queue, b.wait(visitor(on("same"), speaks("en"))))
		}
		for i, want := range queue {
			if got := b.join(visitor(speaks("en"))); got == nil || got.Other.Session != want.Session {
				t.Fatalf("newcomer %d got %+v, want %s", i, got, want.Session)
			}
		}
	})
}

func TestAFailedPairGetsItsOldPlaceBack(t *testing.T) {
	each(t, DefaultConfig(), func(t *testing.T, b *bench) {
		old := b.wait(visitor(on("a")))
		b.pass(time.Second)
		match := b.join(visitor(on("b")))
		b.pass(time.Second)
		b.wait(visitor(on("c")))
		// The other had gone: the one who asked waits again, before c.
		again := visitor(on("c"), since(match.Self.JoinedAt))
		b.wait(again)
		if !again.JoinedAt.Equal(match.Self.JoinedAt) {
			t.Errorf("its place is %v, was %v", again.JoinedAt, match.Self.JoinedAt)
		}
		if got := b.join(visitor()); got == nil || got.Other.Session != again.Session {
			t.Errorf("the next got %+v, want the one with the older place", got)
		}
		if b.leave(old) {
			t.Error("the claimed ticket still waits")
		}
	})
}

func TestAPlaceInTheFutureIsNow(t *testing.T) {
	each(t, DefaultConfig(), func(t *testing.T, b *bench) {
		k := b.wait(visitor(since(b.ago(-time.Hour))))
		if !k.JoinedAt.Equal(b.now()) {
			t.Errorf("it joined at %v, now is %v", k.JoinedAt, b.now())
		}
	})
}

func TestASessionHasOneTicket(t *testing.T) {
	each(t, DefaultConfig(), func(t *testing.T, b *bench) {
		k := b.wait(visitor(likes("a", "b"), speaks("en"), blocks("x")))
		again := *k
		again.Interests, again.Language, again.Blocks = []string{"c"}, "es", nil
		b.wait(&again)
		if n := b.count(models.ModeVideo); n != 1 {
			t.Errorf("%d wait", n)
		}
		b.wait(visitor(likes("a"), speaks("en"))) // finds nobody: the old ticket is gone
		if got := b.join(visitor(likes("c"), speaks("es"))); got == nil || got.Other.Session != k.Session {
			t.Errorf("got %+v, want the new ticket", got)
		}
	})
}

func TestLeaveSaysWhetherTheTicketWasClaimed(t *testing.T) {
	each(t, DefaultConfig(), func(t *testing.T, b *bench) {
		k := b.wait(visitor())
		if !b.leave(k) {
			t.Error("a waiting ticket was not removed")
		}
		if b.leave(k) {
			t.Error("it was removed twice")
		}
		b.join(k)
		b.join(visitor())
		if b.leave(k) {
			t.Error("a claimed ticket was removed")
		}
	})
}

func TestATicketWithoutPollDiesAfterItsLease(t *testing.T) {
	each(t, DefaultConfig(), func(t *testing.T, b *bench) {
		dead, living := visitor(on("d")), visitor(on("d"))
		b.wait(dead)
		b.pass(time.Second)
		b.wait(living)
		for range 4 {
			b.pass(2 * time.Second)
			if got := b.poll(living); len(got) > 0 {
				t.Fatalf("got %+v", got)
			}
		}
		if got := b.join(visitor()); got == nil || got.Other.Session != living.Session {
			t.Errorf("got %+v, want the living one", got)
		}
		if got := b.poll(dead); len(got) != 1 || !got[0].Missing || got[0].Ticket != dead {
			t.Errorf("got %+v, want a missing ticket", got)
		}
	})
}

func TestTheDeadDoNotHideTheLiving(t *testing.T) {
	each(t, DefaultConfig(), func(t *testing.T, b *bench) {
		for i := range 3 * sweepLimit {
			b.wait(visitor(on("d"), likes("a", fmt.Sprint("i", i)), blocks("x")))
		}
		b.pass(7 * time.Second)
		living := b.wait(visitor(likes("a")))
		if got := b.join(visitor(likes("a"))); got == nil || got.Other.Session != living.Session {
			t.Errorf("got %+v, want the living one", got)
		}
		for range 3 {
			b.wait(visitor(on("d")))
		}
	})
}

func TestNothingStaysInRedis(t *testing.T) {
	each(t, DefaultConfig(), func(t *testing.T, b *bench) {
		ks := []*Ticket{
			visitor(likes("a", "b"), speaks("en"), blocks("x"), met("y")), visitor(), visitor(speaks("es"), wants(models.ModeText)),
		}
		for _, k := range ks {
			b.wait(k)
		}
		for _, key := range b.keys() {
			if ttl := b.rdb.TTL(t.Context(), key).Val(); ttl <= 0 || ttl > keyTTL {
				t.Errorf("%s expires in %v", key, ttl)
			}
		}
		for _, k := range ks {
			b.leave(k)
		}
		if keys := b.keys(); len(keys) > 0 {
			t.Errorf("after the last ticket left: %q", keys)
		}
	})
}

func TestALongWaitKeepsItsKeys(t *testing.T) {
	db := redistest.Open(t, redistest.Single(t))
	b := newBench(t, db.Client(), DefaultConfig())
	k := b.wait(visitor(likes("a"), speaks("en"), blocks("x")))
	for _, key := range b.keys() {
		if err := b.rdb.Expire(t.Context(), key, 30*time.Second).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for passed := time.Duration(0); passed <= rescan; passed += 2 * time.Second {
		b.pass(2 * time.Second)
		b.poll(k)
	}
	for _, key := range b.keys() {
		if ttl := b.rdb.TTL(t.Context(), key).Val(); ttl <= 30*time.Second {
			t.Errorf("%s expires in %v", key, ttl)
		}
	}
}

func TestWaitingCountsEachMode(t *testing.T) {
	each(t, DefaultConfig(), func(t *testing.T, b *bench) {
		b.wait(visitor(on("a")))
		b.wait(visitor(on("a")))
		b.wait(visitor(wants(models.ModeText)))
		got, err := b.Waiting(t.Context())
		if err != nil || got[models.ModeVideo] != 2 || got[models.ModeText] != 1 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func TestARedisThatForgotMakesTicketsMissing(t *testing.T) {
	server := redistest.NewServer(t)
	db := redistest.Open(t, server.URL())
	b := newBench(t, db.Client(), DefaultConfig())
	k := b.wait(visitor())
	server.Stop()
	if _, err := b.Poll(t.Context(), []*Ticket{k}); err == nil {
		t.Error("Poll says nothing of a Redis that is away")
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if got := b.poll(k); len(got) != 1 || !got[0].Missing { // the scripts are gone too
		t.Errorf("got %+v", got)
	}
	b.wait(k)
	if got := b.join(visitor()); got == nil || got.Other.Session != k.Session {
		t.Errorf("got %+v", got)
	}
}

func TestUnusableTicketsAreRefused(t *testing.T) {
	db := redistest.Open(t, "")
	m := New(db.Client(), DefaultConfig())
	for name, k := range map[string]*Ticket{
		"no session":             visitor(func(k *Ticket) { k.Session = "" }),
		"a device that is no id": visitor(on("a\nb")),
		"no node":                visitor(func(k *Ticket) { k.Node = "" }),
		"no mode":                visitor(wants("")),
	} {
		if _, _, err := m.Join(t.Context(), *k); !errors.Is(err, ErrBadTicket) {
			t.Errorf("%s: Join says %v", name, err)
		}
		if _, err := m.Leave(t.Context(), k); !errors.Is(err, ErrBadTicket) {
			t.Errorf("%s: Leave says %v", name, err)
		}
	}
}
