package sfu

import (
	"slices"
	"sync"
	"testing"

	"github.com/pion/webrtc/v4"

	"omezle/models"
)

// audience writes down whose picture is to be looked at.
type audience struct {
	mu   sync.Mutex
	seen map[models.Leg]models.SamplingPlan
	gone []models.Leg
}

func (a *audience) Watch(leg models.Leg, plan models.SamplingPlan) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen[leg] = plan
}

func (a *audience) Forget(leg models.Leg) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gone = append(a.gone, leg)
}

func (a *audience) plan(leg models.Leg) models.SamplingPlan {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen[leg]
}

func (a *audience) left(leg models.Leg) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.gone, leg)
}

// watched is a desk with an audience and a pair that sends.
func watched(t *testing.T) (d *desk, seen *audience, legs [2]models.Leg, a, b *visitor) {
	seen = &audience{seen: map[models.Leg]models.SamplingPlan{}}
	d = newDesk(t, seen)
	pair := models.NewPairID()
	for side := range legs {
		legs[side] = models.Leg{Session: models.NewSessionID(), Pair: pair, Side: models.Side(side), Epoch: 1}
	}
	a, b = newVisitor(t, visitorOptions{}), newVisitor(t, visitorOptions{})
	d.connect(t, a, legs[0])
	d.connect(t, b, legs[1])
	a.send()
	b.send()
	flow(t, a, b)
	return d, seen, legs, a, b
}

// still checks that b gets a's sound and not its picture.
func still(t *testing.T, b *visitor) {
	t.Helper()
	sounds := b.sounds.Load()
	eventually(t, "what was under way has come", func() bool { return b.sounds.Load() > sounds+20 })
	pictures, sounds := b.pictures.Load(), b.sounds.Load()
	eventually(t, "sound goes on", func() bool { return b.sounds.Load() > sounds+50 })
	if came := b.pictures.Load() - pictures; came > 0 {
		t.Errorf("%d packets of a held picture came", came)
	}
}

func TestAHeldPictureStaysHeldWhateverItsSenderDoes(t *testing.T) {
	d, _, legs, a, b := watched(t)
	if err := d.service.Hold(legs[0].Pair, models.SideA, true); err != nil {
		t.Fatal(err)
	}
	still(t, b)
	eventually(t, "its home is told", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.stats[legs[0]][0].Held && !d.stats[legs[1]][0].Held
	})

	// An ICE restart by a home that has not heard of it yet.
	d.note(func() { delete(d.answers, legs[0]) })
	if err := d.Offer(there, legs[0], 2, a.offer(&webrtc.OfferOptions{ICERestart: true}), models.LegOrders{}); err != nil {
		t.Fatal(err)
	}
	d.accept(t, a, legs[0])
	still(t, b)

	// A new connection, of a later epoch.
	next := legs[0]
	next.Epoch = 2
	again := newVisitor(t, visitorOptions{})
	d.connect(t, again, next)
	again.send()
	eventually(t, "the new leg sends", func() bool {
		return d.service.node.leg(next.Pair, Side(models.SideA)).media.Statistics().Video.BPS > 0
	})
	if bps := d.service.SentBPS(next.Pair, models.SideA); bps != 0 {
		t.Errorf("%d bit/s of a held picture can be looked at", bps)
	}
	still(t, b)

	if err := d.Hold(there, next, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it can be looked at", func() bool { return d.service.SentBPS(next.Pair, models.SideA) > 0 })
	before := b.pictures.Load()
	eventually(t, "the home's word lets it go on", func() bool { return b.pictures.Load() > before+20 })
}

func TestAHomeSaysWithTheOfferThatAPictureIsHeld(t *testing.T) {
	d := newDesk(t, nil)
	pair := models.NewPairID()
	legs := [2]models.Leg{{Session: models.NewSessionID(), Pair: pair, Epoch: 3}, {Session: models.NewSessionID(), Pair: pair, Side: models.SideB, Epoch: 3}}
	a, b := newVisitor(t, visitorOptions{}), newVisitor(t, visitorOptions{})
	d.orders = models.LegOrders{Hold: true}
	d.connect(t, a, legs[0])
	d.orders = models.LegOrders{}
	d.connect(t, b, legs[1])
	a.send()
	b.send()
	eventually(t, "a's sound", func() bool { return b.sounds.Load() > 0 })
	still(t, b)
	if b.pictures.Load() != 0 {
		t.Errorf("%d packets of the picture came", b.pictures.Load())
	}
}

func TestWhoLooksHearsOfEveryLegAndOfItsEnd(t *testing.T) {
	d, seen, legs, a, _ := watched(t)
	for _, leg := range legs {
		if err := d.Sampling(there, leg, models.SamplingDense); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the plan has changed", func() bool { return seen.plan(leg) == models.SamplingDense })
	}
	next := legs[0]
	next.Epoch = 2
	d.orders = models.LegOrders{Sampling: models.SamplingSparse}
	d.connect(t, newVisitor(t, visitorOptions{}), next)
	if !seen.left(legs[0]) || seen.plan(next) != models.SamplingSparse {
		t.Errorf("the leg that was replaced is watched, or its successor is not")
	}
	a.close()
	if err := d.Close(there, next); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its end is heard of", func() bool { return seen.left(next) })

	verdict := models.Verdict{Leg: next, Rule: "nudity", Class: "Porn", Score: 0.9, Actions: []models.Action{models.ActionStop}}
	d.service.Verdict(verdict) // late
	d.service.Looked(legs[1], models.Look{Samples: 1, Hot: 1, Class: "Porn", Score: 0.9})
	d.service.Looked(legs[1], models.Look{Samples: 1, Class: "Neutral", Score: 0.8})
	eventually(t, "the home hears of both looks at once", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		look := d.looked[legs[1]]
		return look.Samples == 2 && look.Hot == 1 && look.Class == "Neutral"
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.verdicts) != 1 || d.verdicts[0].Leg != next {
		t.Errorf("the home heard %+v", d.verdicts)
	}
}
