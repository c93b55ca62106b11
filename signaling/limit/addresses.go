package limit

import (
	"net/netip"
	"sync"
	"time"
)

// Addresses bounds what each address does, an IPv6 one together with the rest of its /64. It is safe for concurrent use.
type Addresses struct {
	rate Rate
	most int

	mu      sync.Mutex // guards what follows
	buckets map[netip.Addr]*Bucket
	others  Bucket // of those for whom there is no room
}

// NewAddresses remembers at most so many addresses; when they are too many, the newest share one bucket.
func NewAddresses(rate Rate, most int) *Addresses {
	return &Addresses{rate: rate, most: most, buckets: make(map[netip.Addr]*Bucket)}
}

// Take takes a token of addr at time now. It returns 0, or how long to wait; then nothing was taken.
func (a *Addresses) Take(addr netip.Addr, now time.Time) time.Duration {
	if addr.Is6() && !addr.Is4In6() {
		addr = netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	bucket := a.buckets[addr]
	if bucket == nil {
		if len(a.buckets) >= a.most {
			a.forget(now)
		}
		if len(a.buckets) >= a.most {
			return a.others.Take(a.rate, now)
		}
		bucket = &Bucket{}
		a.buckets[addr] = bucket
	}
	return bucket.Take(a.rate, now)
}

// forget drops the buckets that are full again; the caller holds mu.
func (a *Addresses) forget(now time.Time) {
	for addr, bucket := range a.buckets {
		if bucket.used <= now.Sub(bucket.at).Seconds()*a.rate.PerSecond {
			delete(a.buckets, addr)
		}
	}
}
