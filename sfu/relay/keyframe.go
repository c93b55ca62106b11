package relay

import (
	"time"

	"omezle/sfu/relay/cache"
	"omezle/sfu/relay/vp8"
)

const (
	// askPace is how far apart keyframes are asked for: each costs the sender's
	// picture some sharpness.
	askPace = 500 * time.Millisecond
	// askSlowest is how far apart at the most, on a path that is too narrow or too full
	// for them: another one would only keep the last from arriving.
	askSlowest = 2 * time.Second
	// askAnswer is how long an encoder takes, and the path without a queue.
	askAnswer = 300 * time.Millisecond

	// replayLimit is how much of a stream since its newest keyframe a viewer who comes
	// later is given, in bytes. A longer way back is no gain over a new keyframe.
	replayLimit = 64 << 10

	// frameLimit is the largest keyframe that is put together.
	frameLimit = 1 << 20
)

// ready says whether the leg can be sent media.
func (l *Leg) ready() bool { return l.out != nil && (l.to != nil || l.outbox != nil) }

// welcome gives either side what its partner has published since its newest keyframe,
// once both can be given it. Where that cannot be, a new keyframe is asked for.
func (l *Leg) welcome(now time.Duration) {
	if l.peer == nil {
		return
	}
	for _, viewer := range []*Leg{l, l.peer} {
		if viewer.ready() && viewer.peer.in != nil && !viewer.replay(now) {
			viewer.peer.askKeyframe(now)
		}
	}
}

// replay sends the partner's backlog to the leg. It is false if there is none, or if
// the leg was sent something before.
func (l *Leg) replay(now time.Duration) bool {
	u := &l.peer.up[Video]
	first, ok := u.backlog()
	if !ok || l.down[Video].used || l.down[Video].ssrc == 0 {
		return false
	}
	for n := first; n != u.sequence+1; n++ {
		packet := u.cache.Packet(n)
		if packet == nil {
			continue // lost on the way here; its resend will follow
		}
		again := append(l.scratch[:0], packet...)
		if _, block := extensionBlock(again); block != nil {
			clear(block) // has another partner's ids
		}
		if l.send(Video, again, 0, now) {
			l.statistics.Replayed++
		}
	}
	return true
}

// backlog is where the newest keyframe begins, if it is whole, and it and all that
// followed is short and at hand.
func (u *uplink) backlog() (first uint16, ok bool) {
	first, ok = u.frames.Keyframe()
	if !ok || u.anew || u.sequence-first >= cache.Slots {
		return 0, false
	}
	size := 0
	for n := first; n != u.sequence+1; n++ {
		packet := u.cache.Packet(n)
		size += len(packet)
		if n == first && packet == nil || size > replayLimit {
			return 0, false
		}
	}
	return first, true
}

// standby keeps a backlog ready while nobody watches: keyframes cost nobody's picture
// then, and who comes sees one at once.
func (l *Leg) standby(now time.Duration) {
	if l.peer != nil && l.peer.ready() || now-l.asked < askPace || !l.up[Video].window.Started() || l.hold[Video] {
		return
	}
	if _, ok := l.up[Video].backlog(); !ok {
		l.askKeyframe(now)
	}
}

// askKeyframe sends the leg's encoder a PLI (RFC 4585 6.3.1), or lets tick do so if one
// was sent just now and brings nothing.
func (l *Leg) askKeyframe(now time.Duration) {
	if l.out == nil || l.up[Video].codec.SSRC == 0 {
		return
	}
	if l.asked != 0 && now-l.asked < l.pace() {
		l.wanted = true
		return
	}
	l.asked, l.wanted = now, false
	l.statistics.KeyframesAsked++
	b := append(l.scratch[:0], 0x80|1, typePayloadFeedback, 0, 2)
	b = be.AppendUint32(b, l.own)
	b = be.AppendUint32(b, l.up[Video].codec.SSRC)
	l.sendRTCP(b)
}

// pace is how far apart keyframes are asked for now: the viewer's path must have time
// to carry one, beside as much else.
func (l *Leg) pace() time.Duration {
	if l.peer == nil {
		return askPace
	}
	if l.peer.full() {
		return askSlowest
	}
	carrying := 2 * time.Duration(l.keyframe*8) * time.Second / time.Duration(l.peer.estimate.BPS())
	return max(askPace, min(askAnswer+carrying, askSlowest))
}

// watch follows the stream's keyframes. packet was just kept.
func (l *Leg) watch(u *uplink, packet, payload []byte) {
	first, last, ok := u.frames.Add(sequenceOf(packet), timestampOf(packet), packet[1]&marker != 0, payload)
	if !ok || int16(last-first) < 0 {
		return
	}
	size := 0
	for n := first; n != last+1; n++ {
		part := u.cache.Packet(n)
		if part == nil {
			return
		}
		size += len(part)
	}
	u.frames.Done()
	l.wanted, l.keyframe = false, size
	l.statistics.KeyframesSeen++
	if l.sample && l.config.Events.Keyframe != nil && size <= frameLimit {
		if frame := assemble(u, first, last, size); frame != nil && !l.config.Events.Keyframe(frame) {
			l.statistics.KeyframesShed++
		}
	}
}

// assemble copies a keyframe out of the cache, which has all of it.
func assemble(u *uplink, first, last uint16, size int) []byte {
	frame := make([]byte, 0, size)
	for n := first; n != last+1; n++ {
		packet := u.cache.Packet(n)
		header, end, ok := split(packet)
		if !ok {
			return nil
		}
		part, _, ok := vp8.Payload(packet[header:end])
		if !ok {
			continue // padding alone
		}
		frame = append(frame, part...)
	}
	return frame
}
