package relay

import (
	"time"

	"omezle/sfu/relay/vp8"
)

const (
	// askPace is how far apart keyframes are asked for: each costs the sender's
	// picture some sharpness.
	askPace = 500 * time.Millisecond

	// replayLimit is how much of a stream since its newest keyframe a viewer who comes
	// later is given, in bytes. A longer way back is no gain over a new keyframe.
	replayLimit = 64 << 10

	// frameLimit is the largest keyframe that is put together.
	frameLimit = 1 << 20
)

// welcome gives the leg what its partner has published since its newest keyframe, and
// asks the partner for a new one, once both are ready.
func (l *Leg) welcome(now time.Duration) {
	if l.out == nil || l.peer == nil || l.peer.in == nil {
		return
	}
	l.replay(now)
	l.peer.askKeyframe(now)
	l.askKeyframe(now)
}

// replay sends the partner's newest keyframe and what followed, if all that is short
// and at hand.
func (l *Leg) replay(now time.Duration) {
	u := &l.peer.up[Video]
	first, ok := u.frames.Keyframe()
	if !ok || l.down[Video].used || l.down[Video].ssrc == 0 || u.sequence-first >= 1<<15 {
		return
	}
	size := 0
	for n := first; n != u.sequence+1; n++ {
		packet := u.cache.Packet(n)
		size += len(packet)
		if n == first && packet == nil || size > replayLimit {
			return
		}
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
}

// askKeyframe sends the leg's encoder a PLI (RFC 4585 6.3.1).
func (l *Leg) askKeyframe(now time.Duration) {
	if l.out == nil || l.up[Video].codec.SSRC == 0 || l.asked != 0 && now-l.asked < askPace {
		return
	}
	l.asked = now
	l.statistics.KeyframesAsked++
	b := append(l.scratch[:0], 0x80|1, typePayloadFeedback, 0, 2)
	b = be.AppendUint32(b, l.own)
	b = be.AppendUint32(b, l.up[Video].codec.SSRC)
	l.sendRTCP(b)
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
