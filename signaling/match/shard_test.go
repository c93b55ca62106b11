//go:build unix

package match

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"omezle/models"
)

func shardedConfig() Config {
	cfg := DefaultConfig()
	cfg.Regions = []string{"eu", "us"}
	cfg.Shards = 4
	return cfg
}

func TestNeighboursMeetAtOnce(t *testing.T) {
	each(t, shardedConfig(), func(t *testing.T, b *bench) {
		for _, region := range []string{"eu", "us"} {
			for _, language := range []string{"", "en", "es", "fr", "de"} {
				one := b.wait(visitor(in(region), speaks(language)))
				if got := b.join(visitor(in(region), speaks(language))); got == nil || got.Other.Session != one.Session {
					t.Errorf("%s, %q: got %+v", region, language, got)
				}
			}
		}
	})
}

func TestAnUnknownRegionIsTheFirst(t *testing.T) {
	each(t, shardedConfig(), func(t *testing.T, b *bench) {
		b.wait(visitor(in("eu")))
		if b.join(visitor(in("{x}"))) == nil {
			t.Error("it waits")
		}
	})
}

func TestDistantTicketsMeetWhenBothAcceptIt(t *testing.T) {
	each(t, shardedConfig(), func(t *testing.T, b *bench) {
		one := b.wait(visitor(in("eu"), speaks("en")))
		two := b.wait(visitor(in("us"), speaks("fr")))
		for range 9 {
			b.pass(time.Second)
			if got := b.poll(one, two); len(got) > 0 {
				t.Fatalf("got %+v", got)
			}
		}
		b.pass(time.Second)
		got := b.poll(one, two)
		if len(got) != 1 || got[0].Match == nil {
			t.Fatalf("got %+v", got)
		}
		if n := b.count(models.ModeVideo); n != 0 {
			t.Errorf("%d wait", n)
		}
		if keys := b.keys(); len(keys) > 0 {
			t.Errorf("left in Redis: %q", keys)
		}
	})
}

func TestANewcomerFindsANeighbourWhoHasWidened(t *testing.T) {
	each(t, shardedConfig(), func(t *testing.T, b *bench) {
		one := b.wait(visitor(in("eu"), speaks("en")))
		for range 12 {
			b.pass(time.Second)
			b.poll(one)
		}
		b.wait(visitor(in("us"), speaks("en"))) // wants its own region for now
		if got := b.join(visitor(in("eu"), speaks("en"))); got == nil || got.Other.Session != one.Session {
			t.Errorf("got %+v", got)
		}
	})
}

func TestATicketWithAnOldPlaceWaitsWhereItAcceptsAll(t *testing.T) {
	each(t, shardedConfig(), func(t *testing.T, b *bench) {
		one := b.wait(visitor(in("eu"), speaks("en"), since(b.ago(20*time.Second))))
		if got := b.poll(one); len(got) > 0 {
			t.Fatalf("Poll does not find it: %+v", got)
		}
		b.wait(one) // again: it must not wait twice
		if n := b.count(models.ModeVideo); n != 1 {
			t.Errorf("%d wait", n)
		}
		if !b.leave(one) {
			t.Error("Leave does not find it")
		}
		one.JoinedAt = time.Time{} // the same ticket from the start
		b.wait(one)
		if got := b.poll(one); len(got) > 0 {
			t.Fatalf("Poll does not find it: %+v", got)
		}
		two := b.wait(visitor(in("us"), since(b.ago(20*time.Second))))
		if got := b.join(visitor(in("eu"), speaks("es"), since(b.ago(20*time.Second)))); got == nil || got.Other.Session != two.Session {
			t.Errorf("got %+v", got)
		}
	})
}

func TestWaitingCountsAllQueues(t *testing.T) {
	each(t, shardedConfig(), func(t *testing.T, b *bench) {
		for i := range 20 {
			b.wait(visitor(on("same"), in([]string{"eu", "us"}[i%2]), speaks(string(rune('a'+i))+"a")))
		}
		b.wait(visitor(since(b.ago(time.Minute))))
		if n := b.count(models.ModeVideo); n != 21 {
			t.Errorf("%d wait", n)
		}
	})
}

func TestTheKeysOfAQueueHaveOneHashTag(t *testing.T) {
	each(t, shardedConfig(), func(t *testing.T, b *bench) {
		k := visitor(in("us"), likes("{a}", "}b{"), speaks("en"), blocks("x"))
		b.wait(k)
		tag, _, _ := strings.Cut(b.layout.start(k), "}")
		for _, key := range b.keys() {
			if !strings.HasPrefix(key, tag+"}:") {
				t.Errorf("%s does not begin with %s}:", key, tag)
			}
		}
	})
}

func TestConfigReportsAllThatIsWrong(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Errorf("the default: %v", err)
	}
	err := Config{Regions: []string{"", "a{b", "eu", "eu"}, InterestsFor: -1, LanguageFor: 2 * time.Hour}.Validate()
	if err == nil {
		t.Fatal("nothing")
	}
	for _, want := range []string{`""`, `"a{b"`, `"eu" is listed twice`, "shards 0", "interests for -1ns", "language for 2h", "lease 0s"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func TestEveryNodeFindsTheSameQueues(t *testing.T) {
	l := newLayout(shardedConfig())
	all := map[string]bool{}
	for _, key := range l.keys(models.ModeText) {
		all[key] = true
	}
	if len(all) != 1+2*4 {
		t.Errorf("%d queues", len(all))
	}
	for i := range 200 {
		k := visitor(wants(models.ModeText), in([]string{"eu", "us", ""}[i%3]), speaks(fmt.Sprintf("%c%c", 'a'+i%26, 'a'+i/26)))
		if !all[l.start(k)] {
			t.Errorf("%s is not among them", l.start(k))
		}
	}
}
