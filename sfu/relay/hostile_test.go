package relay

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"omezle/sfu/relay/cache"
)

// sealRaw seals any plain packet that pion's parser takes.
func (e *end) sealRaw(plain []byte) ([]byte, bool) {
	sealed, err := e.up.EncryptRTP(nil, plain, nil)
	return sealed, err == nil
}

func TestMalformedPacketsAreHarmless(t *testing.T) {
	head := func(first byte, rest ...byte) []byte {
		return append([]byte{first, 96, 0, 9, 0, 0, 0, 0, 0, 0, 3, 0xe9}, rest...)
	}
	for name, plain := range map[string][]byte{
		"no payload":                               head(0x80),
		"padding longer than the packet":           head(0xa0, 1, 2, 255), // CVE-2025-49140
		"padding of nothing":                       head(0xa0, 1, 2, 0),
		"only padding":                             head(0xa0, 0, 0, 3),
		"padded without payload":                   head(0xa0),
		"extension block longer than the packet":   head(0x90, 0xbe, 0xde, 0, 200, 1, 2, 3, 4),
		"extension element longer than its block":  head(0x90, 0xbe, 0xde, 0, 1, 0x3f, 0, 0, 0),
		"extension with the id that ends a block":  head(0x90, 0xbe, 0xde, 0, 1, 0xf0, 0, 0, 0),
		"extension of two-byte form":               head(0x90, 0x10, 0, 0, 1, 3, 2, 0, 0),
		"extension of unknown form":                head(0x90, 0x12, 0x34, 0, 1, 1, 2, 3, 4),
		"VP8 descriptor that promises more":        head(0x80, 0x90),
		"VP8 descriptor with picture id cut short": head(0x80, 0x90, 0x80),
		"RTX without the original number":          {0x80, 97, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0xea},
		"RTX with half of the original number":     {0x80, 97, 0, 2, 0, 0, 0, 0, 0, 0, 3, 0xea, 1},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := newBench(t).pair()
			a.video(8, 0x10, 0)
			if sealed, ok := a.sealRaw(plain); ok {
				a.leg.Receive(sealed)
			}
			a.leg.Receive(plain) // not sealed at all
			a.video(10, 0x10, 1)
			if got := b.open(); len(got) < 2 || got[len(got)-1].SequenceNumber != 10 {
				t.Errorf("what came afterwards is lost: %d packets", len(got))
			}
		})
	}
}

func TestPacketsOfAnyLengthAreHarmless(t *testing.T) {
	a, b := newBench(t).pair()
	a.video(1, 1)
	for n := range 16 {
		short := make([]byte, n)
		if n > 0 {
			short[0] = 0x80
		}
		if n > 1 {
			short[1] = 96
		}
		a.leg.Receive(short)
	}
	long := a.sealed(videoA, 96, 2, make([]byte, 1500))
	if len(long) <= cache.SlotSize {
		t.Fatalf("%d bytes", len(long))
	}
	a.leg.Receive(long)
	most := a.sealed(videoA, 96, 3, make([]byte, cache.SlotSize-16-12-12))
	a.leg.Receive(most)
	got := b.open()
	if len(got) != 2 || got[1].SequenceNumber != 3 {
		t.Errorf("%d packets", len(got))
	}
}

func TestReplayedPacketsGoNowhere(t *testing.T) {
	a, b := newBench(t).pair()
	var all [][]byte
	for n := range uint16(50) {
		all = append(all, a.sealed(videoA, 96, n, []byte{byte(n)}))
	}
	report, err := a.up.EncryptRTCP(nil, []byte{0x81, typePayloadFeedback, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, p := range all {
			a.leg.Receive(p)
		}
		a.leg.Receive(report)
	}
	if got := len(b.open()); got != 50 {
		t.Errorf("%d packets of 50", got)
	}
	if s := a.leg.Statistics(); s.RTCP != 1 || s.Rejected != 102 {
		t.Errorf("%+v", s)
	}
}

func TestFloodOfFeedbackIsCutOff(t *testing.T) {
	a, b := newBench(t).pair()
	a.video(1, 1)
	a.take()
	pli, err := (&rtcp.PictureLossIndication{SenderSSRC: 1, MediaSSRC: 2}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	a.bench.clock += time.Minute
	before := a.leg.Statistics().KeyframesAsked
	for range 2000 {
		b.rtcp(pli)
	}
	if s := b.leg.Statistics(); s.RTCP > rtcpPerSecond || s.Rejected < 1000 {
		t.Errorf("read %d, rejected %d", s.RTCP, s.Rejected)
	}
	if asked := a.leg.Statistics().KeyframesAsked - before; asked != 1 {
		t.Errorf("asked the encoder %d times in no time", asked)
	}
}

func TestStreamOverItsLimitIsPoliced(t *testing.T) {
	a, b := newBench(t).pair()
	a.leg.config.MaxBPS = 500_000
	for n := range uint16(1000) {
		a.video(n, make([]byte, 1000)...)
	}
	if got := len(b.open()); got < 50 || got > 65 {
		t.Errorf("%d packets in no time", got)
	}
}

func TestSourceCannotChangeForEver(t *testing.T) {
	a, b := newBench(t).pair()
	for n := range uint32(100) {
		a.leg.Receive(a.sealed(9000+n, 96, 1, []byte{1}))
	}
	if got := len(b.open()); got > sourceLimit {
		t.Errorf("%d sources were taken", got)
	}
}

func FuzzPackets(f *testing.F) {
	f.Add([]byte{0x80, 96, 0, 9, 0, 0, 0, 0, 0, 0, 3, 0xe9, 0x10, 0})
	f.Add([]byte{0xb0, 97, 0, 9, 0, 0, 0, 0, 0, 0, 3, 0xea, 0xbe, 0xde, 0, 1, 0x31, 0, 1, 0, 0, 8, 1, 1})
	f.Fuzz(func(t *testing.T, plain []byte) {
		if len(plain) > 1400 || len(plain) < rtpHeaderSize || !isMedia(plain) {
			return
		}
		a, b := newBench(t).pair()
		a.video(8, 1)
		if isRTCP(plain) {
			return
		}
		if sealed, ok := a.sealRaw(plain); ok {
			a.leg.Receive(sealed)
		}
		b.open()
	})
}

func FuzzFeedback(f *testing.F) {
	for _, p := range []rtcp.Packet{
		&rtcp.SenderReport{SSRC: videoA, Reports: []rtcp.ReceptionReport{{SSRC: 1}}},
		&rtcp.TransportLayerNack{MediaSSRC: 1, Nacks: []rtcp.NackPair{{PacketID: 3, LostPackets: 0xffff}}},
		&rtcp.PictureLossIndication{MediaSSRC: 1},
		&rtcp.TransportLayerCC{MediaSSRC: 1, PacketStatusCount: 2, PacketChunks: []rtcp.PacketStatusChunk{
			&rtcp.RunLengthChunk{PacketStatusSymbol: rtcp.TypeTCCPacketReceivedSmallDelta, RunLength: 2}},
			RecvDeltas: []*rtcp.RecvDelta{{Type: 1, Delta: 250}, {Type: 1, Delta: 250}}},
	} {
		b, err := p.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, compound []byte) {
		if len(compound) < 8 || len(compound) > 1400 {
			return
		}
		a, b := newBench(t).pair()
		a.video(1, 1)
		a.video(2, 2)
		if sealed, err := b.up.EncryptRTCP(nil, compound, nil); err == nil {
			b.leg.Receive(sealed)
		}
		b.leg.Receive(compound)
		b.open()
		a.leg.tick(a.bench.clock)
		b.leg.tick(a.bench.clock)
	})
}
