package relay

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"omezle/sfu/relay/udp"
	"omezle/sfu/relay/window"
)

// Ids and numbers of the two legs in these tests. The sides differ in all of them.
const (
	videoA, rtxA, audioA = 1001, 1002, 1003
	videoB, rtxB, audioB = 2001, 2002, 2003
	wideA, wideB         = 3, 5
)

func codecs(video, rtx, audio uint32, pt uint8) [kinds]Codec {
	return [kinds]Codec{
		Video: {PayloadType: pt, RTXPayloadType: pt + 1, Clock: 90000, SSRC: video, RTX: rtx},
		Audio: {PayloadType: pt + 2, Clock: 48000, SSRC: audio},
	}
}

func key(n byte) (k, salt []byte) {
	k, salt = make([]byte, 16), make([]byte, 12)
	k[0] = n
	return k, salt
}

func srtpContext(tb testing.TB, n byte) *srtp.Context {
	tb.Helper()
	k, salt := key(n)
	c, err := srtp.CreateContext(k, salt, srtp.ProtectionProfileAeadAes128Gcm,
		srtp.SRTPReplayProtection(window.Size), srtp.SRTCPReplayProtection(window.Size))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func keys(remote, local byte) Keys {
	k := Keys{Profile: srtp.ProtectionProfileAeadAes128Gcm}
	k.RemoteKey, k.RemoteSalt = key(remote)
	k.LocalKey, k.LocalSalt = key(local)
	return k
}

// bench is a shard without a reader, whose clock the test moves, and whose legs write
// into lists.
type bench struct {
	tb    testing.TB
	shard *Shard
	clock time.Duration
	next  byte // key
}

func newBench(tb testing.TB) *bench {
	tb.Helper()
	socket, err := udp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		tb.Fatal(err)
	}
	w := &bench{tb: tb, shard: NewShard(socket, 0), clock: time.Second}
	w.shard.now = func() time.Duration { return w.clock }
	tb.Cleanup(w.shard.release)
	return w
}

// end is the visitor's end of a leg.
type end struct {
	bench *bench
	leg   *Leg
	up    *srtp.Context // seals what the visitor sends
	down  *srtp.Context // opens what the visitor gets, and finds an index used twice
	wide  uint16
	id    uint8
	rtx   uint16
}

func (w *bench) join(video, rtx, audio uint32, pt, wide uint8, events Events) *end {
	w.tb.Helper()
	e := &end{bench: w, id: wide}
	c := Config{Codecs: codecs(video, rtx, audio, pt), Events: events}
	c.Extensions[TransportWide], c.Extensions[MID] = wide, wide+1
	e.leg = w.shard.Join(c)
	w.next += 2
	e.up, e.down = srtpContext(w.tb, w.next), srtpContext(w.tb, w.next+1)
	if err := e.leg.Secure(keys(w.next, w.next+1)); err != nil {
		w.tb.Fatal(err)
	}
	e.leg.RouteThrough(newCollector())
	return e
}

func (w *bench) pair() (a, b *end) {
	a = w.join(videoA, rtxA, audioA, 96, wideA, Events{})
	b = w.join(videoB, rtxB, audioB, 120, wideB, Events{})
	w.shard.Pair(a.leg, b.leg)
	a.take()
	b.take()
	return a, b
}

// newCollector is an outbox that nobody empties but the test.
func newCollector() *Outbox {
	o := NewOutbox(nil)
	o.video = make(chan parcel, 1<<16)
	o.others = make(chan parcel, 1<<16)
	return o
}

// take returns what was sent to the visitor since the last call, sealed.
func (e *end) take() (media, feedback [][]byte) {
	for {
		var p parcel
		select {
		case p = <-e.leg.outbox.video:
		case p = <-e.leg.outbox.others:
		default:
			return media, feedback
		}
		if isRTCP(p.packet) {
			feedback = append(feedback, p.packet)
		} else {
			media = append(media, p.packet)
		}
	}
}

// open returns what was sent to the visitor, in the clear.
func (e *end) open() []*rtp.Packet {
	e.bench.tb.Helper()
	media, _ := e.take()
	var list []*rtp.Packet
	for _, sealed := range media {
		plain, err := e.down.DecryptRTP(nil, sealed, nil)
		if err != nil {
			e.bench.tb.Fatalf("packet %d of %d: %v", len(list), len(media), err)
		}
		p := &rtp.Packet{}
		if err := p.Unmarshal(plain); err != nil {
			e.bench.tb.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// sealed is a packet of the visitor's, with a transport-wide number and a MID.
func (e *end) sealed(ssrc uint32, pt uint8, sequence uint16, payload []byte) []byte {
	e.bench.tb.Helper()
	h := rtp.Header{Version: 2, PayloadType: pt, SSRC: ssrc, SequenceNumber: sequence, Timestamp: uint32(sequence) * 3000}
	if err := h.SetExtension(e.id, binary.BigEndian.AppendUint16(nil, e.wide)); err != nil {
		e.bench.tb.Fatal(err)
	}
	e.wide++
	if err := h.SetExtension(e.id+1, []byte("0")); err != nil {
		e.bench.tb.Fatal(err)
	}
	plain, err := h.Marshal()
	if err != nil {
		e.bench.tb.Fatal(err)
	}
	sealed, err := e.up.EncryptRTP(nil, append(plain, payload...), nil)
	if err != nil {
		e.bench.tb.Fatal(err)
	}
	return sealed
}

// video sends one packet of side A's video.
func (e *end) video(sequence uint16, payload ...byte) {
	e.leg.Receive(e.sealed(videoA, 96, sequence, payload))
}

// again sends a packet of video as RTX.
func (e *end) again(sequence uint16, payload ...byte) {
	e.leg.Receive(e.sealed(rtxA, 97, e.rtx, append(binary.BigEndian.AppendUint16(nil, sequence), payload...)))
	e.rtx++
}

func (e *end) rtcp(b []byte) {
	e.bench.tb.Helper()
	sealed, err := e.up.EncryptRTCP(nil, b, nil)
	if err != nil {
		e.bench.tb.Fatal(err)
	}
	e.leg.Receive(sealed)
}
