package stage

import (
	"slices"
	"sync"
	"time"
)

// Latencies collects times. It is safe for concurrent use.
type Latencies struct {
	mu   sync.Mutex
	list []time.Duration
}

// Add notes a time.
func (l *Latencies) Add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, d)
}

// Count returns how many times there are.
func (l *Latencies) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.list)
}

// Take empties the collection and returns what was in it, sorted.
func (l *Latencies) Take() Sorted {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.list
	l.list = nil
	slices.Sort(list)
	return list
}

// Sorted are times in order.
type Sorted []time.Duration

// At returns the percentile p of 0 to 1, zero if there are no times.
func (s Sorted) At(p float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	return s[min(len(s)-1, int(p*float64(len(s))))]
}
