package acceptance

import (
	"fmt"
	"slices"
	"testing"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/signaling/protocol"
)

// together has two callers find each other and nobody else, and waits until both see something.
func together(t *testing.T, a, b *stage.Caller) {
	t.Helper()
	connected(t, []*stage.Guest{a.Guest, b.Guest})
	for _, c := range []*stage.Caller{a, b} {
		c.Find(protocol.Find{Mode: models.ModeVideo, Interests: []string{fmt.Sprintf("callers %d and %d", a.Number, b.Number)}})
	}
	united(t, [][2]*stage.Guest{{a.Guest, b.Guest}})
	seen(t, [][2]*stage.Caller{{a, b}})
}

// claim has a caller's browser call the partner's picture indecent.
func claim(c *stage.Caller) {
	c.Tell(&protocol.Sighting{
		Type: protocol.KindSighting, Pair: c.Pair(), Class: "Porn", Score: 0.93,
		Scores: map[string]float64{"Porn": 0.93, "Neutral": 0.07}, Model: "mobilenet_v2_mid",
	})
}

// became waits until the claim about a pair has an outcome in the database.
func became(t *testing.T, db *store.Store, pair models.PairID, outcome models.SightingOutcome) models.Sighting {
	t.Helper()
	var rows []models.Sighting
	stage.Eventually(t, patience, func() (settled bool) {
		var err error
		if rows, err = db.Sightings(t.Context(), pair); err != nil {
			t.Fatal(err)
		}
		return len(rows) == 1 && rows[0].Outcome == outcome
	}, func() string { return fmt.Sprintf("want one claim that is %s, there are %+v", outcome, rows) })
	return rows[0]
}

// moved says whether a caller was told to change to a route for a reason.
func moved(c *stage.Caller, route models.Route, cause models.RouteReason) bool {
	return slices.ContainsFunc(c.Steps(), func(s protocol.RouteStep) bool {
		return s.Phase == protocol.RouteCommit && s.Route == route && s.Cause == cause
	})
}

func TestWhatABrowserSeesTheServerSees(t *testing.T) {
	shared := stores(t)
	n, other := stage.Start(t, shared, judging(t)...), stage.Start(t, shared, "ROLES=signaling")
	db := storetest.Open(t, shared.Database)
	readyPolicy(t, n, "p2p-with-fallback")
	stage.Eventually(t, patience, func() bool { return version(t, other) == 1 }, func() string { return "the policy does not come to the other node" })
	crowd := stage.NewCrowd(t)
	offender, victim := crowd.Call(t, []string{n.URL}), crowd.Call(t, []string{other.URL})
	offender.Play(keyframe(t, "trigger-500k"))
	victim.Play(keyframe(t, "neutral-500k"))
	together(t, offender, victim)
	calls := [][2]*stage.Caller{{offender, victim}}
	on(t, calls, models.RouteP2P)
	pair := victim.Pair()
	if told := append(offender.Judged(), victim.Judged()...); len(told) > 0 {
		t.Fatalf("nobody has looked, and somebody was told %s", text(told))
	}
	if err := victim.Say(); err != nil {
		t.Fatal(err)
	}
	stage.Eventually(t, patience, func() bool { _, heard := offender.Talked(); return heard == 1 }, func() string { return "the offender hears nothing" })
	claim(victim)
	on(t, calls, models.RouteSFU)
	measured(t, offender, protocol.TargetYou, models.ActionStop, models.ActionWarn)
	measured(t, victim, protocol.TargetPartner, models.ActionBlur, models.ActionStop)
	for _, c := range calls[0] {
		if !moved(c, models.RouteSFU, models.ReasonHit) {
			t.Errorf("caller %d was told %s", c.Number, text(c.Steps()))
		}
	}
	row := became(t, db, pair, models.SightingConfirmed)
	if row.Reporter != victim.Where().Session || row.Accused != offender.Where().Session || row.Scores["Porn"] != 0.93 || row.SettledAt == nil {
		t.Errorf("the claim is %+v", row)
	}
	flag := flagWith(t, n, func(f *flagAnswer) bool {
		return f.noted("verdict:nudity") && f.holds(models.EvidenceStill) && f.holds(models.EvidenceChat)
	})
	if flag.ClientScores["Porn"] != 0.93 || flag.Scores["Porn"] < 0.85 || !flag.noted("sighting") {
		t.Errorf("the flag is %s", flag.text)
	}
	heldBack(t, offender, victim)
}

// heldBack fails the test when a caller sees the other, who sees the caller.
func heldBack(t *testing.T, offender, victim *stage.Caller) {
	t.Helper()
	seesOn(t, offender, 5) // what was on its way to the victim has come
	before := victim.Frames()
	seesOn(t, offender, 50)
	if after := victim.Frames(); after > before {
		t.Errorf("%d frames came while the video was stopped", after-before)
	}
}

// seesOn waits until a caller has seen a number of frames more.
func seesOn(t *testing.T, c *stage.Caller, frames int64) {
	t.Helper()
	before := c.Frames()
	stage.Eventually(t, patience, func() bool { return c.Frames() >= before+frames }, func() string {
		return fmt.Sprintf("caller %d sees nothing", c.Number)
	})
}

func TestALiarMovesThreeCallsAndNoMore(t *testing.T) {
	shared := stores(t)
	n := stage.Start(t, shared, append(judging(t), "CLIENT_CHECK_PAUSE=0s", "CLIENT_CHECK_DWELL=1s")...)
	db := storetest.Open(t, shared.Database)
	readyPolicy(t, n, "p2p-with-fallback")
	crowd := stage.NewCrowd(t)
	call := func() *stage.Caller {
		c := crowd.Call(t, []string{n.URL})
		c.Play(keyframe(t, "neutral-500k"))
		return c
	}
	// Somebody who is wrong once: the call comes back by itself.
	wrong, blamed := call(), call()
	together(t, wrong, blamed)
	claim(wrong)
	became(t, db, wrong.Pair(), models.SightingRefuted)

	liar := call()
	for range 3 {
		victim := call()
		together(t, liar, victim)
		calls := [][2]*stage.Caller{{liar, victim}}
		on(t, calls, models.RouteP2P)
		claim(liar)
		on(t, calls, models.RouteSFU)
		if !moved(victim, models.RouteSFU, models.ReasonHit) {
			t.Errorf("the partner was told %s", text(victim.Steps()))
		}
		became(t, db, liar.Pair(), models.SightingRefuted)
		seen(t, calls)
		if told := append(liar.Judged(), victim.Judged()...); len(told) > 0 {
			t.Errorf("somebody was told %s", text(told))
		}
		if err := liar.Leave(false); err != nil {
			t.Fatal(err)
		}
		stage.Eventually(t, patience, func() bool { return liar.Pair() == "" && victim.Pair() == "" }, func() string { return "the call does not end" })
	}
	victim := call()
	together(t, liar, victim)
	claim(liar)
	stage.Eventually(t, patience, func() bool {
		return n.Counted(t, `omezle_sightings_total{outcome="doubted"}`) == 1
	}, func() string { return "the fourth claim is not doubted" })
	seen(t, [][2]*stage.Caller{{liar, victim}})
	if steps := victim.Steps(); len(steps) > 0 {
		t.Errorf("the fourth claim moved the call: %s", text(steps))
	}
	if rows, err := db.Sightings(t.Context(), liar.Pair()); err != nil || len(rows) > 0 {
		t.Errorf("the fourth claim is %+v, %v", rows, err)
	}

	calls := [][2]*stage.Caller{{wrong, blamed}}
	on(t, calls, models.RouteP2P)
	seen(t, calls)
	if told := append(wrong.Judged(), blamed.Judged()...); len(told) > 0 {
		t.Errorf("somebody was told %s", text(told))
	}
}
