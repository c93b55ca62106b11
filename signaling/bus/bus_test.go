package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"omezle/models"
	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
)

func TestMessagesOfOneSenderArriveOnceAndInOrder(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		a, b, c := start(t, db.Client(), "a", quick()), start(t, db.Client(), "b", quick()), start(t, db.Client(), "c", quick())
		see(t, a, b, c)
		const count = 2000
		var senders sync.WaitGroup
		for _, n := range []*node{a, b} {
			senders.Go(func() {
				for i := range count {
					if err := n.Send("c", []byte(strconv.Itoa(i))); err != nil {
						t.Errorf("send %d: %v", i, err)
						return
					}
				}
			})
		}
		senders.Wait()
		eventually(t, "all arrive", func() bool { return len(c.received()) >= 2*count })
		next := map[string]int{}
		for _, m := range c.received() {
			from, text, _ := strings.Cut(m, ":")
			if text != strconv.Itoa(next[from]) {
				t.Fatalf("from %s came %s, expected %d", from, text, next[from])
			}
			next[from]++
		}
		if s := c.Stats(); s.Received != 2*count || s.Missed != 0 || s.Malformed != 0 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestWhatQueuesDuringAPublishGoesInOne(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		a, b := start(t, db.Client(), "a", quick()), start(t, db.Client(), "b", quick())
		see(t, a, b)
		for range 3000 {
			if err := a.Send("b", []byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "all arrive", func() bool { return b.Stats().Received == 3000 })
		eventually(t, "the sender knows", func() bool { s := a.Stats(); return s.Sent == 3000 && s.Queued == 0 })
		if s := a.Stats(); s.Batches > 1000 {
			t.Errorf("3000 messages sent at once took %d publishes", s.Batches)
		}
	})
}

func TestAMessageToOneselfNeedsNoRedis(t *testing.T) {
	server := redistest.NewServer(t)
	a := start(t, redistest.Open(t, server.URL()).Client(), "a", quick())
	server.Stop()
	if err := a.Send("a", []byte("note")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it arrives", func() bool { return slices.Equal(a.received(), []string{"a:note"}) })
}

func TestABroadcastReachesEveryNodeOnce(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		nodes := []*node{start(t, db.Client(), "a", quick()), start(t, db.Client(), "b", quick()), start(t, db.Client(), "c", quick())}
		see(t, nodes...)
		if err := nodes[0].Broadcast([]byte("ban")); err != nil {
			t.Fatal(err)
		}
		if err := nodes[0].Broadcast([]byte("policy")); err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes {
			eventually(t, "it arrives", func() bool { return slices.Equal(n.received(), []string{"a:ban", "a:policy"}) })
		}
	})
}

func TestSendRefusesWhatItCannotDeliver(t *testing.T) {
	db := redistest.Open(t, "")
	a := start(t, db.Client(), "a", quick())
	if err := a.Send("nobody", nil); !errors.Is(err, ErrNoNode) {
		t.Errorf("to an unknown node: %v", err)
	}
	for name, send := range map[string]func([]byte) error{
		"Send": func(p []byte) error { return a.Send("a", p) }, "Broadcast": a.Broadcast,
	} {
		if err := send(make([]byte, MaxPayload+1)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s of 64 KiB and one byte: %v", name, err)
		}
		if err := send(make([]byte, MaxPayload)); err != nil {
			t.Errorf("%s of 64 KiB: %v", name, err)
		}
	}
	a.stop()
	if err := a.Send("a", nil); !errors.Is(err, ErrNoNode) {
		t.Errorf("after the end: %v", err)
	}
}

func TestAFullQueueRefusesAndCounts(t *testing.T) {
	server := redistest.NewServer(t)
	cfg := quick()
	cfg.QueueMessages = 100
	a, b := start(t, redistest.Open(t, server.URL()).Client(), "a", cfg), start(t, redistest.Open(t, server.URL()).Client(), "b", cfg)
	see(t, a, b)
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range 150 {
		switch err := a.Send("b", []byte(strconv.Itoa(i))); {
		case errors.Is(err, ErrBusy):
			refused++
		case err != nil:
			t.Fatal(err)
		}
	}
	if s := a.Stats(); refused != 50 || s.Dropped != 50 || s.Queued != 100 {
		t.Errorf("refused %d, %+v", refused, s)
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the hundred arrive", func() bool { return len(b.received()) == 100 })
	if got := b.received(); got[0] != "a:0" || got[99] != "a:99" {
		t.Errorf("from %s to %s", got[0], got[99])
	}
}

func TestASlowHandlerHoldsUpNobodyElse(t *testing.T) {
	db := redistest.Open(t, redistest.Single(t))
	release := make(chan struct{})
	slow := start(t, db.Client(), "slow", quick(), func(n *node) {
		n.Handle(func(models.NodeID, []byte) { <-release })
	})
	a, b := start(t, db.Client(), "a", quick()), start(t, db.Client(), "b", quick())
	see(t, slow, a, b)
	for range 100 {
		if err := errors.Join(a.Send("slow", []byte("x")), a.Send("b", []byte("y"))); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "b hears", func() bool { return b.Stats().Received == 100 })
	close(release)
	eventually(t, "slow hears", func() bool { return slow.Stats().Received == 100 })
}

func TestNodesTellOneAnotherAboutThemselves(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		var mu sync.Mutex
		info := NodeInfo{Region: "eu", Roles: []string{"signaling"}, Started: time.Unix(1e9, 0).UTC(), Sessions: 7}
		a := start(t, db.Client(), "a", quick(), func(n *node) {
			n.Describe(func() NodeInfo { mu.Lock(); defer mu.Unlock(); return info })
		})
		// b beats so rarely that it sees a's change only because it was told.
		patient := Config{Interval: time.Hour, DeadAfter: 10 * time.Hour, Lease: 10 * time.Hour}
		b := start(t, db.Client(), "b", patient)
		see(t, a, b)
		if got := b.Nodes()[0]; got.ID != "a" || got.Region != "eu" || got.Sessions != 7 || !got.Started.Equal(info.Started) || !slices.Equal(got.Roles, info.Roles) {
			t.Errorf("got %+v", got)
		}
		if !b.Alive("a") || !b.Alive("b") || b.Alive("c") {
			t.Error("Alive disagrees with Nodes")
		}
		mu.Lock()
		info.Draining = true
		mu.Unlock()
		a.Announce()
		eventually(t, "b learns that a drains", func() bool { return b.Nodes()[0].Draining })
	})
}

func TestACleanStopIsNotADeath(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		a, b := start(t, db.Client(), "a", quick()), start(t, db.Client(), "b", quick())
		see(t, a, b)
		for i := range 50 { // what was queued still goes out
			if err := b.Send("a", []byte(strconv.Itoa(i))); err != nil {
				t.Fatal(err)
			}
		}
		b.stop()
		see(t, a)
		eventually(t, "a is told", func() bool {
			return slices.Equal(look(a, func() []models.NodeID { return a.gone }), []models.NodeID{"b"})
		})
		eventually(t, "the last words arrive", func() bool { return len(a.received()) == 50 })
		if n, err := db.Client().ZCard(t.Context(), keyDead).Result(); err != nil || n != 0 {
			t.Errorf("%d burials, %v", n, err)
		}
		if err := a.Send("b", nil); !errors.Is(err, ErrNoNode) {
			t.Errorf("to the one who left: %v", err)
		}
	})
}

func TestADeadNodeIsBuriedExactlyOnce(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		victim := startMortal(t, db.Client(), "victim", quick())
		var survivors []*node
		for i := range 3 {
			survivors = append(survivors, start(t, db.Client(), models.NodeID(fmt.Sprintf("n%d", i)), quick()))
		}
		see(t, append(survivors, victim)...)
		victim.stop()
		see(t, survivors...)
		buried := func() (all []models.NodeID) {
			for _, n := range survivors {
				all = append(all, look(n, func() []models.NodeID { return n.buried })...)
			}
			return all
		}
		eventually(t, "it is buried", func() bool { return len(buried()) > 0 })
		eventually(t, "the burial is closed", func() bool { return db.Client().ZCard(t.Context(), keyDead).Val() == 0 })
		if got := buried(); !slices.Equal(got, []models.NodeID{"victim"}) {
			t.Errorf("burials: %v", got)
		}
		for _, n := range survivors {
			eventually(t, "each is told", func() bool {
				return slices.Equal(look(n, func() []models.NodeID { return n.gone }), []models.NodeID{"victim"})
			})
		}
	})
}

func TestAnotherTakesOverWhenTheWinnerDies(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		winner := registry{rdb: db.Client(), self: "winner", cfg: quick()}
		makeSilent(t, db, "victim")
		eventually(t, "the winner claims the burial", func() bool { // and is never heard of again
			res, err := winner.beat(t.Context(), NodeInfo{}, nil, nil, 1)
			return err == nil && slices.Equal(res.claimed, []models.NodeID{"victim"})
		})
		b, c := start(t, db.Client(), "b", quick()), start(t, db.Client(), "c", quick())
		count := map[models.NodeID]int{}
		eventually(t, "both dead are buried", func() bool {
			clear(count)
			for _, n := range []*node{b, c} {
				for _, id := range look(n, func() []models.NodeID { return slices.Clone(n.buried) }) {
					count[id]++
				}
			}
			return count["victim"] > 0 && count["winner"] > 0
		})
		if count["victim"] != 1 || count["winner"] != 1 {
			t.Errorf("burials: %v", count)
		}
	})
}

func TestAFailedBurialIsTriedAgain(t *testing.T) {
	db := redistest.Open(t, "")
	makeSilent(t, db, "victim")
	tries := make(chan models.NodeID, 10)
	fail := true
	start(t, db.Client(), "a", quick(), func(n *node) {
		n.OnDead(func(_ context.Context, dead models.NodeID) error {
			tries <- dead
			if fail {
				fail = false // burials of one node follow one another
				return errors.New("the database is away")
			}
			return nil
		})
	})
	if first, second := <-tries, <-tries; first != "victim" || second != "victim" {
		t.Errorf("%s, %s", first, second)
	}
	eventually(t, "the burial is closed", func() bool { return db.Client().ZCard(t.Context(), keyDead).Val() == 0 })
}

func TestABurialThatIsCutShortIsGivenBack(t *testing.T) {
	db := redistest.Open(t, "")
	makeSilent(t, db, "victim")
	begun := make(chan struct{})
	a := start(t, db.Client(), "a", quick(), func(n *node) {
		n.OnDead(func(ctx context.Context, _ models.NodeID) error {
			close(begun)
			<-ctx.Done()
			return nil // though it did nothing
		})
	})
	<-begun
	a.stop()
	b := start(t, db.Client(), "b", quick())
	eventually(t, "b buries it", func() bool {
		return slices.Equal(look(b, func() []models.NodeID { return b.buried }), []models.NodeID{"victim"})
	})
}

func TestANodeWithoutOnDeadLeavesBurialsToOthers(t *testing.T) {
	db := redistest.Open(t, "")
	makeSilent(t, db, "victim")
	relay := start(t, db.Client(), "relay", quick(), func(n *node) { n.Bus.onDead = nil })
	eventually(t, "it is declared dead", func() bool { return db.Client().ZCard(t.Context(), keyDead).Val() == 1 })
	eventually(t, "it is listed no more", func() bool { return !relay.Alive("victim") })
	full := start(t, db.Client(), "full", quick())
	eventually(t, "the other buries it", func() bool { return len(look(full, func() []models.NodeID { return full.buried })) == 1 })
}

func TestTheFirstToStartBuriesThoseOfBefore(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		x, y := startMortal(t, db.Client(), "x", quick()), startMortal(t, db.Client(), "y", quick())
		see(t, x, y)
		x.stop()
		y.stop()
		a := start(t, db.Client(), "a", quick())
		eventually(t, "both are buried", func() bool {
			got := look(a, func() []models.NodeID { return slices.Sorted(slices.Values(a.buried)) })
			return slices.Equal(got, []models.NodeID{"x", "y"})
		})
		see(t, a)
	})
}

// makeSilent registers a node that was last heard an hour ago.
func makeSilent(t *testing.T, db *redisdb.DB, id models.NodeID) {
	t.Helper()
	r := registry{rdb: db.Client(), self: id, cfg: quick()}
	if _, err := r.beat(t.Context(), NodeInfo{}, nil, nil, 0); err != nil {
		t.Fatal(err)
	}
	age(t, db, id, time.Hour)
}

// age moves a node's last heartbeat into the past.
func age(t *testing.T, db *redisdb.DB, id models.NodeID, by time.Duration) {
	t.Helper()
	if err := db.Client().ZIncrBy(t.Context(), keySeen, -float64(by.Milliseconds()), string(id)).Err(); err != nil {
		t.Fatal(err)
	}
}
