//go:build unix

package match

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"omezle/models"
	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
)

const (
	simVisitors = 10_000
	simNodes    = 3
	simWorkers  = 24
	simDeadline = 2 * time.Minute
)

// Ten thousand visitors come to three nodes, meet, half of them twice, and one of
// the nodes dies in the middle. The nodes confirm pairs as signalling does; the
// world they live in fails the test for every pair that must not be.
func TestTenThousandVisitorsMeet(t *testing.T) {
	sharded := simConfig()
	sharded.Regions, sharded.Shards = []string{"eu", "us"}, 2
	for _, c := range []struct {
		name string
		open func(t testing.TB) string
		cfg  Config
	}{
		{"embedded", func(testing.TB) string { return "" }, simConfig()},
		{"single", redistest.Single, simConfig()},
		{"cluster with regions and shards", redistest.Cluster, sharded},
	} {
		t.Run(c.name, func(t *testing.T) {
			simulate(t, redistest.Open(t, c.open(t)), c.cfg)
		})
	}
}

// simConfig is the default in fast motion.
func simConfig() Config {
	return Config{
		Shards: 1, InterestsFor: 250 * time.Millisecond, LanguageFor: 500 * time.Millisecond,
		RegionFor: 500 * time.Millisecond, RematchAfter: 150 * time.Millisecond, Lease: time.Second,
	}
}

func simulate(t *testing.T, db *redisdb.DB, cfg Config) {
	w := newWorld(t)
	var nodes []*simNode
	for range simNodes {
		nodes = append(nodes, w.start(New(db.Client(), cfg)))
	}
	defer w.stop()

	arrivals := make(chan *simVisitor)
	for range simWorkers {
		w.workers.Go(func() {
			for v := range arrivals {
				w.arrive(v)
			}
		})
	}
	rng := rand.New(rand.NewPCG(1, 2))
	devices := make([]models.DeviceID, simVisitors)
	for i := range devices {
		devices[i] = models.NewDeviceID()
		if i > 0 && rng.IntN(20) == 0 {
			devices[i] = devices[rng.IntN(i)] // a second tab
		}
	}
	for i := range simVisitors {
		if i == simVisitors/2 {
			w.kill(nodes[simNodes-1])
		}
		living := nodes
		if i >= simVisitors/2 {
			living = nodes[:simNodes-1]
		}
		node := living[rng.IntN(len(living))]
		k := visitor(on(devices[i]), speaks([]string{"", "en", "en", "en", "es", "fr"}[rng.IntN(6)]), in([]string{"eu", "us"}[rng.IntN(2)]))
		k.Node = node.id
		if rng.IntN(4) == 0 {
			k.Mode = models.ModeText
		}
		for range rng.IntN(4) {
			k.Interests = append(k.Interests, fmt.Sprint("interest ", rng.IntN(30)))
		}
		for range rng.IntN(3) { // of those who come about the same time
			k.Blocks = append(k.Blocks, devices[max(0, min(simVisitors-1, i+rng.IntN(200)-100))])
		}
		arrivals <- &simVisitor{ticket: *k, node: node, rounds: 1 + rng.IntN(2)}
	}
	close(arrivals)
	w.workers.Wait()

	// Whoever waits now accepts anybody within half a second.
	deadline := time.NewTimer(simDeadline)
	defer deadline.Stop()
	for {
		a, b := w.leftOut()
		if a == nil {
			break
		}
		select {
		case <-w.polled:
		case <-deadline.C:
			t.Fatalf("%+v and %+v wait, and fit", a, b)
		}
	}
	w.stop()
	w.report()
}
