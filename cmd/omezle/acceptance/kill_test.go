package acceptance

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/signaling/protocol"
)

func TestAKilledNodeCostsOnlyItsOwnPairsAndTheirPartnersWaitAgainWithinTenSeconds(t *testing.T) {
	const pairs = 200
	const within = 10 * time.Second
	shared := stores(t)
	a, b, doomed := stage.Start(t, shared), stage.Start(t, shared), stage.Start(t, shared)
	crowd := stage.NewCrowd(t)

	var mu sync.Mutex
	var killed time.Time
	toldAfter := make(map[*stage.Guest]time.Duration)
	watch := func(g *stage.Guest, m protocol.Validator) {
		ended, ok := m.(*protocol.Ended)
		mu.Lock()
		defer mu.Unlock()
		if _, known := toldAfter[g]; ok && !known && !killed.IsZero() && ended.State == protocol.StateWaiting {
			toldAfter[g] = time.Since(killed)
		}
	}
	// A quarter of the pairs on one node, a quarter across the two that live, half with one side on the doomed node.
	// Its visitors know no other node: they are gone with it, like those behind a cut cable.
	var couples, safe [][2]*stage.Guest
	var orphans, lost, steady []*stage.Guest
	for i := range pairs {
		var pair [2]*stage.Guest
		switch i % 4 {
		case 0:
			pair = [2]*stage.Guest{crowd.Invite(urls(0, a), "", watch), crowd.Invite(urls(0, a), "", watch)}
		case 1:
			pair = [2]*stage.Guest{crowd.Invite(urls(0, a), "", watch), crowd.Invite(urls(0, b), "", watch)}
		default:
			home := []*stage.Node{a, b}[i%2]
			pair = [2]*stage.Guest{crowd.Invite(urls(0, home), "", watch), crowd.Invite(urls(0, doomed), "", watch)}
			orphans, lost = append(orphans, pair[0]), append(lost, pair[1])
		}
		couples = append(couples, pair)
		if i%4 < 2 {
			safe = append(safe, pair)
			steady = append(steady, pair[0], pair[1])
		}
	}
	connected(t, crowd.Guests())
	couple(t, couples)
	before := pairsOf(crowd.Guests())
	chatter := talk(crowd.Guests(), time.Second)
	progress(t, steady, 3*len(steady))
	delivery(t, crowd, "before the kill")

	mu.Lock()
	killed = time.Now()
	mu.Unlock()
	doomed.Kill()
	for _, g := range lost {
		g.Vanish()
	}
	told := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(toldAfter)
	}
	stage.Eventually(t, patience, func() bool { return told() == len(orphans) }, func() string {
		return fmt.Sprintf("%d of %d orphans wait again", told(), len(orphans))
	})
	var longest time.Duration
	for _, g := range orphans {
		took, ok := toldAfter[g]
		if !ok || took > within {
			t.Errorf("guest %d waits again after %v, want %v at the most", g.Number, took, within)
		}
		longest = max(longest, took)
	}
	t.Logf("%d orphans were told and wait again, the last after %v", len(orphans), longest.Round(time.Millisecond))
	progress(t, steady, 3*len(steady))
	chatter.silence()
	settled(t, safe)
	delivery(t, crowd, "from the kill on")
	undisturbed(t, steady, before)
	if n := stage.Count(steady, func(g *stage.Guest) bool { return g.Absences() > 0 }); n > 0 {
		t.Errorf("%d of the other pairs' visitors were told that their partner is away", n)
	}
	blameless(t, steady)
}

func TestAVisitorWhoResumesOnAnotherNodeHearsWhatWasSaidMeanwhileOnceAndInOrder(t *testing.T) {
	shared := stores(t)
	a, b := stage.Start(t, shared), stage.Start(t, shared)
	doorA, doorB := newDoor(t, a.URL), newDoor(t, b.URL)
	crowd := stage.NewCrowd(t)
	traveller := crowd.Invite([]string{doorA.URL, doorB.URL}, "", nil)
	partner := crowd.Invite([]string{b.URL, a.URL}, "", nil)
	connected(t, crowd.Guests())
	couples := [][2]*stage.Guest{{traveller, partner}}
	couple(t, couples)
	say := func(n int) {
		for range n {
			for _, g := range crowd.Guests() {
				if err := g.Say(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for home, away := doorA, doorB; ; home, away = away, home {
		pair := partner.Pair()
		say(5)
		settled(t, couples)
		welcomes := traveller.Welcomes()
		away.shut()
		home.shut()
		stage.Eventually(t, patience, func() bool { return !online(traveller) }, func() string { return "the traveller is not cut off" })
		say(8)
		away.open()
		settled(t, couples)
		if traveller.Welcomes() == welcomes || traveller.Where().Base != away.URL {
			t.Errorf("the traveller is at %s, not at %s", traveller.Where().Base, away.URL)
		}
		undisturbed(t, crowd.Guests(), map[*stage.Guest]models.PairID{traveller: pair, partner: pair})
		if away == doorA {
			break // there and back
		}
	}
	blameless(t, crowd.Guests())
}
