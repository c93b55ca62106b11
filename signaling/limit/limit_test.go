package limit

import (
	"net/http"
	"net/netip"
	"testing"
	"time"
)

func TestClientIPIsTheRightmostUntrustedHop(t *testing.T) {
	proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "203.0.113.9:4000", nil, "203.0.113.9"},
		{"a forged header from an untrusted peer is not read", "203.0.113.9:4000", []string{"198.51.100.1"}, "203.0.113.9"},
		{"one proxy", "10.0.0.1:4000", []string{"203.0.113.9"}, "203.0.113.9"},
		{"what the client wrote to the left is not believed", "10.0.0.1:4000", []string{"1.2.3.4, 203.0.113.9"}, "203.0.113.9"},
		{"two proxies", "10.0.0.1:4000", []string{"1.2.3.4, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{"two headers", "10.0.0.1:4000", []string{"1.2.3.4", "203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{"garbage stops the walk", "10.0.0.1:4000", []string{"203.0.113.9, nonsense, 10.0.0.2"}, "10.0.0.2"},
		{"with ports", "10.0.0.1:4000", []string{"203.0.113.9:55"}, "203.0.113.9"},
		{"IPv6", "[fd00::1]:4000", []string{"[2001:db8::7]:55"}, "2001:db8::7"},
		{"mapped IPv4 is unmapped", "[::ffff:10.0.0.1]:4000", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"only proxies", "10.0.0.1:4000", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"no header", "10.0.0.1:4000", nil, "10.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.forwarded}}
			if got := proxies.ClientIP(r).String(); got != c.want {
				t.Fatalf("got %s, want %s", got, c.want)
			}
		})
	}
}

func FuzzClientIPNeverBelievesAStranger(f *testing.F) {
	f.Add("203.0.113.9:1", "1.2.3.4, 10.0.0.1")
	f.Add("[2001:db8::1]:1", ",,,")
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		got := proxies.ClientIP(r)
		if direct := ParseAddr(peer); direct.IsValid() && !proxies.Contains(direct) && got != direct {
			t.Fatalf("peer %v became %v", direct, got)
		}
	})
}

func TestBucketRefillsWithTimeAndSaysHowLongToWait(t *testing.T) {
	var b Bucket
	rate := Rate{PerSecond: 2, Burst: 3}
	now := time.Unix(0, 0)
	for i := range 3 {
		if wait := b.Take(rate, now); wait != 0 {
			t.Fatalf("take %d waits %v", i, wait)
		}
	}
	if wait := b.Take(rate, now); wait != 500*time.Millisecond {
		t.Fatalf("empty bucket waits %v, want 500ms", wait)
	}
	if wait := b.Take(rate, now.Add(500*time.Millisecond)); wait != 0 {
		t.Fatalf("refilled bucket waits %v", wait)
	}
	if wait := b.Take(rate, now.Add(time.Hour)); wait != 0 {
		t.Fatalf("after an hour it waits %v", wait)
	}
}
