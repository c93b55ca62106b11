package acceptance

import (
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
)

func TestANodeToldToStopHandsItsVisitorsOverAndExitsInTime(t *testing.T) {
	const pairs = 100
	const deadline = 20 * time.Second // as configured
	shared := stores(t)
	leaving, staying := stage.Start(t, shared, "DRAIN_TIMEOUT="+deadline.String()), stage.Start(t, shared)
	crowd := stage.NewCrowd(t)
	var couples [][2]*stage.Guest
	for i := range pairs { // both on the one, one on each, both on the other
		a, b := []int{0, 0, 1}[i%3], []int{0, 1, 1}[i%3]
		couples = append(couples, [2]*stage.Guest{
			crowd.Invite(urls(a, leaving, staying), "", nil), crowd.Invite(urls(b, leaving, staying), "", nil),
		})
	}
	guests := crowd.Guests()
	connected(t, guests)
	couple(t, couples)
	before := pairsOf(guests)
	chatter := talk(guests, time.Second)
	progress(t, guests, 3*len(guests))
	delivery(t, crowd, "before")

	began := time.Now()
	if err := leaving.Terminate(); err != nil {
		t.Fatal(err)
	}
	newcomer := crowd.Invite(urls(0, leaving, staying), "", nil)
	select {
	case <-leaving.Ended():
	case <-time.After(2 * deadline):
		t.Fatal("the node does not end")
	}
	took := time.Since(began)
	if err := leaving.Exit(); err != nil {
		t.Errorf("the node ended with %v", err)
	}
	if took > deadline {
		t.Errorf("the node took %v to end, its deadline is %v", took, deadline)
	}
	t.Logf("the node ended after %v", took.Round(time.Millisecond))
	progress(t, guests, 3*len(guests))
	chatter.silence()
	settled(t, couples)
	delivery(t, crowd, "from the signal on")
	undisturbed(t, guests, before)
	connected(t, []*stage.Guest{newcomer})
	blameless(t, crowd.Guests())
}
