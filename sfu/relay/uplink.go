package relay

import (
	"time"

	"omezle/sfu/relay/cache"
	"omezle/sfu/relay/vp8"
	"omezle/sfu/relay/window"
)

const (
	// restartGap is left in the numbering when a publisher starts anew: more than a
	// late packet of the old source can bridge.
	restartGap = 2 * window.Size
	// sourceLimit is how often one stream of a leg may change its SSRC.
	sourceLimit = 16
)

// uplink is one stream that a leg publishes.
type uplink struct {
	codec   Codec
	sources int // SSRCs so far

	window window.Window
	cache  cache.Cache // video
	frames vp8.Tracker // video

	// What is added on the way, so that several sources look like one to the partner.
	addSequence  uint16
	addTimestamp uint32
	numbered     bool   // sequence and timestamp are set
	sequence     uint16 // highest accepted, in the partner's numbering
	timestamp    uint32 // of it
	anew         bool   // the next packet begins a numbering

	reports     reception
	bytes       uint64
	secondBytes uint64 // in the second that began at second
	second      time.Duration
	bps         int
}

// follow makes ssrc the source. The same numbering goes on for the partner: with one
// key and SSRC an index must never come twice.
func (u *uplink) follow(ssrc, timestamp uint32) {
	if ssrc != u.codec.SSRC || u.sources == 0 {
		u.sources++
	}
	u.codec.SSRC, u.anew = ssrc, false
	u.window.Reset()
	u.reports.restart()
	if u.numbered {
		u.addTimestamp = u.timestamp + u.codec.Clock/30 - timestamp
	}
}

// continueAfter is for a partner who was sent numbers by another leg: this stream goes
// on where that one ended.
func (u *uplink) continueAfter(sequence uint16, timestamp uint32) {
	u.numbered, u.sequence, u.timestamp, u.anew = true, sequence, timestamp, true
	u.cache.Clear()
	u.frames.Reset()
}

// accept is true for what was not forwarded before, and gives its number for the
// partner. It fixes the numbering at the first packet of a source.
func (u *uplink) accept(sequence uint16, now time.Duration) (number uint16, ok bool) {
	if !u.window.Started() && u.numbered {
		u.addSequence = u.sequence + restartGap - sequence
	}
	return sequence + u.addSequence, u.window.Accept(sequence, now)
}

// passed notes what was accepted, in the partner's numbering.
func (u *uplink) passed(sequence uint16, timestamp uint32) {
	if !u.numbered || int16(sequence-u.sequence) > 0 {
		u.numbered, u.sequence, u.timestamp = true, sequence, timestamp
	}
}

// count measures what arrives, and says whether it is within limit bits per second.
func (u *uplink) count(size int, limit uint64, now time.Duration) bool {
	if now-u.second >= time.Second {
		u.bps = int(float64(u.secondBytes*8) / (now - u.second).Seconds())
		u.second, u.secondBytes = now, 0
	}
	u.bytes += uint64(size)
	u.secondBytes += uint64(size)
	return u.secondBytes*8 <= limit
}

func (u *uplink) summary() StreamStatistics {
	c := u.window.Counts()
	s := StreamStatistics{Packets: uint64(c.Received), Bytes: u.bytes, Lost: c.Expected - c.Received, BPS: u.bps}
	if u.codec.Clock > 0 {
		s.Jitter = time.Duration(u.reports.jitter / float64(u.codec.Clock) * float64(time.Second))
	}
	return s
}
