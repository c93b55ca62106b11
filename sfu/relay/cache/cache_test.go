package cache

import (
	"testing"
	"time"
)

func put(c *Cache, sequence uint16) {
	b := append(c.Spare(), byte(sequence), byte(sequence>>8))
	c.Keep(sequence, 0, len(b))
}

func TestNewestPacketsAreKept(t *testing.T) {
	var c Cache
	for n := uint16(65000); n != 1000; n++ {
		put(&c, n)
	}
	for n := uint16(999); n > 1000-Slots+1; n-- {
		if p := c.Packet(n); p == nil || p[0] != byte(n) {
			t.Fatalf("%d: %v", n, p)
		}
	}
	if c.Packet(1000-Slots) != nil || c.Packet(65100) != nil {
		t.Error("an old packet is still there")
	}
}

func TestSpareSlotIsNobodys(t *testing.T) {
	var c Cache
	for n := range uint16(Slots) {
		put(&c, n)
	}
	_ = append(c.Spare(), 0xff) // forged: never kept
	for n := range uint16(Slots) {
		if p := c.Packet(n); p != nil && p[0] != byte(n) {
			t.Errorf("%d is spoiled", n)
		}
	}
}

func TestResendsAreFewAndApart(t *testing.T) {
	var c Cache
	put(&c, 5)
	count := 0
	for now := time.Second; now < 2*time.Second; now += 5 * time.Millisecond {
		if c.Resend(5, now) != nil {
			count++
		}
	}
	if count != resends {
		t.Errorf("resent %d times", count)
	}
	c.Clear()
	if c.Packet(5) != nil {
		t.Error("not cleared")
	}
}
