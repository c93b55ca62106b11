package stage

import (
	"testing"
	"time"
)

// look is the breath between two looks at what is on its way.
const look = 10 * time.Millisecond

// Eventually waits until done returns true, and fails the test after patience. What to say then is asked at the end.
func Eventually(tb testing.TB, patience time.Duration, done func() bool, otherwise func() string) {
	tb.Helper()
	deadline := time.Now().Add(patience)
	for !done() {
		if time.Now().After(deadline) {
			tb.Fatalf("after %v: %s", patience, otherwise())
		}
		time.Sleep(look)
	}
}

// Count returns how many guests something is true of.
func Count(guests []*Guest, is func(*Guest) bool) (n int) {
	for _, g := range guests {
		if is(g) {
			n++
		}
	}
	return n
}
