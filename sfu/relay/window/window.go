package window

import "time"

const (
	// Size is how far behind the newest a packet may be.
	Size = 1024
	// jump forward that is taken for a new start: nothing from before is accepted any more.
	jump = Size / 2

	missingLimit = 64
	nackTries    = 5
	nackAfter    = 2                     // later packets, or
	nackPatience = 20 * time.Millisecond // whichever is first
	nackAgain    = 50 * time.Millisecond // times the tries so far
	nackGiveUp   = time.Second
)

// Window of one stream. The zero value waits for Start.
type Window struct {
	started  bool
	floor    int64 // lowest extended number that may still be accepted
	first    int64 // the first of the stream
	highest  int64
	received int64
	seen     [Size / 64]uint64

	// Repair wants NACKs to be made. Without it nothing is remembered as missing.
	Repair  bool
	missing []missing
}

type missing struct {
	number      int64
	tries       int
	since, next time.Duration
}

// Started says whether a packet was accepted since the last Reset.
func (w *Window) Started() bool { return w.started }

// Reset forgets everything: the next number accepted is the first.
func (w *Window) Reset() {
	*w = Window{Repair: w.Repair, missing: w.missing[:0]}
}

// Accept is true for a number that was never accepted before and may be forwarded.
func (w *Window) Accept(sequence uint16, now time.Duration) bool {
	if !w.started {
		first := int64(sequence) + 1<<16
		w.started, w.floor, w.first, w.highest = true, first, first, first
		w.mark(first)
		return true
	}
	number := w.highest + int64(int16(sequence-uint16(w.highest)))
	switch ahead := number - w.highest; {
	case ahead > jump:
		w.floor, w.highest = number, number
		clear(w.seen[:])
		w.missing = w.missing[:0]
	case ahead > 0:
		for skipped := w.highest + 1; skipped < number; skipped++ {
			w.unmark(skipped)
			if w.Repair && len(w.missing) < missingLimit {
				w.missing = append(w.missing, missing{number: skipped, since: now, next: now})
			}
		}
		w.highest = number
	case number < w.floor || number <= w.highest-Size || w.marked(number):
		return false
	default:
		w.found(number)
	}
	w.mark(number)
	return true
}

func (w *Window) mark(n int64) {
	w.received++
	w.seen[n%Size/64] |= 1 << (n % 64)
}
func (w *Window) unmark(n int64)      { w.seen[n%Size/64] &^= 1 << (n % 64) }
func (w *Window) marked(n int64) bool { return w.seen[n%Size/64]&(1<<(n%64)) != 0 }

func (w *Window) found(n int64) {
	for i := range w.missing {
		if w.missing[i].number == n {
			w.missing = append(w.missing[:i], w.missing[i+1:]...)
			return
		}
	}
}

// Missing says whether anything is to be asked for, now or later.
func (w *Window) Missing() bool { return len(w.missing) > 0 }

// NACK appends the numbers to ask for now, in order, as many as fit. Each is given
// five times at most, at growing intervals, and given up after a second.
func (w *Window) NACK(numbers []uint16, now time.Duration) []uint16 {
	kept := w.missing[:0]
	for _, m := range w.missing {
		if m.tries == nackTries || now-m.since > nackGiveUp || m.number <= w.highest-Size {
			continue
		}
		late := w.highest-m.number > nackAfter || now-m.since >= nackPatience
		if late && now >= m.next && len(numbers) < cap(numbers) {
			numbers = append(numbers, uint16(m.number))
			m.tries++
			m.next = now + time.Duration(m.tries)*nackAgain
		}
		kept = append(kept, m)
	}
	w.missing = kept
	return numbers
}

// Counts are what a receiver report is made of (RFC 3550 6.4.1).
type Counts struct {
	Highest  uint32 // extended highest sequence number
	Expected int64
	Received int64
}

// Counts since the stream began.
func (w *Window) Counts() Counts {
	if !w.started {
		return Counts{}
	}
	return Counts{Highest: uint32(w.highest - 1<<16), Expected: w.highest - w.first + 1, Received: w.received}
}
