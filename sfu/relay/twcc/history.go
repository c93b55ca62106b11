package twcc

import (
	"encoding/binary"
	"time"
)

const departed = 2048 // departures remembered; a power of two

// History numbers what is sent to a viewer and remembers when, until feedback comes.
type History struct {
	sent [departed]departure
	next uint16
}

type departure struct {
	number uint16
	size   uint16 // bytes; 0: free, or reported
	at     time.Duration
}

// Next gives a packet of size bytes that leaves now its number.
func (h *History) Next(size int, now time.Duration) uint16 {
	number := h.next
	h.next++
	h.sent[number%departed] = departure{number: number, size: uint16(size), at: now}
	return number
}

// Arrival is one packet of a feedback that was sent by us. Received is false for
// one the viewer missed.
type Arrival struct {
	Sent     time.Duration // by our clock
	Arrived  time.Duration // by the viewer's clock, from an unknown origin
	Size     int
	Received bool
}

// Read calls each for every packet of our own that the feedback (an RTCP packet,
// header included) tells of for the first time. It is false if the packet is
// malformed; what was read before that stands.
func (h *History) Read(feedback []byte, each func(Arrival)) bool {
	if len(feedback) < headerSize {
		return false
	}
	base := binary.BigEndian.Uint16(feedback[12:])
	count := int(binary.BigEndian.Uint16(feedback[14:]))
	if count > departed {
		return false
	}
	since := int64(binary.BigEndian.Uint32(feedback[15:]) & 0xffffff)
	clock := time.Duration(since) * reference

	chunks := feedback[headerSize:]
	deltas := symbols(chunks, count, func(int, uint8) bool { return true })
	if deltas < 0 {
		return false
	}
	times := chunks[deltas:]
	whole := true
	symbols(chunks, count, func(i int, symbol uint8) bool {
		a := Arrival{}
		switch symbol {
		case 1:
			if len(times) < 1 {
				whole = false
				return false
			}
			clock += time.Duration(times[0]) * tick
			times = times[1:]
			a.Received = true
		case 2:
			if len(times) < 2 {
				whole = false
				return false
			}
			clock += time.Duration(int16(binary.BigEndian.Uint16(times))) * tick
			times = times[2:]
			a.Received = true
		}
		number := base + uint16(i)
		if d := &h.sent[number%departed]; d.number == number && d.size > 0 {
			a.Sent, a.Arrived, a.Size = d.at, clock, int(d.size)
			d.size = 0
			each(a)
		}
		return true
	})
	return whole
}

// symbols calls each with the status of count packets, until it is false, and
// returns where the deltas begin; -1 if the chunks are cut short.
func symbols(chunks []byte, count int, each func(i int, symbol uint8) bool) int {
	at := 0
	for i := 0; i < count; {
		if len(chunks) < at+2 {
			return -1
		}
		c := binary.BigEndian.Uint16(chunks[at:])
		at += 2
		n, width := 0, 0
		switch {
		case c>>15 == 0: // run length
			n = int(c & 0x1fff)
		case c>>14 == 0b10:
			n, width = 14, 1
		default:
			n, width = 7, 2
		}
		if n == 0 {
			return -1
		}
		for j := 0; j < n && i < count; j++ {
			symbol := uint8(c >> 13 & 3)
			if width > 0 {
				symbol = uint8(c >> (14 - width*(j+1)) & (1<<width - 1))
			}
			if !each(i, symbol) {
				return at
			}
			i++
		}
	}
	return at
}
