package relay

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// story is what a publisher and the network do to one stream, made from bytes: it is
// how the fuzzer looks for an SRTP index that is used twice.
type story struct {
	bench    *bench
	a, b     *end
	ssrc     uint32
	sequence uint16
	late     [][]byte
	opened   int
	replayed uint64 // to viewers who came later
}

const actions = 13

func newStory(tb testing.TB, sequence uint16) *story {
	w := newBench(tb)
	s := &story{bench: w, ssrc: videoA, sequence: sequence}
	s.a, s.b = w.pair()
	return s
}

func (s *story) step(action, amount byte) {
	w := s.bench
	w.clock += time.Duration(amount%7+1) * time.Millisecond
	packet := func(n uint16) []byte { return s.a.sealed(s.ssrc, 96, n, []byte{byte(n), byte(n >> 8), amount}) }
	again := func(n uint16) {
		s.a.leg.Receive(s.a.sealed(s.a.leg.up[Video].codec.RTX, 97, s.a.rtx, []byte{byte(n >> 8), byte(n), amount, action}))
		s.a.rtx++
	}
	switch action % actions {
	case 0, 1, 2: // in order
		s.a.leg.Receive(packet(s.sequence))
		s.sequence++
	case 3: // lost, perhaps only late
		s.late = append(s.late, packet(s.sequence))
		s.sequence++
	case 4: // late ones come
		for i, p := range s.late {
			if i%2 == int(amount%2) {
				s.a.leg.Receive(p)
			}
		}
	case 5: // as RTX, with other bytes
		again(s.sequence - uint16(amount) - 1)
	case 6: // replayed
		p := packet(s.sequence)
		s.sequence++
		s.a.leg.Receive(p)
		s.a.leg.Receive(p)
	case 7: // a jump
		s.sequence += uint16(amount) * 37
	case 8: // the source starts anew, anywhere
		s.ssrc++
		s.sequence, s.late = uint16(amount)<<8, nil
	case 9: // the viewer asks
		media, _ := s.b.leg.SSRC(Video)
		number := s.a.leg.up[Video].sequence - uint16(amount)
		s.b.rtcp([]byte{0x81, typeTransportFeedback, 0, 3, 0, 0, 0, 1, byte(media >> 24), byte(media >> 16), byte(media >> 8), byte(media), byte(number >> 8), byte(number), 0xff, amount})
	case 10: // held for a while
		s.a.leg.Hold(Video, true)
		for range int(amount) {
			s.a.leg.Receive(packet(s.sequence))
			s.sequence++
		}
		s.a.leg.Hold(Video, false)
	case 11: // one of the two comes with a new leg
		if amount%2 == 0 {
			s.a.leg.Close()
			s.a = s.bench.join(videoA, rtxA, audioA, 96, wideA, Events{})
			s.ssrc, s.sequence, s.late = videoA, uint16(amount)<<8, nil
		} else {
			s.b.leg.Close()
			s.b = s.bench.join(videoB, rtxB, audioB, 120, wideB, Events{})
		}
		s.bench.shard.Pair(s.a.leg, s.b.leg)
		if amount%2 == 1 {
			s.replayed += s.b.leg.Statistics().Replayed
		}
	case 12: // a whole keyframe, which a viewer who comes later is given
		s.a.leg.Receive(s.keyframe())
		s.sequence++
	}
	s.check()
}

// keyframe is one in one packet.
func (s *story) keyframe() []byte {
	plain := []byte{0x80, marker | 96}
	plain = be.AppendUint16(plain, s.sequence)
	plain = be.AppendUint32(plain, uint32(s.sequence)*3000)
	plain = be.AppendUint32(plain, s.ssrc)
	sealed, err := s.a.up.EncryptRTP(nil, append(plain, 0x10, 0, 1), nil)
	if err != nil {
		s.bench.tb.Fatal(err)
	}
	return sealed
}

// check opens what came with a receiver that refuses an index twice.
func (s *story) check() {
	media, _ := s.b.take()
	for _, sealed := range media {
		var h rtp.Header
		if _, err := s.b.down.DecryptRTP(nil, sealed, &h); err != nil {
			s.bench.tb.Fatalf("after %d packets, number %d of %d: %v", s.opened, h.SequenceNumber, h.SSRC, err)
		}
		s.opened++
	}
}

func TestNoIndexIsUsedTwice(t *testing.T) {
	replayed := uint64(0)
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s := newStory(t, uint16(rng.Uint32()))
		for range 3000 {
			action := byte(rng.IntN(actions))
			if action >= 7 && rng.IntN(10) != 0 {
				action = 0
			}
			s.step(action, byte(rng.IntN(256)))
		}
		if s.opened < 1500 {
			t.Errorf("seed %d: only %d packets arrived", seed, s.opened)
		}
		replayed += s.replayed
	}
	if replayed == 0 {
		t.Error("nothing was ever replayed")
	}
}

func FuzzNoIndexIsUsedTwice(f *testing.F) {
	f.Add(uint16(65530), []byte("0000111122223333444455556666777788889999::::;;;;"))
	f.Add(uint16(0), []byte{0, 1, 8, 255, 0, 1, 5, 3, 11, 0, 0, 1, 5, 9, 10, 200, 0, 0, 4, 4})
	f.Fuzz(func(t *testing.T, sequence uint16, script []byte) {
		s := newStory(t, sequence)
		for i := 0; i+1 < len(script) && i < 2000; i += 2 {
			s.step(script[i], script[i+1])
		}
	})
}
