package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models/store/storetest"
	"omezle/signaling/client"
	"omezle/signaling/protocol"
	"omezle/signaling/redisdb/redistest"
)

const (
	patience  = 2 * time.Minute
	dialLimit = 16 // connections being opened at once
)

// house is the servers of one benchmark.
type house struct {
	nodes []*stage.Node
	redis *redistest.Server
}

func newHouse(b *testing.B, nodes int, settings ...string) *house {
	b.Helper()
	h := &house{redis: redistest.NewServer(b)}
	shared := stage.Stores{Redis: h.redis.URL(), Database: storetest.Postgres(b)}
	for range nodes {
		h.nodes = append(h.nodes, stage.Start(b, shared, settings...))
	}
	return h
}

// cpu returns what the nodes and Redis have used so far.
func (h *house) cpu(b *testing.B) (servers, redis time.Duration) {
	b.Helper()
	for _, n := range h.nodes {
		spent, err := stage.CPU(n.PID())
		if err != nil {
			b.Fatal(err)
		}
		servers += spent
	}
	redis, err := stage.CPU(h.redis.PID())
	if err != nil {
		b.Fatal(err)
	}
	return servers, redis
}

// profile keeps a profile of the first node, if that is wanted. It returns when the profile is taken.
func (h *house) profile(b *testing.B, query, suffix string) {
	b.Helper()
	dir := os.Getenv("OMEZLE_BENCH_PROFILE")
	if dir == "" {
		return
	}
	data, err := h.nodes[0].Profile(b.Context(), query)
	if err != nil {
		b.Error(err)
		return
	}
	kind, _, _ := strings.Cut(query, "?")
	name := strings.NewReplacer("/", "-", "=", "").Replace(b.Name()) + "." + kind + suffix
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		b.Error(err)
	}
}

// during runs a CPU profile of the first node beside what follows; call what it returns at the end.
func (h *house) during(b *testing.B, window time.Duration) (wait func()) {
	var running sync.WaitGroup
	running.Go(func() { h.profile(b, fmt.Sprintf("profile?seconds=%d", int(window.Seconds())), ".pprof") })
	return running.Wait
}

// sitter is a session with a socket and nothing else.
type sitter struct {
	conn *client.Conn
	hear func(*sitter, protocol.Validator)

	mu    sync.Mutex // guards what follows
	asked time.Time  // zero: not looking
	again int
	pair  *protocol.Matched
	pings int
}

// seat connects n sitters, the i-th to node i modulo their number. What they hear goes to hear, on a goroutine each.
// They leave when the benchmark ends.
func (h *house) seat(b *testing.B, n int, hear func(*sitter, protocol.Validator)) []*sitter {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: dialLimit}
	hc := &http.Client{Transport: transport}
	sitters := make([]*sitter, n)
	var readers sync.WaitGroup
	b.Cleanup(func() {
		for _, s := range sitters {
			if s != nil {
				s.conn.Cut()
			}
		}
		readers.Wait()
		transport.CloseIdleConnections()
	})
	dialing, ctx := errgroup.WithContext(b.Context())
	dialing.SetLimit(dialLimit)
	for i := range sitters {
		dialing.Go(func() error {
			base := h.nodes[i%len(h.nodes)].URL
			session, err := client.Create(ctx, hc, base, protocol.SessionRequest{Consent: stage.Consent, Adult: true})
			if err != nil {
				return err
			}
			conn, _, err := client.Dial(ctx, base, session.Token, true)
			if err != nil {
				return err
			}
			s := &sitter{conn: conn, hear: hear}
			sitters[i] = s
			readers.Go(func() { s.read(b) })
			return nil
		})
	}
	if err := dialing.Wait(); err != nil {
		b.Fatal(err)
	}
	return sitters
}

func (s *sitter) read(b *testing.B) {
	for {
		message, err := s.conn.Receive()
		var closed *client.CloseError
		switch {
		case errors.As(err, &closed):
			if closed.Code != 1006 { // not cut by us at the end
				b.Errorf("closed by the server: %v", err)
			}
			return
		case err != nil:
			b.Error(err)
			return
		}
		s.hear(s, message)
	}
}

// until waits for done, or fails the benchmark.
func until(b *testing.B, done func() bool, what string) {
	b.Helper()
	stage.Eventually(b, patience, done, func() string { return what })
}

// pause waits for a measured window to pass.
func pause(ctx context.Context, window time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(window):
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
