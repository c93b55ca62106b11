package client

import (
	"math/rand/v2"
	"time"
)

const (
	firstPause = 250 * time.Millisecond
	longPause  = 10 * time.Second
	laterAfter = 10 * time.Second // what protocol.ReconnectLater means at the least
)

// backoff returns the pause before an attempt after so many failures in a row: anything up to
// a bound that doubles, so that those who were lost together do not come back together.
func backoff(failures int) time.Duration {
	bound := min(firstPause<<min(failures, 10), longPause)
	return rand.N(bound)
}
