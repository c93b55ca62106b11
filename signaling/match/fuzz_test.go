//go:build unix

package match

import (
	"strings"
	"testing"
	"unicode/utf8"

	"omezle/models"
	"omezle/signaling/redisdb/redistest"
)

// Whatever a visitor calls its interests and its language, it waits, is found by
// its like, and nothing of it stays in Redis.
func FuzzTicket(f *testing.F) {
	f.Add("music\nchess", "en", "eu")
	f.Add("", "", "")
	f.Add("{match:text}:q\n}:q\n*\n%d%s\n[^\t]+", "EN-us", "{x}")
	f.Add("\x00\n\xff\xfe\n\t\n a \n\u202e\u2028", "\x00", "\xff")
	f.Add(strings.Repeat("\U0001f600", 40)+"\n"+strings.Repeat("x\n", 20), strings.Repeat("e", 9), "us")
	f.Add("|\n,\n1\n|0|i|l", ",a,", "|")
	db := redistest.Open(f, redistest.Single(f))
	cfg := shardedConfig()
	f.Fuzz(func(t *testing.T, interests, language, region string) {
		b := newBench(t, db.Client(), cfg)
		set := []func(*Ticket){likes(strings.Split(interests, "\n")...), speaks(language), in(region)}
		one := b.wait(visitor(append(set, blocks("x,y", models.DeviceID(interests)), met(models.DeviceID(language)))...))
		if got := b.poll(one); len(got) > 0 {
			t.Fatalf("got %+v", got)
		}
		match := b.join(visitor(set...))
		if match == nil || match.Other.Session != one.Session || match.Other.Device != one.Device || match.Other.Node != one.Node {
			t.Fatalf("got %+v", match)
		}
		for _, s := range match.Shared {
			if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > MaxInterestRunes {
				t.Errorf("a shared interest is %q", s)
			}
		}
		if len(match.Shared) > MaxInterests {
			t.Errorf("%d shared interests", len(match.Shared))
		}
		if keys := b.keys(); len(keys) > 0 {
			t.Errorf("left in Redis: %q", keys)
		}
	})
}
