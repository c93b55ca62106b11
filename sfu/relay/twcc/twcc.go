package twcc

import (
	"encoding/binary"
	"time"
)

const (
	tick      = 250 * time.Microsecond // unit of a delta
	reference = 64 * time.Millisecond  // unit of the reference time

	recorded   = 512 // arrivals kept; a power of two
	reportable = 400 // more than this many unreported: start anew

	headerSize = 20
)

// Recorder keeps arrival times until they are reported.
type Recorder struct {
	arrivals      [recorded]time.Duration // 0: not received
	base, highest uint16                  // next to report, highest received
	started       bool
	pending       bool
	count         uint8 // of feedback packets
	deltas        [2 * recorded]byte
}

// Pending says whether anything arrived since the last feedback.
func (r *Recorder) Pending() bool { return r.pending }

// Add records that the packet of that number arrived now, which is above 0.
func (r *Recorder) Add(number uint16, now time.Duration) {
	if !r.started {
		r.started, r.base, r.highest = true, number, number-1
	}
	switch ahead := int16(number - r.highest); {
	case ahead > 0:
		if number-r.base >= reportable {
			clear(r.arrivals[:])
			r.base = number
		}
		r.highest = number
	case int16(number-r.base) < 0:
		return // reported as lost already
	}
	r.arrivals[number%recorded] = now
	r.pending = true
}

// AppendFeedback appends an RTCP packet on everything since the last, if there is
// anything. Its length is a multiple of four.
func (r *Recorder) AppendFeedback(b []byte, sender, media uint32) []byte {
	if !r.pending {
		return b
	}
	r.pending = false
	first := r.base
	for r.arrivals[first%recorded] == 0 {
		if first == r.highest {
			return b
		}
		first++
	}
	count := int(r.highest-r.base) + 1
	since := r.arrivals[first%recorded] / reference
	start := len(b)
	b = append(b, 0x80|15, 205, 0, 0)
	b = binary.BigEndian.AppendUint32(b, sender)
	b = binary.BigEndian.AppendUint32(b, media)
	b = binary.BigEndian.AppendUint16(b, r.base)
	b = binary.BigEndian.AppendUint16(b, uint16(count))
	b = append(b, byte(since>>16), byte(since>>8), byte(since), r.count)
	r.count++

	deltas := r.deltas[:0]
	previous := int64(since * (reference / tick))
	for at := 0; at < count; at += 7 {
		chunk := uint16(0b11 << 14) // a status vector of seven symbols of two bits
		for i := range min(7, count-at) {
			arrival := &r.arrivals[(r.base+uint16(at+i))%recorded]
			if *arrival == 0 {
				continue
			}
			now := int64(*arrival / tick)
			delta := now - previous
			previous = now
			*arrival = 0
			if delta >= 0 && delta < 256 {
				chunk |= 1 << (12 - 2*i)
				deltas = append(deltas, byte(delta))
			} else {
				chunk |= 2 << (12 - 2*i)
				deltas = binary.BigEndian.AppendUint16(deltas, uint16(int16(max(min(delta, 32767), -32768))))
			}
		}
		b = binary.BigEndian.AppendUint16(b, chunk)
	}
	b = append(b, deltas...)
	if short := (len(b) - start) % 4; short != 0 {
		padding := 4 - short
		b = append(b, make([]byte, padding)...)
		b[start] |= 0x20
		b[len(b)-1] = byte(padding)
	}
	binary.BigEndian.PutUint16(b[start+2:], uint16((len(b)-start)/4-1))
	r.base = r.highest + 1
	return b
}
