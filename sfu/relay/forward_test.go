package relay

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"omezle/sfu/relay/cache"
)

func TestPacketsGetTheViewersNumbers(t *testing.T) {
	a, b := newBench(t).pair()
	a.video(7, 1, 2, 3)
	got := b.open()
	if len(got) != 1 {
		t.Fatalf("%d packets", len(got))
	}
	p := got[0]
	media, _ := b.leg.SSRC(Video)
	if p.SSRC != media || p.PayloadType != 120 || p.SequenceNumber != 7 || p.Timestamp != 21000 {
		t.Errorf("%+v", p.Header)
	}
	if wide := p.GetExtension(wideB); !bytes.Equal(wide, []byte{0, 0}) {
		t.Errorf("transport-wide number %v", wide)
	}
	if mid := p.GetExtension(wideB + 1); len(mid) > 0 {
		t.Errorf("MID %q was passed on", mid)
	}
	if !bytes.Equal(p.Payload, []byte{1, 2, 3}) {
		t.Errorf("payload %v", p.Payload)
	}
}

func TestResentPacketsFillGaps(t *testing.T) {
	a, b := newBench(t).pair()
	a.video(10, 10)
	a.video(12, 12)
	a.again(11, 11)
	a.video(11, 11) // late by itself
	var numbers []uint16
	for _, p := range b.open() {
		numbers = append(numbers, p.SequenceNumber)
		if len(p.Payload) != 1 || uint16(p.Payload[0]) != p.SequenceNumber {
			t.Errorf("%d carries %v", p.SequenceNumber, p.Payload)
		}
	}
	if len(numbers) != 3 || numbers[2] != 11 {
		t.Errorf("got %v", numbers)
	}
	if s := a.leg.Statistics(); s.Recovered != 1 || s.Duplicates != 1 {
		t.Errorf("%+v", s)
	}
}

func TestPublisherIsAskedForWhatIsMissing(t *testing.T) {
	a, _ := newBench(t).pair()
	a.video(10, 10)
	a.video(14, 14)
	a.bench.clock += 30 * time.Millisecond
	a.video(15, 15)
	_, feedback := a.take()
	var asked []uint16
	for _, sealed := range feedback {
		plain, err := a.down.DecryptRTCP(nil, sealed, nil)
		if err != nil {
			t.Fatal(err)
		}
		packets, err := rtcp.Unmarshal(plain)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range packets {
			if nack, ok := p.(*rtcp.TransportLayerNack); ok {
				if nack.MediaSSRC != videoA {
					t.Errorf("NACK for %d", nack.MediaSSRC)
				}
				for _, pair := range nack.Nacks {
					asked = append(asked, pair.PacketList()...)
				}
			}
		}
	}
	if len(asked) != 3 || asked[0] != 11 || asked[2] != 13 {
		t.Errorf("asked for %v", asked)
	}
}

// nack of the viewer's.
func nack(t *testing.T, ssrc uint32, numbers ...uint16) []byte {
	t.Helper()
	b, err := (&rtcp.TransportLayerNack{SenderSSRC: 1, MediaSSRC: ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(numbers)}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestViewerGetsWhatItMissedAsRTX(t *testing.T) {
	a, b := newBench(t).pair()
	for n := range uint16(5) {
		a.video(n, byte(n))
	}
	b.open()
	media, rtx := b.leg.SSRC(Video)
	b.rtcp(nack(t, media, 2, 3))
	got := b.open()
	if len(got) != 2 {
		t.Fatalf("%d packets", len(got))
	}
	for i, p := range got {
		if p.SSRC != rtx || p.PayloadType != 121 || binary.BigEndian.Uint16(p.Payload) != uint16(2+i) || p.Payload[2] != byte(2+i) {
			t.Errorf("%+v %v", p.Header, p.Payload)
		}
	}
}

func TestPacketIsResentFourTimesAtMost(t *testing.T) {
	a, b := newBench(t).pair()
	a.video(1, 1)
	b.open()
	media, _ := b.leg.SSRC(Video)
	for range 10 {
		b.rtcp(nack(t, media, 1))
		b.rtcp(nack(t, media, 1)) // at once
		b.bench.clock += 30 * time.Millisecond
	}
	if got := b.open(); len(got) != 4 {
		t.Errorf("resent %d times", len(got))
	}
}

func TestKeyframeIsAskedForWhatCannotBeResent(t *testing.T) {
	for name, newest := range map[string]uint16{"resent in vain": 1, "too old to be kept": 1 + cache.Slots} {
		t.Run(name, func(t *testing.T) {
			a, b := newBench(t).pair()
			for n := uint16(1); n <= newest; n++ {
				a.video(n, byte(n))
			}
			b.bench.clock += askPace // since the one that welcomed the viewer
			media, _ := b.leg.SSRC(Video)
			before := a.leg.statistics.KeyframesAsked
			for range 10 {
				b.rtcp(nack(t, media, 1))
				b.bench.clock += 30 * time.Millisecond
			}
			if got := a.leg.statistics.KeyframesAsked - before; got != 1 {
				t.Errorf("asked %d times", got)
			}
		})
	}
}

func TestPacketThatHasNotArrivedIsNoReasonForAKeyframe(t *testing.T) {
	a, b := newBench(t).pair()
	a.video(1, 1)
	a.video(3, 3)
	b.bench.clock += askPace
	media, _ := b.leg.SSRC(Video)
	before := a.leg.statistics.KeyframesAsked
	for range 10 {
		b.rtcp(nack(t, media, 2))
		b.bench.clock += 30 * time.Millisecond
	}
	if got := a.leg.statistics.KeyframesAsked - before; got != 0 {
		t.Errorf("asked %d times", got)
	}
}

func TestForgedPacketsSpoilNothing(t *testing.T) {
	a, b := newBench(t).pair()
	for n := range uint16(300) {
		a.video(n, byte(n))
	}
	forged := a.sealed(videoA, 96, 300, make([]byte, 900))
	forged[len(forged)-1] ^= 1
	for range 300 {
		a.leg.Receive(forged)
	}
	b.open()
	media, _ := b.leg.SSRC(Video)
	for n := uint16(100); n < 300; n += 10 {
		b.rtcp(nack(t, media, n))
	}
	got := b.open()
	if len(got) != 20 {
		t.Fatalf("%d of 20 resent", len(got))
	}
	for i, p := range got {
		if want := byte(100 + 10*i); p.Payload[2] != want {
			t.Errorf("resent %d instead of %d", p.Payload[2], want)
		}
	}
}

func TestHeldVideoIsNotForwarded(t *testing.T) {
	a, b := newBench(t).pair()
	a.video(1, 1)
	a.leg.Hold(Video, true)
	for n := range uint16(40000) {
		a.bench.clock += time.Millisecond
		a.video(2+n, 2)
	}
	a.leg.Hold(Video, false)
	a.video(40002, 3)
	got := b.open()
	if len(got) != 2 || got[1].Payload[0] != 3 {
		t.Fatalf("%d packets", len(got))
	}
	if got[1].SequenceNumber != 1+restartGap {
		t.Errorf("number %d: the viewer could take it for an old one", got[1].SequenceNumber)
	}
}
