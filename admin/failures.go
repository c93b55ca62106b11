package admin

import (
	"net/netip"
	"sync"
	"time"
)

const (
	maxFailures = 10
	window      = time.Minute
	maxAddrs    = 1024
)

// failures counts wrong tokens by address, a network of 64 bits with IPv6, in windows of a minute. When too many
// addresses fail at once, further ones share a count.
type failures struct {
	mu     sync.Mutex
	counts map[netip.Prefix]*count
}

type count struct {
	n     int
	until time.Time
}

func keyOf(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	prefix, _ := addr.Prefix(bits) // an address that is none shares the zero one
	return prefix
}

// wait is how long an address has to wait, 0 if it may try.
func (f *failures) wait(addr netip.Addr, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.counts[keyOf(addr)]
	if !ok && len(f.counts) >= maxAddrs {
		c = f.counts[netip.Prefix{}]
	}
	if c == nil || c.n < maxFailures {
		return 0
	}
	return max(0, c.until.Sub(now))
}

func (f *failures) add(addr netip.Addr, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := keyOf(addr)
	if f.counts[key] == nil && len(f.counts) >= maxAddrs {
		for k, c := range f.counts {
			if !now.Before(c.until) {
				delete(f.counts, k)
			}
		}
		if len(f.counts) >= maxAddrs {
			key = netip.Prefix{}
		}
	}
	c := f.counts[key]
	if c == nil || !now.Before(c.until) {
		c = &count{until: now.Add(window)}
		if f.counts == nil {
			f.counts = map[netip.Prefix]*count{}
		}
		f.counts[key] = c
	}
	c.n++
}
