package relay

import (
	"bytes"
	"testing"
	"time"
)

func TestViewerWhoComesLaterGetsTheKeyframe(t *testing.T) {
	w := newBench(t)
	a := w.join(videoA, rtxA, audioA, 96, wideA, Events{})
	a.leg.Receive(a.sealed(videoA, 96, 1, []byte{0x10, 1})) // an interframe
	a.leg.Receive(a.sealed(videoA, 96, 2, []byte{0x10, 0, 1}))
	key, err := a.up.EncryptRTP(nil, []byte{0x80, marker | 96, 0, 3, 0, 0, 0x17, 0x70, 0, 0, 3, 0xe9, 0x00, 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a.leg.Receive(key) // ends the keyframe: its timestamp is that of number 2
	a.leg.Receive(a.sealed(videoA, 96, 4, []byte{0x10, 1, 4}))
	b := w.join(videoB, rtxB, audioB, 120, wideB, Events{})
	w.clock += 5 * time.Second
	before := a.leg.Statistics().KeyframesAsked
	w.shard.Pair(a.leg, b.leg)
	var numbers []uint16
	for _, p := range b.open() {
		numbers = append(numbers, p.SequenceNumber)
	}
	if len(numbers) != 3 || numbers[0] != 2 {
		t.Errorf("replayed %v", numbers)
	}
	if asked := a.leg.Statistics().KeyframesAsked - before; asked != 0 {
		t.Errorf("asked for a keyframe all the same, %d times", asked)
	}
	a.leg.Receive(a.sealed(videoA, 96, 5, []byte{0x10, 1, 5}))
	if got := b.open(); len(got) != 1 || got[0].SequenceNumber != 5 {
		t.Errorf("then got %v", got)
	}
}

// frame sends a frame of packets packets, as a keyframe or not.
func (e *end) frame(sequence uint16, packets int, keyframe bool) (next uint16) {
	for i := range packets {
		payload := make([]byte, 1000)
		payload[1] = 1
		if i == 0 {
			payload[0] = 0x10
			if keyframe {
				payload[1] = 0
			}
		}
		p := []byte{0x80, 96, byte(sequence >> 8), byte(sequence), 0, 0, byte(sequence >> 8), 0, 0, 0, videoA >> 8, videoA & 255}
		if i == packets-1 {
			p[1] |= marker
		}
		// All packets of a frame have one timestamp: that of its last number.
		be.PutUint32(p[4:], uint32(sequence-uint16(i))*3000+uint32(packets))
		sealed, err := e.up.EncryptRTP(nil, append(p, payload...), nil)
		if err != nil {
			e.bench.tb.Fatal(err)
		}
		e.leg.Receive(sealed)
		sequence++
	}
	return sequence
}

func TestPictureIsKeptReadyWhileNobodyWatches(t *testing.T) {
	w := newBench(t)
	a := w.join(videoA, rtxA, audioA, 96, wideA, Events{})
	next, asked := uint16(1), uint64(0)
	for range 150 { // five seconds of a megabit, with a keyframe whenever one is asked for
		w.clock += 33 * time.Millisecond
		now := a.leg.Statistics().KeyframesAsked
		next = a.frame(next, 4, now > asked)
		asked = now
		a.tick()
	}
	if asked < 5 || asked > 10 {
		t.Errorf("asked %d times in five seconds", asked)
	}
	b := w.join(videoB, rtxB, audioB, 120, wideB, Events{})
	w.shard.Pair(a.leg, b.leg)
	got := b.open()
	if len(got) == 0 || got[0].Payload[0] != 0x10 || got[0].Payload[1] != 0 {
		t.Fatalf("%d packets, not from a keyframe on", len(got))
	}
	if size := len(got) * 1000; size > replayLimit {
		t.Errorf("%d bytes at once", size)
	}
	w.clock += time.Second
	before := a.leg.Statistics().KeyframesAsked
	for range 50 {
		w.clock += 33 * time.Millisecond
		next = a.frame(next, 4, false)
		a.tick()
	}
	if s := a.leg.Statistics(); s.KeyframesAsked != before {
		t.Error("still asked while somebody watches")
	}
}

func TestWishForAKeyframeIsNotForgotten(t *testing.T) {
	a, b := newBench(t).pair()
	a.video(1, 0x10, 1)
	a.bench.clock += time.Minute
	before := a.leg.Statistics().KeyframesAsked
	pli := []byte{0x81, typePayloadFeedback, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}
	b.rtcp(pli)
	a.bench.clock += 100 * time.Millisecond
	b.rtcp(pli)
	a.tick()
	if asked := a.leg.Statistics().KeyframesAsked - before; asked != 1 {
		t.Errorf("asked %d times at once", asked)
	}
	a.bench.clock += askPace
	a.tick()
	a.tick()
	if asked := a.leg.Statistics().KeyframesAsked - before; asked != 2 {
		t.Errorf("asked %d times in the end", asked)
	}
}

func TestKeyframesAreCopiedWhenSampled(t *testing.T) {
	w := newBench(t)
	var frames [][]byte
	a := w.join(videoA, rtxA, audioA, 96, wideA, Events{Keyframe: func(frame []byte) bool {
		frames = append(frames, frame)
		return true
	}})
	send := func() {
		first := a.sealed(videoA, 96, 10, []byte{0x10, 0, 1})
		last, err := a.up.EncryptRTP(nil, []byte{0x80, marker | 96, 0, 11, 0, 0, 0x75, 0x30, 0, 0, 3, 0xe9, 0x00, 2, 3}, nil)
		if err != nil {
			t.Fatal(err)
		}
		a.leg.Receive(last) // before the first
		a.leg.Receive(first)
	}
	a.leg.Receive(a.sealed(videoA, 96, 9, []byte{0x10, 1}))
	a.leg.Sample(true)
	send()
	if len(frames) != 1 || !bytes.Equal(frames[0], []byte{0, 1, 2, 3}) {
		t.Errorf("frames %v", frames)
	}
}
