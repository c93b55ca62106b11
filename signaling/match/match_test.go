//go:build unix

package match

import (
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"omezle/models"
	"omezle/signaling/redisdb/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Main(m)) }

// bench is a Matcher whose clock stands still until a test moves it, and the
// tickets that wait in it.
type bench struct {
	*Matcher
	t testing.TB

	mu   sync.Mutex
	time time.Time
}

func newBench(t testing.TB, rdb redis.UniversalClient, cfg Config) *bench {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	b := &bench{Matcher: New(rdb, cfg), t: t, time: time.Unix(1_800_000_000, 0)}
	b.now = func() time.Time {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.time
	}
	return b
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.time = b.time.Add(d)
}

// ago is a place in the queue that has waited for d.
func (b *bench) ago(d time.Duration) time.Time { return b.now().Add(-d) }

// join joins and stores the place, as the owner of a ticket does.
func (b *bench) join(k *Ticket) *Match {
	b.t.Helper()
	match, joined, err := b.Join(b.t.Context(), *k)
	if err != nil {
		b.t.Fatal(err)
	}
	k.JoinedAt = joined
	return match
}

// wait joins a ticket that must find nobody.
func (b *bench) wait(k *Ticket) *Ticket {
	b.t.Helper()
	if match := b.join(k); match != nil {
		b.t.Fatalf("matched with %s, should wait", match.Other.Session)
	}
	return k
}

func (b *bench) poll(tickets ...*Ticket) []Outcome {
	b.t.Helper()
	outcomes, err := b.Poll(b.t.Context(), tickets)
	if err != nil {
		b.t.Fatal(err)
	}
	return outcomes
}

func (b *bench) leave(k *Ticket) bool {
	b.t.Helper()
	removed, err := b.Leave(b.t.Context(), k)
	if err != nil {
		b.t.Fatal(err)
	}
	return removed
}

func (b *bench) count(mode models.Mode) int {
	b.t.Helper()
	n, err := b.Waiting(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return n[mode]
}

// visitor makes a ticket of a new session and device on a new node.
func visitor(set ...func(*Ticket)) *Ticket {
	k := &Ticket{
		Session: models.NewSessionID(), Device: models.NewDeviceID(), Node: models.NodeID(models.NewSessionID()),
		Mode: models.ModeVideo,
	}
	for _, f := range set {
		f(k)
	}
	return k
}

func likes(interests ...string) func(*Ticket)    { return func(k *Ticket) { k.Interests = interests } }
func speaks(language string) func(*Ticket)       { return func(k *Ticket) { k.Language = language } }
func in(region string) func(*Ticket)             { return func(k *Ticket) { k.Region = region } }
func wants(mode models.Mode) func(*Ticket)       { return func(k *Ticket) { k.Mode = mode } }
func since(joined time.Time) func(*Ticket)       { return func(k *Ticket) { k.JoinedAt = joined } }
func blocks(ds ...models.DeviceID) func(*Ticket) { return func(k *Ticket) { k.Blocks = ds } }
func met(ds ...models.DeviceID) func(*Ticket)    { return func(k *Ticket) { k.Recent = ds } }
func on(device models.DeviceID) func(*Ticket)    { return func(k *Ticket) { k.Device = device } }
