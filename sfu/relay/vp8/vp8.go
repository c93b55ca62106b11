package vp8

// Payload strips the payload descriptor. It is false for what is no VP8 payload.
func Payload(b []byte) (frame []byte, start, ok bool) {
	if len(b) < 1 {
		return nil, false, false
	}
	start = b[0]&0x10 != 0 && b[0]&0x07 == 0 // S, partition 0
	n := 1
	if b[0]&0x80 != 0 { // X
		if len(b) < 2 {
			return nil, false, false
		}
		x := b[1]
		n = 2
		if x&0x80 != 0 { // I
			if len(b) <= n {
				return nil, false, false
			}
			if b[n]&0x80 != 0 { // M: 15 bits
				n++
			}
			n++
		}
		if x&0x40 != 0 { // L
			n++
		}
		if x&0x30 != 0 { // T or K
			n++
		}
	}
	if len(b) <= n {
		return nil, false, false
	}
	return b[n:], start, true
}

// StartsKeyframe says whether the payload of an RTP packet is the first of a keyframe.
func StartsKeyframe(payload []byte) bool {
	frame, start, ok := Payload(payload)
	return ok && start && frame[0]&1 == 0
}

const endings = 16 // frames whose end is remembered: longer than a resend takes

// Tracker follows a stream to know when all of a keyframe is there. Packets come in
// any order, each once.
type Tracker struct {
	keyframe bool
	first    uint16
	time     uint32
	whole    bool // was reported

	ends [endings]ending
	next int
}

type ending struct {
	time     uint32
	sequence uint16
	set      bool
}

// Add takes a packet's numbers and payload. It is true when the packet belongs to
// the newest keyframe and its first and last numbers are known: if all between are
// at hand it is whole, and Done is to be called.
func (t *Tracker) Add(sequence uint16, time uint32, marker bool, payload []byte) (first, last uint16, ok bool) {
	if marker {
		t.ends[t.next%endings] = ending{time, sequence, true}
		t.next++
	}
	if StartsKeyframe(payload) && (!t.keyframe || int32(time-t.time) > 0) {
		t.keyframe, t.first, t.time, t.whole = true, sequence, time, false
	}
	if !t.keyframe || t.whole || time != t.time {
		return 0, 0, false
	}
	for _, e := range t.ends {
		if e.set && e.time == time {
			return t.first, e.sequence, true
		}
	}
	return 0, 0, false
}

// Done notes that the newest keyframe was whole.
func (t *Tracker) Done() { t.whole = true }

// Keyframe is the first number of the newest keyframe, and whether it was whole.
func (t *Tracker) Keyframe() (first uint16, ok bool) { return t.first, t.keyframe && t.whole }

// Reset forgets the stream: another source follows.
func (t *Tracker) Reset() { *t = Tracker{} }
