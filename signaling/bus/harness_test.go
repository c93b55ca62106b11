package bus

import (
	"context"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"omezle/models"
	"omezle/signaling/redisdb/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Main(m)) }

// quick makes a death show within a second.
func quick() Config {
	return Config{
		Interval: 100 * time.Millisecond, DeadAfter: 600 * time.Millisecond, Lease: 400 * time.Millisecond,
		FlushGrace: 300 * time.Millisecond,
	}
}

// node is a bus that runs, with what it was told.
type node struct {
	*Bus
	id models.NodeID

	mu     sync.Mutex
	got    []string // "from:payload"
	gone   []models.NodeID
	buried []models.NodeID
	resets int
	gaps   int

	cancel context.CancelFunc
	ended  chan struct{}
}

// start runs a node; change may alter the bus before.
func start(t *testing.T, rdb redis.UniversalClient, id models.NodeID, cfg Config, change ...func(*node)) *node {
	t.Helper()
	n := prepare(rdb, id, cfg)
	for _, f := range change {
		f(n)
	}
	n.run(t, n.Run)
	return n
}

// startMortal runs a node whose stop is a crash.
func startMortal(t *testing.T, rdb redis.UniversalClient, id models.NodeID, cfg Config, change ...func(*node)) *node {
	t.Helper()
	n := prepare(rdb, id, cfg)
	for _, f := range change {
		f(n)
	}
	n.run(t, func(ctx context.Context) error { return n.Bus.run(ctx, false) })
	return n
}

func prepare(rdb redis.UniversalClient, id models.NodeID, cfg Config) *node {
	n := &node{Bus: New(rdb, id, cfg, testLog()), id: id, ended: make(chan struct{})}
	n.Handle(func(from models.NodeID, payload []byte) {
		n.note(func() { n.got = append(n.got, string(from)+":"+string(payload)) })
	})
	n.OnGone(func(id models.NodeID) { n.note(func() { n.gone = append(n.gone, id) }) })
	n.OnDead(func(_ context.Context, id models.NodeID) error {
		n.note(func() { n.buried = append(n.buried, id) })
		return nil
	})
	n.OnReset(func(context.Context) { n.note(func() { n.resets++ }) })
	n.OnGap(func() { n.note(func() { n.gaps++ }) })
	return n
}

func (n *node) run(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	go func() {
		defer close(n.ended)
		if err := run(ctx); err != nil {
			t.Errorf("run %s: %v", n.id, err)
		}
	}()
	t.Cleanup(n.stop)
	select {
	case <-n.Ready():
	case <-time.After(20 * time.Second):
		t.Fatalf("%s does not become ready", n.id)
	}
}

// stop ends the node and waits for it.
func (n *node) stop() {
	n.cancel()
	<-n.ended
}

func (n *node) note(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

// look reads under the lock what the node was told.
func look[T any](n *node, f func() T) T {
	n.mu.Lock()
	defer n.mu.Unlock()
	return f()
}

func (n *node) received() []string { return look(n, func() []string { return slices.Clone(n.got) }) }

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// see waits until every node sees exactly all of them.
func see(t *testing.T, nodes ...*node) {
	t.Helper()
	want := []models.NodeID{}
	for _, n := range nodes {
		want = append(want, n.id)
	}
	slices.Sort(want)
	for _, n := range nodes {
		eventually(t, string(n.id)+" sees all nodes", func() bool { return slices.Equal(ids(n.Nodes()), want) })
	}
}

func ids(nodes []NodeInfo) []models.NodeID {
	out := make([]models.NodeID, 0, len(nodes))
	for _, n := range nodes {
		out = append(out, n.ID)
	}
	return out
}

// testLog shows the log of a failing run when OMEZLE_TEST_LOG is set.
func testLog() *slog.Logger {
	w := io.Discard
	if os.Getenv("OMEZLE_TEST_LOG") != "" {
		w = os.Stderr
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
