package stage

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"omezle/models"
	"omezle/signaling/client"
	"omezle/signaling/protocol"
)

// Consent is the version of the rules that a node asks for by default.
const Consent = "2026-11"

// Crowd is a set of guests with what they share. It belongs to one test.
type Crowd struct {
	// Delivery collects how long what guests say takes to the partner.
	Delivery Latencies

	ctx    context.Context
	cancel context.CancelFunc
	http   *http.Client
	tb     testing.TB
	wait   sync.WaitGroup
	guests []*Guest
}

// NewCrowd returns an empty crowd whose guests leave when the test ends.
func NewCrowd(tb testing.TB) *Crowd {
	transport := &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64}
	c := &Crowd{tb: tb, http: &http.Client{Transport: transport}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	tb.Cleanup(func() {
		c.Disperse()
		transport.CloseIdleConnections()
	})
	return c
}

// Disperse takes every guest away and waits for them.
func (c *Crowd) Disperse() {
	c.cancel()
	c.wait.Wait()
}

// Guests returns everybody who was ever invited.
func (c *Crowd) Guests() []*Guest { return c.guests }

// Guest is a visitor of a crowd, who can talk.
type Guest struct {
	*client.Visitor
	// Number is the guest's place in the crowd.
	Number int

	crowd *Crowd
	leave context.CancelFunc
	watch func(*Guest, protocol.Validator)

	mu       sync.Mutex // guards what follows
	pair     models.PairID
	sent     int // numbered texts in this pair
	heard    int
	problems []string

	welcomes atomic.Int64
	endings  atomic.Int64
	absences atomic.Int64
}

// Invite adds a guest, who connects to the first of bases. watch, which may be nil, is told everything after the guest has taken note.
func (c *Crowd) Invite(bases []string, device string, watch func(*Guest, protocol.Validator)) *Guest {
	g := &Guest{Number: len(c.guests), crowd: c, watch: watch}
	g.Visitor = client.New(client.Options{Bases: bases, HTTP: c.http, Consent: Consent, Device: device, Handle: g.handle})
	var ctx context.Context
	ctx, g.leave = context.WithCancel(c.ctx)
	c.guests = append(c.guests, g)
	c.wait.Go(func() {
		if err := g.Run(ctx); err != nil {
			g.complain("the visit ended: %v", err)
		}
	})
	return g
}

// Vanish takes the guest away without bye.
func (g *Guest) Vanish() { g.leave() }

// Text returns what a guest looks for: somebody to write to, who likes all interests.
func Text(interests ...string) protocol.Find {
	return protocol.Find{Mode: models.ModeText, Interests: interests}
}

// Pair returns the pair that the guest is in, empty if none.
func (g *Guest) Pair() models.PairID {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pair
}

// Welcomes returns how often the guest was connected.
func (g *Guest) Welcomes() int { return int(g.welcomes.Load()) }

// Endings returns how many pairs of the guest have ended.
func (g *Guest) Endings() int { return int(g.endings.Load()) }

// Absences returns how often the guest was told that a partner is away.
func (g *Guest) Absences() int { return int(g.absences.Load()) }

// Talked returns how many texts the guest sent and heard in this pair.
func (g *Guest) Talked() (sent, heard int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sent, g.heard
}

// Problems returns what should not have happened to the guest.
func (g *Guest) Problems() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.problems
}

// Say sends the next numbered text.
func (g *Guest) Say() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pair == "" {
		return client.ErrNotPaired
	}
	if _, err := g.Chat(fmt.Sprintf("%s %d %d", g.pair, g.sent+1, time.Now().UnixNano())); err != nil {
		return err
	}
	g.sent++
	return nil
}

func (g *Guest) handle(message protocol.Validator) {
	g.note(message)
	if g.watch != nil {
		g.watch(g, message)
	}
}

func (g *Guest) note(message protocol.Validator) {
	switch m := message.(type) {
	case *protocol.Welcome:
		g.welcomes.Add(1)
	case *protocol.Matched:
		g.mu.Lock()
		if g.pair != "" {
			g.problem("matched into %s while in %s", m.Pair, g.pair)
		}
		g.pair, g.sent, g.heard = m.Pair, 0, 0
		g.mu.Unlock()
	case *protocol.Ended:
		g.endings.Add(1)
		g.mu.Lock()
		g.pair = ""
		g.mu.Unlock()
	case *protocol.PartnerPresence:
		if m.State == protocol.PresenceAway {
			g.absences.Add(1)
		}
	case *protocol.Chat:
		g.hear(m)
	}
}

// hear checks a numbered text.
func (g *Guest) hear(m *protocol.Chat) {
	var pair models.PairID
	var n int
	var at int64
	_, err := fmt.Sscan(m.Text, &pair, &n, &at)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil && pair != m.Pair {
		return // said to the last partner in the moment that the pair ended
	}
	if err != nil || n != g.heard+1 {
		g.problem("heard %q after %d texts", m.Text, g.heard)
	}
	g.heard = n
	g.crowd.Delivery.Add(time.Since(time.Unix(0, at)))
}

func (g *Guest) complain(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.problem(format, args...)
}

// problem notes what should not have happened; the caller holds mu.
func (g *Guest) problem(format string, args ...any) {
	if len(g.problems) < 10 {
		g.problems = append(g.problems, fmt.Sprintf("guest %d: ", g.Number)+fmt.Sprintf(format, args...))
	}
}
