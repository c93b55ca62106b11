package limit

import (
	"net/netip"
	"testing"
	"time"
)

func TestEachAddressHasABucketAndTheManyShareOne(t *testing.T) {
	a := NewAddresses(Rate{PerSecond: 1, Burst: 2}, 3)
	now := time.Unix(1_700_000_000, 0)
	taken := func(addr string) bool { return a.Take(netip.MustParseAddr(addr), now) == 0 }
	for _, step := range []struct {
		addr string
		ok   bool
	}{
		{"192.0.2.1", true}, {"192.0.2.1", true}, {"192.0.2.1", false},
		{"2001:db8::1", true}, {"2001:db8::2", true}, {"2001:db8::3", false}, {"2001:db8:0:1::1", true},
		{"192.0.2.2", true}, {"192.0.2.3", true}, {"192.0.2.4", false}, // no room: the last ones share
		{"192.0.2.1", false},
	} {
		if got := taken(step.addr); got != step.ok {
			t.Errorf("%s: got %v", step.addr, got)
		}
	}
	now = now.Add(2 * time.Second) // all are full again
	for i, ok := range []bool{true, true, false} {
		if taken("192.0.2.5") != ok {
			t.Errorf("when all have rested, take %d of a new one: not %v", i+1, ok)
		}
	}
	if len(a.buckets) != 1 {
		t.Errorf("%d are remembered, want the one that is not full", len(a.buckets))
	}
}
