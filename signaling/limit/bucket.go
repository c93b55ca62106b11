package limit

import "time"

// Rate is how much a token bucket lets through.
type Rate struct {
	PerSecond float64 // refill
	Burst     float64 // capacity
}

// Bucket is a token bucket. The zero Bucket is full. Not safe for concurrent use.
type Bucket struct {
	used float64   // tokens missing at time at
	at   time.Time // of the last take
}

// Take takes one token at time now. It returns 0, or how long to wait until one is there; then nothing was taken.
func (b *Bucket) Take(rate Rate, now time.Time) time.Duration {
	used := b.used
	if !b.at.IsZero() {
		used = max(0, used-now.Sub(b.at).Seconds()*rate.PerSecond)
	}
	if used+1 > rate.Burst {
		return time.Duration((used + 1 - rate.Burst) / rate.PerSecond * float64(time.Second))
	}
	b.used, b.at = used+1, now
	return 0
}
