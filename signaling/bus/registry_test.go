package bus

import (
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/models"
	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
)

// patient never declares anybody dead unless their heartbeat is moved into the
// past.
func patient() Config {
	return Config{Interval: time.Minute, DeadAfter: 10 * time.Minute, Lease: 10 * time.Minute}.withDefaults()
}

func (r *registry) mustBeat(t *testing.T, known []NodeInfo, burying []models.NodeID, claims int) beatResult {
	t.Helper()
	res, err := r.beat(t.Context(), NodeInfo{}, known, burying, claims)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func zero(id string) redis.Z { return redis.Z{Member: id} }

func TestADeadNodeThatReturnsWaitsForTheEndOfItsBurialAndLearnsOfIt(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		a := registry{rdb: db.Client(), self: "a", cfg: patient()}
		b := registry{rdb: db.Client(), self: "b", cfg: patient()}
		a.mustBeat(t, nil, nil, 0)
		b.mustBeat(t, nil, nil, 0)
		age(t, db, "a", time.Hour)
		if res := b.mustBeat(t, nil, nil, 4); res.declared != 1 || !slices.Equal(res.claimed, []models.NodeID{"a"}) || len(res.nodes) != 1 {
			t.Fatalf("the survivor got %+v", res)
		}
		if res := a.mustBeat(t, nil, nil, 4); !res.dying {
			t.Fatalf("admitted in the middle of its burial: %+v", res)
		}
		if held, err := b.done(t.Context(), "a"); err != nil || !held {
			t.Fatal(held, err)
		}
		if res := a.mustBeat(t, nil, nil, 4); res.dying || !res.returned || len(res.nodes) != 2 {
			t.Fatalf("got %+v", res)
		}
		if res := a.mustBeat(t, nil, nil, 4); res.returned {
			t.Errorf("told twice: %+v", res)
		}
	})
}

func TestADeadNodeThatReturnsIsToldAgainWhenTheAnswerGotLost(t *testing.T) {
	db := redistest.Open(t, "")
	a := registry{rdb: db.Client(), self: "a", cfg: patient()}
	b := registry{rdb: db.Client(), self: "b", cfg: patient()}
	a.mustBeat(t, nil, nil, 0)
	b.mustBeat(t, nil, nil, 0)
	age(t, db, "a", time.Hour)
	b.mustBeat(t, nil, nil, 0) // declares, and nobody claims
	lost := a                  // the answer that a does not get
	if res := lost.mustBeat(t, nil, nil, 0); !res.returned {
		t.Fatalf("got %+v", res)
	}
	if res := a.mustBeat(t, nil, nil, 0); !res.returned {
		t.Errorf("got %+v", res)
	}
	if res := b.mustBeat(t, nil, nil, 4); len(res.claimed) != 0 {
		t.Errorf("a living node is buried: %+v", res)
	}
}

func TestALeaseIsRenewedByItsHolderAndLostToAnother(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		a := registry{rdb: db.Client(), self: "a", cfg: patient()}
		b := registry{rdb: db.Client(), self: "b", cfg: patient()}
		a.mustBeat(t, nil, nil, 0)
		makeSilent(t, db, "victim")
		if res := b.mustBeat(t, nil, nil, 1); len(res.claimed) != 1 {
			t.Fatalf("got %+v", res)
		}
		expire := func() {
			if err := db.Client().ZAdd(t.Context(), keyDead, zero("victim")).Err(); err != nil {
				t.Fatal(err)
			}
		}
		expire()
		if res := b.mustBeat(t, nil, []models.NodeID{"victim"}, 1); len(res.lost) != 0 || len(res.claimed) != 0 {
			t.Fatalf("the holder got %+v", res)
		}
		if res := a.mustBeat(t, nil, nil, 1); len(res.claimed) != 0 {
			t.Fatalf("taken though renewed: %+v", res)
		}
		expire()
		if res := a.mustBeat(t, nil, nil, 1); len(res.claimed) != 1 {
			t.Fatalf("not taken though expired: %+v", res)
		}
		if res := b.mustBeat(t, nil, []models.NodeID{"victim"}, 1); !slices.Equal(res.lost, []models.NodeID{"victim"}) {
			t.Fatalf("the former holder got %+v", res)
		}
		if held, err := b.done(t.Context(), "victim"); err != nil || held {
			t.Fatal("the former holder closed it", err)
		}
		if held, err := a.release(t.Context(), "victim"); err != nil || !held {
			t.Fatal(held, err)
		}
		if res := b.mustBeat(t, nil, nil, 1); len(res.claimed) != 1 {
			t.Errorf("a released burial is not handed out: %+v", res)
		}
	})
}

func TestNobodyIsDeclaredDeadWhenEverybodyWasSilent(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		names := []models.NodeID{"a", "b", "c"}
		for _, id := range names {
			r := registry{rdb: db.Client(), self: id, cfg: patient()}
			r.mustBeat(t, nil, nil, 0)
		}
		for _, id := range names {
			age(t, db, id, time.Hour) // Redis was away for an hour
		}
		a := registry{rdb: db.Client(), self: "a", cfg: patient()}
		for range 3 {
			if res := a.mustBeat(t, nil, nil, 4); res.declared != 0 || len(res.nodes) != 3 {
				t.Fatalf("got %+v", res)
			}
		}
		if err := db.Client().HSet(t.Context(), keyState, "grace", 0).Err(); err != nil { // the grace is over
			t.Fatal(err)
		}
		if res := a.mustBeat(t, nil, nil, 4); res.declared != 2 {
			t.Errorf("got %+v", res)
		}
	})
}

func TestAClockSetBackDelaysNoDeath(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		makeSilent(t, db, "victim")
		age(t, db, "victim", -3*time.Hour) // heard two hours from now
		a := registry{rdb: db.Client(), self: "a", cfg: patient()}
		a.mustBeat(t, nil, nil, 4)
		age(t, db, "victim", patient().DeadAfter+time.Second)
		if res := a.mustBeat(t, nil, nil, 4); res.declared != 1 {
			t.Errorf("got %+v", res)
		}
	})
}

func TestAnEmptiedRedisGetsItsNodesBack(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		a := registry{rdb: db.Client(), self: "a", cfg: patient()}
		b := registry{rdb: db.Client(), self: "b", cfg: patient()}
		a.mustBeat(t, nil, nil, 0)
		b.mustBeat(t, nil, nil, 0)
		if err := db.Client().Del(t.Context(), keySeen, keyInfo, keyState, keyTerm).Err(); err != nil {
			t.Fatal(err)
		}
		known := []NodeInfo{{ID: "a"}, {ID: "b", Region: "eu"}}
		if res := a.mustBeat(t, known, nil, 4); !res.emptied || len(res.nodes) != 2 || res.nodes[1].Region != "eu" {
			t.Fatalf("got %+v", res)
		}
		if res := a.mustBeat(t, known, nil, 4); res.emptied || res.returned {
			t.Errorf("told twice: %+v", res)
		}
		if res := b.mustBeat(t, known, nil, 4); !res.emptied {
			t.Errorf("the other is not told: %+v", res)
		}
	})
}

func TestADescriptionOfAnotherVersionLeavesTheNodeListed(t *testing.T) {
	got := parseNodes([]string{"b", `{"region":7}`, "a", `{"id":"liar","region":"eu","new":true}`, "odd"})
	if len(got) != 2 || got[0].ID != "a" || got[0].Region != "eu" || got[1].ID != "b" {
		t.Errorf("got %+v", got)
	}
}
