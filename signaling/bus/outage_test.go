package bus

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"omezle/signaling/redisdb/redistest"
)

// calm tells whether nobody was taken for dead.
func calm(t *testing.T, nodes ...*node) {
	t.Helper()
	for _, n := range nodes {
		if gone, buried := look(n, func() int { return len(n.gone) }), look(n, func() int { return len(n.buried) }); gone+buried > 0 {
			t.Errorf("%s was told of %d gone and buried %d", n.id, gone, buried)
		}
	}
}

// beats waits until each node has written heartbeats for longer than it takes
// to declare somebody dead.
func beats(t *testing.T, cfg Config, nodes ...*node) {
	t.Helper()
	last := func(n *node) time.Time {
		n.health.mu.Lock()
		defer n.health.mu.Unlock()
		return n.health.last
	}
	for _, n := range nodes {
		eventually(t, string(n.id)+" is healthy", func() bool { return n.Healthy() == nil })
	}
	begin := time.Now()
	for _, n := range nodes {
		eventually(t, string(n.id)+" beats on", func() bool { return last(n).Sub(begin) > 2*cfg.DeadAfter })
	}
}

func TestNobodyIsBuriedBecauseRedisWasAway(t *testing.T) {
	for name, outage := range map[string]struct {
		args    []string
		away    func(*redistest.Server) error
		back    func(*redistest.Server) error
		resets  int
		silence bool
	}{
		"paused": {
			away: (*redistest.Server).Pause, back: (*redistest.Server).Resume,
		},
		"restarted with its data": {
			args: []string{"--appendonly", "yes", "--appendfsync", "always"},
			away: func(s *redistest.Server) error { s.Stop(); return nil }, back: (*redistest.Server).Start,
		},
		"restarted empty": {
			away: func(s *redistest.Server) error { s.Stop(); return nil }, back: (*redistest.Server).Start,
			resets: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.NewServer(t, outage.args...)
			cfg := quick()
			a := start(t, redistest.Open(t, server.URL()).Client(), "a", cfg)
			b := start(t, redistest.Open(t, server.URL()).Client(), "b", cfg)
			c := start(t, redistest.Open(t, server.URL()).Client(), "c", cfg)
			nodes := []*node{a, b, c}
			see(t, nodes...)
			if err := outage.away(server); err != nil {
				t.Fatal(err)
			}
			for _, n := range nodes {
				eventually(t, "it shows", func() bool { return n.Healthy() != nil })
			}
			lastBeat := time.Now()
			eventually(t, "the outage is longer than what counts as death", func() bool { return time.Since(lastBeat) > 2*cfg.DeadAfter })
			if err := a.Send("b", []byte("kept")); err != nil {
				t.Errorf("send while away: %v", err)
			}
			if err := outage.back(server); err != nil {
				t.Fatal(err)
			}
			eventually(t, "what was queued arrives", func() bool { return slices.Equal(b.received(), []string{"a:kept"}) })
			beats(t, cfg, nodes...)
			calm(t, nodes...)
			see(t, nodes...)
			for _, n := range nodes {
				if got := look(n, func() int { return n.resets }); got != outage.resets {
					t.Errorf("%s: OnReset called %d times", n.id, got)
				}
			}
			if err := c.Send("a", []byte("hello")); err != nil {
				t.Fatal(err)
			}
			eventually(t, "messages flow again", func() bool { return slices.Equal(a.received(), []string{"c:hello"}) })
		})
	}
}

func TestANodeThatDiedWhileRedisWasEmptiedIsBuried(t *testing.T) {
	server := redistest.NewServer(t)
	a := start(t, redistest.Open(t, server.URL()).Client(), "a", quick())
	b := startMortal(t, redistest.Open(t, server.URL()).Client(), "b", quick())
	see(t, a, b)
	server.Stop()
	b.stop()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is buried", func() bool {
		return slices.Equal(look(a, func() []models.NodeID { return a.buried }), []models.NodeID{"b"})
	})
}

func TestWhatWaitedTooLongIsDroppedAndCounted(t *testing.T) {
	server := redistest.NewServer(t)
	cfg := quick()
	cfg.MaxAge = 300 * time.Millisecond
	a := start(t, redistest.Open(t, server.URL()).Client(), "a", cfg)
	b := start(t, redistest.Open(t, server.URL()).Client(), "b", cfg)
	see(t, a, b)
	server.Stop()
	for i := range 10 {
		if err := a.Send("b", []byte("old"+strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "they are dropped", func() bool { s := a.Stats(); return s.Dropped == 10 && s.Queued == 0 })
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "new ones arrive", func() bool {
		return a.Send("b", []byte("new")) == nil && len(b.received()) > 0
	})
	for _, m := range b.received() {
		if strings.Contains(m, "old") {
			t.Errorf("%s arrived", m)
		}
	}
}

func TestMessagesWaitForASubscriptionThatIsBroken(t *testing.T) {
	server := redistest.NewServer(t)
	db := redistest.Open(t, server.URL())
	a, b := start(t, db.Client(), "a", quick()), start(t, db.Client(), "b", quick())
	see(t, a, b)
	if err := db.Client().ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err(); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := a.Send("b", []byte(strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the last arrives", func() bool { return slices.Contains(b.received(), "a:99") })
	eventually(t, "the gap is told", func() bool { return look(b, func() int { return b.gaps }) > 0 })
	if got := b.received(); !slices.IsSortedFunc(got, func(x, y string) int { return number(x) - number(y) }) {
		t.Errorf("out of order: %v", got)
	}
}

func number(m string) int {
	_, text, _ := strings.Cut(m, ":")
	n, _ := strconv.Atoi(text)
	return n
}

func TestABatchPublishedTwiceIsHeardOnce(t *testing.T) {
	b := New(nil, "self", quick(), testLog())
	var got []string
	b.Handle(func(_ models.NodeID, p []byte) { got = append(got, string(p)) })
	batch := func(sequence uint64, text string) string {
		return string(appendMessage(appendHeader(nil, header{from: "a", sequence: sequence}), []byte(text)))
	}
	b.deliver(batch(1, "one"), false)
	b.deliver(batch(1, "one"), false)
	b.deliver(batch(1, "to all"), true) // another channel, another count
	b.deliver(batch(4, "four"), false)
	b.deliver(batch(2, "two"), false)
	if want := []string{"one", "to all", "four"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if s := b.Stats(); s.Repeated != 2 || s.Missed != 2 || s.Received != 3 {
		t.Errorf("got %+v", s)
	}
}

func TestSilentStrangersAreForgotten(t *testing.T) {
	b := New(nil, "self", quick(), testLog())
	b.deliver(string(appendHeader(nil, header{from: "stranger", sequence: 1})), false)
	b.inbox.sweep(func(models.NodeID) bool { return false })
	if len(b.inbox.streams) != 1 {
		t.Error("forgotten though just heard")
	}
	b.inbox.sweep(func(models.NodeID) bool { return false })
	if len(b.inbox.streams) != 0 {
		t.Error("not forgotten")
	}
}

func TestTheBusComesUpWhenRedisDoes(t *testing.T) {
	server := redistest.NewServer(t)
	server.Stop()
	back := make(chan error, 1)
	go func() { back <- server.Start() }()
	start(t, redistest.Open(t, server.URL()).Client(), "a", quick()) // fails unless it becomes ready
	if err := <-back; err != nil {
		t.Fatal(err)
	}
}

func TestTheBusFollowsASentinelsFailover(t *testing.T) {
	servers := redistest.NewSentinel(t)
	a := start(t, redistest.Open(t, servers.URL()).Client(), "a", quick())
	b := start(t, redistest.Open(t, servers.URL()).Client(), "b", quick())
	see(t, a, b)
	servers.Master.Stop()
	eventually(t, "it shows", func() bool { return a.Healthy() != nil })
	eventually(t, "both are back", func() bool { return a.Healthy() == nil && b.Healthy() == nil })
	see(t, a, b)
	eventually(t, "messages flow again", func() bool { return a.Send("b", []byte("x")) == nil && len(b.received()) > 0 })
}
