package bus

import (
	"encoding/binary"
	"time"
)

// keepBuffer is the largest buffer kept for the next batch; a larger one,
// left by a burst, goes back to the allocator.
const keepBuffer = 64 << 10

// batch gathers messages behind room for a header, so that publishing copies
// nothing. It has no lock of its own.
type batch struct {
	room  int // bytes of the header at the front of buf
	buf   []byte
	marks []mark
}

// mark says where a message ends in buf and when it came.
type mark struct {
	end int
	at  time.Duration
}

func (b *batch) len() int { return len(b.marks) }

// size is the bytes of the messages with their lengths.
func (b *batch) size() int { return max(0, len(b.buf)-b.room) }

func (b *batch) add(payload []byte, now time.Duration) {
	if len(b.buf) < b.room {
		b.buf = append(b.buf, make([]byte, b.room-len(b.buf))...)
	}
	b.buf = appendMessage(b.buf, payload)
	b.marks = append(b.marks, mark{end: len(b.buf), at: now})
}

// dropBefore removes the messages that came before the given time, which are
// the first ones, and returns how many they were.
func (b *batch) dropBefore(limit time.Duration) int {
	n := 0
	for n < len(b.marks) && b.marks[n].at < limit {
		n++
	}
	if n == 0 {
		return 0
	}
	gone := b.marks[n-1].end - b.room
	b.buf = append(b.buf[:b.room], b.buf[b.room+gone:]...)
	b.marks = append(b.marks[:0], b.marks[n:]...)
	for i := range b.marks {
		b.marks[i].end -= gone
	}
	return n
}

// seal writes the header into its room and returns what to publish.
func (b *batch) seal(h header) []byte {
	appendHeader(b.buf[:0], h)
	return b.buf
}

// reset empties the batch for its next use.
func (b *batch) reset() {
	if cap(b.buf) > keepBuffer {
		b.buf = nil
	}
	if cap(b.marks) > keepBuffer/16 {
		b.marks = nil
	}
	b.buf, b.marks = b.buf[:0], b.marks[:0]
}

// messageSize is what a payload takes in a batch.
func messageSize(payload int) int {
	var b [binary.MaxVarintLen64]byte
	return payload + binary.PutUvarint(b[:], uint64(payload))
}
