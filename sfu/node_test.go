package sfu

import (
	"testing"

	"omezle/models"
)

func TestTwoVisitorsSeeAndHearEachOther(t *testing.T) {
	n := startNode(t, nil)
	pair := models.NewPairID()
	a, b := newVisitor(t, visitorOptions{}), newVisitor(t, visitorOptions{})
	a.join(n, pair, A)
	b.join(n, pair, B)
	a.send()
	b.send()
	eventually(t, "pictures and sound both ways", func() bool {
		return a.pictures.Load() > 100 && b.pictures.Load() > 100 && a.sounds.Load() > 100 && b.sounds.Load() > 100
	})
	got := map[EventKind]int{}
	for len(got) < 3 {
		e := <-n.Events()
		got[e.Kind]++
	}
	both := n.Statistics(pair)
	for side, s := range both {
		if s == nil || !s.Connected || s.Path != "udp" || s.Forwarded < 200 || s.Rejected > 0 {
			t.Errorf("side %d: %+v", side, s)
		}
	}
}
