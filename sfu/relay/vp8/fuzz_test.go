package vp8

import (
	"bytes"
	"testing"
)

func FuzzPayload(f *testing.F) {
	for _, payload := range [][]byte{
		{0x10, 0x00, 1}, {0x90, 0x80, 0x91, 0x11, 0x00}, {0x90, 0xf0, 0x91, 0x11, 0x01, 0x20, 0x00}, {0x90, 0xf0, 0x91, 0x11}, {},
	} {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		frame, start, ok := Payload(payload)
		if !ok {
			if frame != nil || start && len(frame) > 0 || StartsKeyframe(payload) {
				t.Fatalf("refused, and yet %d bytes", len(frame))
			}
			return
		}
		if len(frame) == 0 || len(frame) >= len(payload) || len(payload)-len(frame) > 6 || !bytes.HasSuffix(payload, frame) {
			t.Fatalf("%d bytes out of %d", len(frame), len(payload))
		}
		if StartsKeyframe(payload) != (start && frame[0]&1 == 0) {
			t.Fatal("a keyframe, or none")
		}
	})
}

// FuzzTracker feeds a stream that a stranger made up. Four bytes and a payload of up to fifteen are a packet.
func FuzzTracker(f *testing.F) {
	f.Add([]byte{0, 0, 0x03, 0, 0x10, 0x00, 1, 1, 0, 0x82, 0, 0x00, 7})
	f.Add([]byte{0, 0, 0x83, 0, 0x10, 0x00, 1, 0, 1, 0x83, 0, 0x10, 0x00, 1})
	f.Fuzz(func(t *testing.T, stream []byte) {
		var tracker Tracker
		var sequence uint16
		var time uint32
		begins, ends := map[uint16]bool{}, map[uint16]bool{}
		for len(stream) >= 4 {
			sequence += uint16(int8(stream[0]))
			time += uint32(int32(int8(stream[1])))
			marker, size := stream[2]&0x80 != 0, min(int(stream[2]&0x0f), len(stream)-4)
			payload := stream[4 : 4+size]
			stream = stream[4+size:]
			if StartsKeyframe(payload) {
				begins[sequence] = true
			}
			if marker {
				ends[sequence] = true
			}
			first, last, ok := tracker.Add(sequence, time, marker, payload)
			if ok && (!begins[first] || !ends[last]) {
				t.Fatalf("a keyframe from %d to %d, which nobody sent", first, last)
			}
			if ok && size%2 == 0 {
				tracker.Done()
			}
			if first, whole := tracker.Keyframe(); whole && !begins[first] {
				t.Fatalf("a whole keyframe from %d, which nobody sent", first)
			}
		}
	})
}
