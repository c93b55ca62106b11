//go:build unix

package match

import (
	"testing"
	"time"

	"omezle/models"
	"omezle/signaling/redisdb/redistest"
)

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
