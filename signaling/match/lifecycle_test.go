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

func TestPollFindsWhomATicketComesToAccept(t *testing.T) {
	for _, c := range []struct {
		name  string
		a, b  func(*Ticket)
		after time.Duration
	}{
		{"interests", likes("a"), likes("b"), 5 * time.Second},
		{"languages", speaks("en"), speaks("es"), 10 * time.Second},
		{"recent partners", met("b"), on("b"), 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, DefaultConfig(), func(t *testing.T, b *bench) {
				one := b.wait(visitor(c.a))
				b.pass(1500 * time.Millisecond)
				two := b.wait(visitor(c.b)) // the younger decides
				const step = 500 * time.Millisecond
				for passed := step; passed < c.after; passed += step {
					b.pass(step)
					if got := b.poll(one, two); len(got) > 0 {
						t.Fatalf("matched after %v", passed)
					}
				}
				b.pass(step)
				got := b.poll(one, two)
				if len(got) != 1 || got[0].Ticket != two || got[0].Match == nil || got[0].Match.Other.Session != one.Session {
					t.Fatalf("got %+v", got)
				}
				if got[0].Match.Rematch != (c.name == "recent partners") {
					t.Errorf("rematch is %v", got[0].Match.Rematch)
				}
				if n := b.count(models.ModeVideo); n != 0 {
					t.Errorf("%d wait", n)
				}
			})
		})
	}
}

func TestAPartnerInTheSamePollIsMissing(t *testing.T) {
	each(t, DefaultConfig(), func(t *testing.T, b *bench) {
		one, two := b.wait(visitor(likes("a"))), b.wait(visitor(likes("b")))
		b.pass(5 * time.Second)
		got := b.poll(one, two)
		if len(got) != 2 || got[0].Ticket != one || got[0].Match == nil || got[1].Ticket != two || !got[1].Missing {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAMatchIsFoundBehindAThousandWhoDoNotFit(t *testing.T) {
	const sec = time.Second
	crowd := func(set ...func(*Ticket)) func() *Ticket {
		return func() *Ticket { return visitor(append(set, on("crowd"))...) }
	}
	n := 0
	mixed := func() *Ticket {
		n++
		return visitor(on("crowd"), likes("a"), speaks([]string{"", "en", "es"}[n%3]))
	}
	for _, c := range []struct {
		name  string
		crowd func() *Ticket
		gap   time.Duration // between two of the crowd
		who   []func(*Ticket)
		calls int // Join and Polls it takes
	}{
		{"another language", crowd(speaks("es")), time.Microsecond, []func(*Ticket){speaks("en")}, 1},
		{"another interest", crowd(likes("x")), time.Microsecond, []func(*Ticket){likes("a")}, 1},
		{"the same interest in another language", crowd(likes("a"), speaks("es")), time.Microsecond, []func(*Ticket){speaks("en"), likes("a")}, 4},
		{"blocked devices", crowd(), time.Microsecond, []func(*Ticket){blocks("crowd")}, 4},
		{"blocked devices who joined by the hundred", crowd(), 0, []func(*Ticket){blocks("crowd")}, 6},
		{"recent partners", crowd(), time.Microsecond, []func(*Ticket){met("crowd")}, 4},
		{"all kinds of them", mixed, time.Microsecond, []func(*Ticket){speaks("en"), likes("a"), blocks("crowd")}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := DefaultConfig()
			b := newBench(t, redistest.Open(t, redistest.Single(t)).Client(), cfg)
			for i := range 1000 {
				k := c.crowd()
				k.JoinedAt = b.now()
				b.place(cfg, k)
				b.pass(c.gap)
				if i%100 == 99 {
					b.pass(time.Microsecond)
				}
			}
			b.pass(2 * sec)
			one, two := visitor(c.who...), visitor(c.who...)
			one.JoinedAt = b.now()
			b.place(cfg, one)

			match, calls := b.join(two), 1
			for match == nil && calls <= c.calls {
				b.pass(100 * time.Millisecond)
				for _, o := range b.poll(two) {
					match = o.Match
				}
				calls++
			}
			if match == nil || match.Other.Session != one.Session {
				t.Fatalf("got %+v", match)
			}
			if calls > c.calls || c.calls > 1 && calls == 1 { // each call is bounded
				t.Errorf("it took %d calls, want %d", calls, c.calls)
			}
		})
	}
}

func TestARecentPartnerIsTakenWhenALongSearchFoundNobodyElse(t *testing.T) {
	cfg := DefaultConfig()
	b := newBench(t, redistest.Open(t, redistest.Single(t)).Client(), cfg)
	last := visitor(on("last"), since(b.ago(5*time.Second)))
	b.place(cfg, last)
	for range 600 {
		b.pass(time.Microsecond)
		b.place(cfg, visitor(on("crowd"), since(b.now())))
	}
	me := b.wait(visitor(met("last"), blocks("crowd"), since(b.ago(4*time.Second))))
	var got []Outcome
	for calls := 0; len(got) == 0 && calls < 4; calls++ {
		b.pass(100 * time.Millisecond)
		got = b.poll(me)
	}
	if len(got) != 1 || got[0].Match == nil || got[0].Match.Other.Session != last.Session || !got[0].Match.Rematch {
		t.Errorf("got %+v", got)
	}
}

func TestTicketsOfTheSameMicrosecondHideNobody(t *testing.T) {
	for _, crowd := range []int{100, 3 * pageLimit} {
		cfg := DefaultConfig()
		b := newBench(t, redistest.Open(t, redistest.Single(t)).Client(), cfg)
		for range crowd {
			b.place(cfg, visitor(on("crowd"), since(b.now())))
		}
		if crowd > pageLimit {
			b.pass(time.Microsecond)
		}
		one := visitor(since(b.now()))
		one.Session = "zzz" // the last of its microsecond
		b.place(cfg, one)
		me := visitor(blocks("crowd"))
		match := b.join(me)
		for calls := 1; match == nil && calls < 4; calls++ {
			for _, o := range b.poll(me) {
				match = o.Match
			}
		}
		if match == nil || match.Other.Session != one.Session {
			t.Errorf("behind %d: got %+v", crowd, match)
		}
	}
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
