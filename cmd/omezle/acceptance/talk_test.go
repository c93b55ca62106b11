package acceptance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/models/store/storetest"
	"omezle/signaling/protocol"
	"omezle/signaling/redisdb/redistest"
)

// patience is how long a test waits for what must happen and has no time of its own. The machine may be busy.
const patience = 45 * time.Second

// stores starts a Redis and makes a database for one test.
func stores(t *testing.T) stage.Stores {
	t.Helper()
	return stage.Stores{Redis: redistest.Single(t), Database: storetest.Postgres(t)}
}

// urls returns the public addresses of nodes, the i-th first.
func urls(first int, nodes ...*stage.Node) []string {
	var list []string
	for i := range nodes {
		list = append(list, nodes[(first+i)%len(nodes)].URL)
	}
	return list
}

// couple matches two guests by an interest that nobody else has and waits for it.
func couple(t *testing.T, couples [][2]*stage.Guest) {
	t.Helper()
	for i, pair := range couples {
		for _, g := range pair {
			g.Find(stage.Text(fmt.Sprintf("couple %d", i)))
		}
	}
	united(t, couples)
}

// united waits until each of the couples is in one pair.
func united(t *testing.T, couples [][2]*stage.Guest) {
	t.Helper()
	together := func() (n int) {
		for _, pair := range couples {
			if a := pair[0].Pair(); a != "" && a == pair[1].Pair() {
				n++
			}
		}
		return n
	}
	stage.Eventually(t, patience, func() bool { return together() == len(couples) }, func() string {
		return fmt.Sprintf("%d of %d couples are together", together(), len(couples))
	})
}

// talkers has guests say something at a pace until stopped.
type talkers struct {
	stop chan struct{}
	done chan struct{}
}

// talk lets every guest say something each interval, evenly spread over it.
func talk(guests []*stage.Guest, interval time.Duration) *talkers {
	k := &talkers{stop: make(chan struct{}), done: make(chan struct{})}
	pace := time.NewTicker(interval / time.Duration(len(guests)))
	go func() {
		defer close(k.done)
		defer pace.Stop()
		for i := 0; ; i = (i + 1) % len(guests) {
			select {
			case <-k.stop:
				return
			case <-pace.C:
				_ = guests[i].Say() // without a partner there is nobody to talk to
			}
		}
	}()
	return k
}

// silence stops the talk.
func (k *talkers) silence() {
	close(k.stop)
	<-k.done
}

// settled waits until each of the couples heard all that the other said.
func settled(t *testing.T, couples [][2]*stage.Guest) {
	t.Helper()
	missing := func() (n int) {
		for _, pair := range couples {
			sentA, heardA := pair[0].Talked()
			sentB, heardB := pair[1].Talked()
			n += max(sentA-heardB, 0) + max(sentB-heardA, 0)
		}
		return n
	}
	stage.Eventually(t, patience, func() bool { return missing() == 0 }, func() string {
		return fmt.Sprintf("%d texts did not arrive", missing())
	})
}

// heard returns how many texts guests heard in their pairs so far.
func heard(guests []*stage.Guest) (n int) {
	for _, g := range guests {
		_, h := g.Talked()
		n += h
	}
	return n
}

// progress waits until the guests have heard n texts more.
func progress(t *testing.T, guests []*stage.Guest, n int) {
	t.Helper()
	target := heard(guests) + n
	stage.Eventually(t, patience, func() bool { return heard(guests) >= target }, func() string {
		return fmt.Sprintf("%d texts heard of %d", heard(guests), target)
	})
}

// blameless fails the test for every problem that guests had.
func blameless(t *testing.T, guests []*stage.Guest) {
	t.Helper()
	var problems []string
	for _, g := range guests {
		problems = append(problems, g.Problems()...)
	}
	if len(problems) > 0 {
		t.Errorf("%d problems, the first of them:\n%s", len(problems), strings.Join(problems[:min(len(problems), 10)], "\n"))
	}
}

// undisturbed fails the test unless the guests are in the pairs they were in, and none ended meanwhile.
func undisturbed(t *testing.T, guests []*stage.Guest, before map[*stage.Guest]models.PairID) {
	t.Helper()
	for _, g := range guests {
		if g.Pair() != before[g] || g.Endings() > 0 {
			t.Errorf("guest %d was in %s and is in %q after %d endings", g.Number, before[g], g.Pair(), g.Endings())
		}
	}
}

// pairsOf notes who is in which pair.
func pairsOf(guests []*stage.Guest) map[*stage.Guest]models.PairID {
	pairs := make(map[*stage.Guest]models.PairID)
	for _, g := range guests {
		pairs[g] = g.Pair()
	}
	return pairs
}

// delivery logs how long texts took since the last look.
func delivery(t *testing.T, crowd *stage.Crowd, when string) {
	t.Helper()
	times := crowd.Delivery.Take()
	t.Logf("%s: %d texts delivered, p50 %v, p99 %v, longest %v", when, len(times),
		times.At(.5).Round(10*time.Microsecond), times.At(.99).Round(10*time.Microsecond), times.At(1).Round(10*time.Microsecond))
}

// connected waits until all guests are.
func connected(t *testing.T, guests []*stage.Guest) {
	t.Helper()
	stage.Eventually(t, patience, func() bool { return stage.Count(guests, online) == len(guests) }, func() string {
		return fmt.Sprintf("%d of %d guests are connected", stage.Count(guests, online), len(guests))
	})
}

func online(g *stage.Guest) bool { return g.Where().Connected }

func waiting(g *stage.Guest) bool { return g.Where().State == protocol.StateWaiting }
