//go:build unix

package match

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/models"
	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
)

// The rules by which a newcomer finds one of those who wait. They are placed in
// the queue, so that they have not found one another before.
func TestANewcomerIsMatchedByTheRules(t *testing.T) {
	const (
		dev1 = models.DeviceID("device1")
		dev2 = models.DeviceID("device2")
	)
	type waiter struct {
		age time.Duration
		set []func(*Ticket)
	}
	w := func(age time.Duration, set ...func(*Ticket)) waiter { return waiter{age, set} }
	type visit = []func(*Ticket)
	sec := time.Second

	cases := []struct {
		name    string
		waiting []waiter // all on dev1, unless they say otherwise
		new     visit
		age     time.Duration // of the newcomer: it takes back an old place
		want    int           // index into waiting; -1: it waits
		shared  []string
		lang    string
		rematch bool
	}{
		{name: "anybody fits those who ask for nothing", waiting: []waiter{w(0)}, want: 0},
		{name: "an empty queue makes one wait", want: -1},
		{name: "the modes do not mix", waiting: []waiter{w(0, wants(models.ModeText))}, want: -1},
		{name: "one device is never matched with itself", waiting: []waiter{w(time.Minute)}, new: visit{on(dev1)}, want: -1},

		{name: "the oldest goes first", waiting: []waiter{w(2 * sec), w(9 * sec), w(4 * sec)}, want: 1},
		{name: "a shared interest comes before age", waiting: []waiter{w(60 * sec), w(sec, likes("go"))}, new: visit{likes("go")}, age: 6 * sec, want: 1, shared: []string{"go"}},
		{name: "more shared interests come before age", waiting: []waiter{w(9*sec, likes("a")), w(sec, likes("a", "b"))}, new: visit{likes("a", "b")}, want: 1, shared: []string{"a", "b"}},
		{name: "more than three shared interests do not", waiting: []waiter{w(2*sec, likes("a", "b", "c")), w(sec, likes("a", "b", "c", "d"))}, new: visit{likes("a", "b", "c", "d")}, want: 0, shared: []string{"a", "b", "c"}},
		{name: "interests come before language", waiting: []waiter{w(sec, speaks("en")), w(sec, likes("a"))}, new: visit{likes("a"), speaks("en")}, want: 1, shared: []string{"a"}},
		{name: "language comes before age", waiting: []waiter{w(60 * sec), w(sec, speaks("en"))}, new: visit{speaks("en")}, want: 1, lang: "en"},
		{name: "language decides between equal interests", waiting: []waiter{w(60*sec, likes("a")), w(sec, likes("a"), speaks("en"))}, new: visit{likes("a"), speaks("en")}, want: 1, shared: []string{"a"}, lang: "en"},
		{name: "age decides between equals", waiting: []waiter{w(2*sec, likes("a"), speaks("en")), w(3*sec, likes("b"), speaks("en"))}, new: visit{likes("b", "a"), speaks("en")}, want: 1, shared: []string{"b"}, lang: "en"},

		{name: "a newcomer with interests wants one shared", waiting: []waiter{w(60*sec, likes("a")), w(50 * sec)}, new: visit{likes("b")}, want: -1},
		{name: "a newcomer without takes one who insists no more", waiting: []waiter{w(5*sec, likes("a"))}, want: 0},
		{name: "but not one who still insists", waiting: []waiter{w(4999*time.Millisecond, likes("a"))}, want: -1},
		{name: "after five seconds interests are a preference", waiting: []waiter{w(5*sec, likes("a"))}, new: visit{likes("b")}, age: 5 * sec, want: 0},
		{name: "both must have waited for that", waiting: []waiter{w(4*sec, likes("a"))}, new: visit{likes("b")}, age: 5 * sec, want: -1},

		{name: "languages must not differ", waiting: []waiter{w(60*sec, speaks("es"))}, new: visit{speaks("en")}, want: -1},
		{name: "no language fits all", waiting: []waiter{w(0, speaks("es"))}, want: 0},
		{name: "and all fit it", waiting: []waiter{w(0)}, new: visit{speaks("en")}, want: 0},
		{name: "a shared interest does not make up for language", waiting: []waiter{w(60*sec, likes("a"), speaks("es"))}, new: visit{likes("a"), speaks("en")}, want: -1},
		{name: "after ten seconds language is a preference", waiting: []waiter{w(10*sec, speaks("es"))}, new: visit{speaks("en")}, age: 10 * sec, want: 0},
		{name: "both must have waited for that too", waiting: []waiter{w(9*sec, speaks("es"))}, new: visit{speaks("en")}, age: 10 * sec, want: -1},
		{name: "language is told apart without its case", waiting: []waiter{w(0, speaks("EN"))}, new: visit{speaks("en")}, want: 0, lang: "en"},

		{name: "a newcomer is spared whom it blocked", waiting: []waiter{w(60 * sec), w(sec, on(dev2))}, new: visit{blocks("other", dev1)}, want: 1},
		{name: "and who blocked it", waiting: []waiter{w(60*sec, blocks("other", "me")), w(sec, on(dev2))}, new: visit{on("me")}, want: 1},
		{name: "a block never wears off", waiting: []waiter{w(time.Hour, blocks("me"))}, new: visit{on("me")}, age: time.Hour, want: -1},
		{name: "a block of a similar device is none", waiting: []waiter{w(0, blocks("me2", "2me"))}, new: visit{on("me"), blocks("device11")}, want: 0},

		{name: "somebody new comes before a recent partner", waiting: []waiter{w(60 * sec), w(sec, on(dev2))}, new: visit{met(dev1)}, age: 30 * sec, want: 1},
		{name: "also when only the other remembers", waiting: []waiter{w(60*sec, met("me")), w(sec, on(dev2))}, new: visit{on("me")}, age: 30 * sec, want: 1},
		{name: "a recent partner is better than none", waiting: []waiter{w(3 * sec)}, new: visit{met(dev1)}, age: 3 * sec, want: 0, rematch: true},
		{name: "after both waited", waiting: []waiter{w(2 * sec)}, new: visit{met(dev1)}, age: 60 * sec, want: -1},
		{name: "the newcomer too", waiting: []waiter{w(60 * sec)}, new: visit{met(dev1)}, age: 2 * sec, want: -1},
		{name: "the best of the recent partners", waiting: []waiter{w(9 * sec), w(5*sec, likes("a"), on(dev2))}, new: visit{met(dev1, dev2), likes("a")}, age: 6 * sec, want: 1, shared: []string{"a"}, rematch: true},
		{name: "a recent partner that is blocked stays blocked", waiting: []waiter{w(60 * sec)}, new: visit{met(dev1), blocks(dev1)}, age: 60 * sec, want: -1},
	}
	cfg := DefaultConfig()
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				b := newBench(t, db.Client(), cfg)
				var waiting []*Ticket
				for _, w := range c.waiting {
					k := visitor(append([]func(*Ticket){on(dev1), since(b.ago(w.age))}, w.set...)...)
					b.place(cfg, k)
					waiting = append(waiting, k)
				}
				me := visitor(c.new...)
				if c.age > 0 {
					me.JoinedAt = b.ago(c.age)
				}
				t.Cleanup(func() { _, _ = b.Leave(context.Background(), me) })
				got := b.join(me)
				if c.want < 0 {
					if got != nil {
						t.Fatalf("matched with %s, should wait", got.Other.Session)
					}
					return
				}
				if got == nil {
					t.Fatal("waits, should match")
				}
				other := waiting[c.want]
				want := Partner{other.Session, other.Device, other.Node, other.JoinedAt}
				if !got.Other.JoinedAt.Equal(want.JoinedAt) {
					t.Errorf("the partner joined at %v, want %v", got.Other.JoinedAt, want.JoinedAt)
				}
				got.Other.JoinedAt = want.JoinedAt
				if got.Other != want {
					t.Errorf("the partner is %+v, want %+v", got.Other, want)
				}
				if got.Self.Session != me.Session || got.Self.Device != me.Device || got.Self.Node != me.Node || !got.Self.JoinedAt.Equal(me.JoinedAt) {
					t.Errorf("self is %+v, want %+v", got.Self, me)
				}
				if !slices.Equal(got.Shared, c.shared) || got.Language != c.lang || got.SameLanguage != (c.lang != "") || got.Rematch != c.rematch {
					t.Errorf("got %+v", got)
				}
				if b.leave(me) || b.leave(other) {
					t.Error("a matched ticket still waits")
				}
			})
		}
	})
}

// placeLua lets a ticket wait without a search, whoever else is there.
const placeLua = `
enqueue({ session = ARGV[2], device = ARGV[3], node = ARGV[4], joined = tonumber(ARGV[5]), language = ARGV[6],
  region = ARGV[7], recent = ARGV[8], interests = ARGV[9], blocks = ARGV[10], hasblocks = ARGV[10] ~= '' },
  clock(ARGV[1]), '0||||')`

func (b *bench) place(cfg Config, k *Ticket) {
	b.t.Helper()
	script := redis.NewScript(constants(cfg, b.layout) + queueLua + placeLua)
	err := script.Run(b.t.Context(), b.rdb, []string{b.layout.start(k)}, b.clock(),
		string(k.Session), string(k.Device), string(k.Node), micros(k.JoinedAt), k.languageTag(), b.layout.region(k),
		deviceList(k.Recent), k.interestList(), deviceList(k.Blocks)).Err()
	if err != nil && !errors.Is(err, redis.Nil) {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _, _ = b.Leave(context.Background(), k) }) // the queue is shared by the cases
}
