package acceptance

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/signaling/protocol"
	"omezle/signaling/redisdb/redistest"
)

// outage is how long a store stays away.
func outage() time.Duration {
	if os.Getenv("OMEZLE_TEST_LONG") == "1" {
		return 30 * time.Second
	}
	return 8 * time.Second
}

// readiness waits until a node says that it is ready, or that it is not because of a dependency.
func readiness(t *testing.T, n *stage.Node, ready bool, because string) {
	t.Helper()
	var said string
	stage.Eventually(t, patience, func() bool {
		var is bool
		is, said = n.Ready(t.Context())
		return is == ready && strings.Contains(said, because)
	}, func() string { return fmt.Sprintf("ready is not %v: %s", ready, said) })
}

// alive fails the test if a node has ended.
func alive(t *testing.T, nodes ...*stage.Node) {
	t.Helper()
	for _, n := range nodes {
		select {
		case <-n.Ended():
			t.Fatalf("a node ended: %v", n.Exit())
		default:
		}
	}
}

func TestWithoutRedisLiveCallsGoOnAndMatchingWaits(t *testing.T) {
	for _, row := range []struct {
		name       string
		stop, back func(*redistest.Server) error
	}{
		{"it hangs", (*redistest.Server).Pause, (*redistest.Server).Resume},
		{"it is killed and comes back empty", func(s *redistest.Server) error { s.Stop(); return nil }, (*redistest.Server).Start},
	} {
		t.Run(row.name, func(t *testing.T) {
			redis := redistest.NewServer(t)
			shared := stage.Stores{Redis: redis.URL(), Database: storetest.Postgres(t)}
			a, b := stage.Start(t, shared), stage.Start(t, shared)
			crowd := stage.NewCrowd(t)
			var here, all [][2]*stage.Guest
			for i := range 20 {
				other := []*stage.Node{a, b}[i%2]
				pair := [2]*stage.Guest{crowd.Invite(urls(0, a), "", nil), crowd.Invite(urls(0, other), "", nil)}
				all = append(all, pair)
				if other == a {
					here = append(here, pair)
				}
			}
			talking := crowd.Guests()
			seekers := [][2]*stage.Guest{{crowd.Invite(urls(0, a), "", nil), crowd.Invite(urls(0, b), "", nil)}}
			connected(t, crowd.Guests())
			couple(t, all)
			before := pairsOf(talking)
			var local []*stage.Guest
			for _, pair := range here {
				local = append(local, pair[:]...)
			}
			chatter := talk(talking, time.Second)
			progress(t, talking, len(talking))

			if err := row.stop(redis); err != nil {
				t.Fatal(err)
			}
			over := time.After(outage())
			readiness(t, a, false, "redis")
			for _, g := range seekers[0] {
				g.Find(stage.Text("found after the outage"))
			}
			crowd.Delivery.Take()
			progress(t, local, 4*len(local))
			delivery(t, crowd, "without Redis, on one node")
			local[0].Cut() // a dropped socket comes back to its node without Redis
			<-over
			progress(t, local, len(local))
			if seekers[0][0].Pair() != "" {
				t.Error("matched without Redis")
			}
			if err := row.back(redis); err != nil {
				t.Fatal(err)
			}
			readiness(t, a, true, "")
			readiness(t, b, true, "")
			united(t, seekers)
			chatter.silence()
			settled(t, all)
			undisturbed(t, talking, before)
			alive(t, a, b)
			blameless(t, crowd.Guests())
		})
	}
}

func TestWithoutPostgresStrangersMeetAndReportsArriveLater(t *testing.T) {
	postgres, err := storetest.StartPostgres("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Close(); err != nil {
			t.Error(err)
		}
	})
	database, err := postgres.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	node := stage.Start(t, stage.Stores{Redis: redistest.Single(t), Database: database})
	crowd := stage.NewCrowd(t)
	var refused, done atomic.Int64
	watch := func(_ *stage.Guest, m protocol.Validator) {
		switch m := m.(type) {
		case *protocol.Error:
			if m.Code == protocol.ErrorUnavailable {
				refused.Add(1)
			}
		case *protocol.Done:
			done.Add(1)
		}
	}
	var couples [][2]*stage.Guest
	for range 10 {
		couples = append(couples, [2]*stage.Guest{crowd.Invite(urls(0, node), "", watch), crowd.Invite(urls(0, node), "", watch)})
	}
	reporting, talking := couples[:3], couples[3:]
	connected(t, crowd.Guests())
	couple(t, couples)
	guests := crowd.Guests()[6:]
	before := pairsOf(guests)
	chatter := talk(guests, time.Second)
	progress(t, guests, len(guests))

	if err := postgres.Stop(); err != nil {
		t.Fatal(err)
	}
	over := time.After(outage())
	readiness(t, node, false, "database")
	for _, pair := range reporting {
		if _, err := pair[0].Report(models.ReasonSpam, "reported without a database", true); err != nil {
			t.Fatal(err)
		}
	}
	late := [][2]*stage.Guest{{crowd.Invite(urls(0, node), "", nil), crowd.Invite(urls(0, node), "", nil)}}
	couple(t, late)
	progress(t, guests, 4*len(guests))
	stage.Eventually(t, patience, func() bool { return int(refused.Load()) >= len(reporting) }, func() string {
		return "the reporters were not told that the database is away"
	})
	<-over
	if err := postgres.Start(); err != nil {
		t.Fatal(err)
	}
	readiness(t, node, true, "")
	stage.Eventually(t, patience, func() bool { return int(done.Load()) == len(reporting) }, func() string {
		return fmt.Sprintf("%d of %d reports are stored", done.Load(), len(reporting))
	})
	chatter.silence()
	settled(t, talking)
	undisturbed(t, guests, before)
	alive(t, node)
	blameless(t, crowd.Guests())

	reports, _, err := storetest.Open(t, database).Reports(t.Context(), store.ReportFilter{Reason: models.ReasonSpam}, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if len(reports) != len(reporting) {
		t.Errorf("the database has %d reports, want %d, each once", len(reports), len(reporting))
	}
}
