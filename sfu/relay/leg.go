package relay

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"omezle/sfu/relay/bandwidth"
	"omezle/sfu/relay/cache"
	"omezle/sfu/relay/twcc"
	"omezle/sfu/relay/udp"
	"omezle/sfu/relay/window"
)

// Kind of a stream. A leg publishes one of each at the most.
type Kind uint8

// The kinds.
const (
	Video Kind = iota
	Audio
	kinds
)

// Codec is how a leg numbers one stream. Payload types hold for both directions;
// SSRC and RTX are the visitor's own, 0 when not announced.
type Codec struct {
	PayloadType    uint8
	RTXPayloadType uint8 // 0: no RTX
	Clock          uint32
	SSRC, RTX      uint32
}

// Events are callbacks of a leg, nil for none. They run under the shard's lock, so
// they must return at once and not call this package.
type Events struct {
	// Media is called for the first packet of each kind that was authentic.
	Media func(Kind)
	// Keyframe gets a copy of a whole VP8 keyframe that the visitor published, while
	// Sample is on. It is false when the consumer is busy.
	Keyframe func(frame []byte) bool
	// Bitrate is what the visitor may send at the most so that the partner's path
	// carries it, in bits per second, whenever that has changed much.
	Bitrate func(bps int)
}

// Config of a leg.
type Config struct {
	Codecs     [kinds]Codec // PayloadType 0: the leg has none of that kind
	Extensions ExtensionIDs
	Events     Events
	// MaxBPS is how much a stream may carry; packets over it are dropped.
	// 0 means 6 Mbit/s.
	MaxBPS uint64
	// TargetBPS is the most that the partner's encoder is told to send to this leg, in bits
	// per second; 0: bandwidth.DefaultCeiling.
	TargetBPS int
}

// Leg is one visitor's connection to their pair. All its fields are guarded by the
// shard's lock.
type Leg struct {
	shard  *Shard
	peer   *Leg
	config Config
	closed bool

	sources []udp.Key    // addresses that authenticated media came from
	to      *udp.Address // where ICE nominated; nil: through the outbox
	outbox  *Outbox

	in, out  *srtp.Context // nil before DTLS is done
	inHeader rtp.Header    // reused
	outHead  rtp.Header

	up          [kinds]uplink
	down        [kinds]downlink
	translation translation // to the peer's ids
	arrivals    twcc.Recorder
	departures  twcc.History
	estimate    bandwidth.Estimator
	own         uint32 // SSRC of our feedback

	heard      time.Duration // last authentic packet
	mediaSeen  [kinds]bool
	hold       [kinds]bool // not forwarded
	sample     bool
	asked      time.Duration // last PLI
	wanted     bool          // a keyframe, since the last PLI
	keyframe   int           // bytes of the last one
	repairs    repairs
	fedBack    time.Duration // last transport-cc feedback
	reported   time.Duration // last receiver report
	capped     time.Duration // last REMB
	cap        int
	rtcpSecond time.Duration
	rtcpCount  int
	statistics Statistics

	scratch [cache.SlotSize + 100]byte
	numbers [64]uint16
}

// downlink is how a leg is sent its partner's stream.
type downlink struct {
	ssrc, rtx   uint32
	rtxSequence uint16

	used      bool   // anything was sent
	sequence  uint16 // the highest
	timestamp uint32 // of it

	sentBytes uint64        // in the second that began at second
	second    time.Duration // of sentBytes
	bps       int
}

const defaultMaxBPS = 6_000_000

// Join makes a leg on the shard, without a partner, keys or a path.
func (s *Shard) Join(c Config) *Leg {
	if c.MaxBPS == 0 {
		c.MaxBPS = defaultMaxBPS
	}
	l := &Leg{shard: s, config: c, own: rand.Uint32() | 1, estimate: bandwidth.Estimator{Ceiling: c.TargetBPS}}
	for k := range kinds {
		codec := c.Codecs[k]
		if codec.PayloadType == 0 {
			continue
		}
		l.up[k].codec = codec
		l.down[k].ssrc = rand.Uint32() | 1
		l.up[k].window.Repair = k == Video // without RTX, the original comes again
		if codec.RTXPayloadType != 0 {
			l.down[k].rtx = rand.Uint32() | 1
			l.down[k].rtxSequence = uint16(rand.Uint32N(1 << 15))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.legs = append(s.legs, l)
	return l
}

// SSRC is what the partner's stream of a kind is sent to this leg as, and its RTX; 0
// where there is none. They never change.
func (l *Leg) SSRC(k Kind) (media, rtx uint32) { return l.down[k].ssrc, l.down[k].rtx }

// Pair makes a and b, of this shard, partners. Who was the partner of either is none
// any more. The later one is given the newest keyframe when it has its keys.
func (s *Shard) Pair(a, b *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.peer == b && b.peer == a {
		return
	}
	for _, l := range []*Leg{a, b} {
		if l.peer != nil {
			l.peer.peer = nil
		}
	}
	a.peer, b.peer = b, a
	a.meet(b)
	b.meet(a)
	a.translation = translate(a.config.Extensions, b.config.Extensions)
	b.translation = translate(b.config.Extensions, a.config.Extensions)
	a.welcome(s.now())
	s.socket.Flush()
}

// meet makes what the leg publishes continue what the viewer was sent before.
func (l *Leg) meet(viewer *Leg) {
	for k := range kinds {
		if d := &viewer.down[k]; d.used {
			l.up[k].continueAfter(d.sequence, d.timestamp)
		}
	}
}

// Secure gives the leg its keys, for life: in opens what the visitor sends, out seals
// what they get. The leg is their only owner from here on.
func (l *Leg) Secure(keys Keys) error {
	in, err := srtp.CreateContext(keys.RemoteKey, keys.RemoteSalt, keys.Profile,
		srtp.SRTPReplayProtection(window.Size), srtp.SRTCPReplayProtection(64))
	if err != nil {
		return fmt.Errorf("relay: keys: %w", err)
	}
	out, err := srtp.CreateContext(keys.LocalKey, keys.LocalSalt, keys.Profile)
	if err != nil {
		return fmt.Errorf("relay: keys: %w", err)
	}
	l.shard.mu.Lock()
	defer l.shard.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	if l.out != nil {
		return ErrSecured
	}
	l.in, l.out = in, out
	l.welcome(l.shard.now())
	l.shard.socket.Flush()
	return nil
}

// Keys of one leg, from DTLS (RFC 5764 4.2).
type Keys struct {
	Profile               srtp.ProtectionProfile
	LocalKey, LocalSalt   []byte // seal what we send
	RemoteKey, RemoteSalt []byte
}

// Route follows ICE: media to the leg goes to that address from now on. An address that
// another leg has proved to be its own is not taken from it.
func (l *Leg) Route(to netip.AddrPort) {
	l.shard.mu.Lock()
	defer l.shard.mu.Unlock()
	if l.closed {
		return
	}
	first := !l.ready()
	l.to = l.shard.socket.Address(to) // a fresh one: what is queued points to the old
	if _, taken := l.shard.bySource[l.to.Key()]; !taken {
		l.shard.own(l, l.to.Key())
	}
	l.reached(first)
}

// reached welcomes the leg on its first path.
func (l *Leg) reached(first bool) {
	if first {
		l.welcome(l.shard.now())
		l.shard.socket.Flush()
	}
}

// RouteThrough follows ICE to a path that is not the shard's port.
func (l *Leg) RouteThrough(o *Outbox) {
	l.shard.mu.Lock()
	defer l.shard.mu.Unlock()
	if !l.closed {
		first := !l.ready()
		l.to, l.outbox = nil, o
		l.reached(first)
	}
}

// Hold stops forwarding of a kind to the partner, or lets it go on, with a keyframe
// asked for.
func (l *Leg) Hold(k Kind, hold bool) {
	l.shard.mu.Lock()
	defer l.shard.mu.Unlock()
	if l.hold[k] == hold {
		return
	}
	l.hold[k] = hold
	if !hold {
		// Numbers went by meanwhile, perhaps more than half of them all: begin anew.
		l.up[k].anew = true
		l.up[k].frames.Reset()
		l.askKeyframe(l.shard.now())
		l.shard.socket.Flush()
	}
}

// Held says whether a kind is not forwarded now. Its keyframes are not copied then, either.
func (l *Leg) Held(k Kind) bool {
	l.shard.mu.Lock()
	defer l.shard.mu.Unlock()
	return l.hold[k]
}

// Sample turns copies of keyframes on or off.
func (l *Leg) Sample(on bool) {
	l.shard.mu.Lock()
	defer l.shard.mu.Unlock()
	l.sample = on
}

// AskKeyframe asks the visitor's encoder for a keyframe, unless that was just done.
func (l *Leg) AskKeyframe() {
	l.shard.mu.Lock()
	defer l.shard.mu.Unlock()
	l.askKeyframe(l.shard.now())
	l.shard.socket.Flush()
}

// Receive takes a packet of media that came through the leg's ICE connection. If it is
// authentic and came by the shard's port, its source goes the fast way from now on.
func (l *Leg) Receive(packet []byte) {
	if !isMedia(packet) {
		return
	}
	s := l.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	l.statistics.SlowIn++
	if l.ingest(packet, s.now()) == authentic {
		s.learn(l, tagOf(packet))
	}
	s.socket.Flush()
}

// Close takes the leg off the shard. Its partner stays, alone.
func (l *Leg) Close() {
	s := l.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	l.closed = true
	l.in, l.out, l.outbox, l.to = nil, nil, nil, nil
	if l.peer != nil {
		l.peer.peer = nil
		l.peer = nil
	}
	s.leave(l)
}
