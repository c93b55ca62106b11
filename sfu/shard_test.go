package sfu

import (
	"fmt"
	"net"
	"testing"

	"omezle/models"
)

// crowd reserves places for pairs until enough is true.
func crowd(t *testing.T, n *Node, enough func() bool) {
	t.Helper()
	for range 1000 {
		if enough() {
			return
		}
		if _, err := n.reserve(models.NewPairID(), A); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("not with a thousand pairs: %+v", n.Shards())
}

func TestFurtherPortIsOpenedOnlyWhenThoseInUseAreBusy(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Shards = 2 })
	_, a, b := call(t, n, visitorOptions{})
	if len(n.Shards()) != 1 || len(n.Addresses()) != 1 {
		t.Fatalf("one call, and %+v", n.Shards())
	}
	crowd(t, n, func() bool { return len(n.Shards()) == 2 })
	second, c, d := call(t, n, visitorOptions{})
	if at := n.Shards()[1]; at.Pairs < 2 || n.shards[1].media.Legs() != 2 || n.leg(second, A).shard != n.shards[1] {
		t.Errorf("the new call is not on the new port: %+v", n.Shards())
	}
	flow(t, a, b)
	flow(t, c, d)
	if s := n.Statistics(second)[A]; s.SlowOut > 0 || s.Rejected > 0 {
		t.Errorf("%+v", s)
	}
	crowd(t, n, func() bool { return n.Shards()[1].Pairs > 150 })
	if len(n.Shards()) != 2 {
		t.Errorf("more ports than allowed: %+v", n.Shards())
	}
}

func TestPairStaysOnItsPort(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Shards = 2 })
	pair := models.NewPairID()
	a := newVisitor(t, visitorOptions{})
	a.join(n, pair, A)
	crowd(t, n, func() bool { return len(n.Shards()) == 2 })
	b := newVisitor(t, visitorOptions{})
	b.join(n, pair, B)
	a.send()
	b.send()
	flow(t, a, b)
	before := n.Shards()[0].Pairs
	c := newVisitor(t, visitorOptions{})
	c.join(n, models.NewPairID(), A)
	if n.Shards()[0].Pairs != before {
		t.Error("a new pair went to the busy port")
	}
}

func TestPortThatIsTakenIsDoneWithout(t *testing.T) {
	n := startNode(t, func(c *Config) {
		c.Shards, c.Listen = 2, fmt.Sprintf("127.0.0.1:%d", takenPort(t)-1)
	})
	crowd(t, n, func() bool { return n.Shards()[0].Pairs > 100 })
	if len(n.Shards()) != 1 {
		t.Errorf("%+v", n.Shards())
	}
	call(t, n, visitorOptions{})
}

// takenPort is a UDP port that is in use, and whose predecessor is free.
func takenPort(t *testing.T) int {
	t.Helper()
	for {
		taken, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = taken.Close() })
		port := taken.LocalAddr().(*net.UDPAddr).Port
		if before, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port - 1}); err == nil {
			_ = before.Close()
			return port
		}
	}
}
