package relay

import (
	"time"

	"omezle/sfu/relay/bandwidth"
)

const (
	// repairShare of what a path carries is for what is sent again: a queue that overflows
	// loses more than the path could ever bring a second time.
	repairShare = 0.3
	// repairFull is the share while the path is full.
	repairFull = 0.1
	// repairBurst is how much of it may be saved up, in time.
	repairBurst = 500 * time.Millisecond
	// repairBase is saved up at least, in bytes.
	repairBase = 4 << 10

	// fullQueue is how long a queue may be for a new picture to pass: it sinks by then.
	fullQueue = 100 * time.Millisecond

	// beyondRepair is the share of a full path's packets that is too much to be resent.
	beyondRepair = 0.1
	// forgotten is when nothing of what was given up is in any cache.
	forgotten = 5 * time.Second
)

// repairs is how much may be resent to a viewer now.
type repairs struct {
	saved float64 // bytes
	since time.Duration

	// A congestion that cost too much to be mended packet by packet: what is older than
	// that number is given up until then, and a new picture is asked for when it is over.
	lost  bool
	up    uint16
	until time.Duration
}

// may is called for each number that the viewer asks for.
func (r *repairs) may(sequence uint16, path *bandwidth.Estimator, now time.Duration) bool {
	if now < r.until && int16(r.up-sequence) >= 0 {
		return false
	}
	share := repairShare
	if path.Draining() {
		share = repairFull
	}
	bytes := float64(path.BPS()) / 8 * share
	r.saved = min(r.saved+bytes*(now-r.since).Seconds(), max(repairBase, bytes*repairBurst.Seconds()))
	r.since = now
	return r.saved > 0
}

func (r *repairs) spent(size int) { r.saved -= float64(size) }

// full says whether what is sent to the leg now would wait for long, or be lost.
func (l *Leg) full() bool { return l.estimate.Draining() && l.estimate.Queue() > fullQueue }

// relieve does what a path that is full, or was just now, makes necessary. It runs after
// each feedback of the viewer.
func (l *Leg) relieve(now time.Duration) {
	r, d := &l.repairs, &l.down[Video]
	switch {
	case !d.used:
	case l.full():
		if l.estimate.Loss() > beyondRepair {
			r.lost, r.up, r.until = true, d.sequence, now+forgotten
		}
	case r.lost:
		r.lost, r.up, r.until = false, d.sequence, now+forgotten
		if l.peer != nil {
			l.peer.askKeyframe(now)
		}
	}
}

// resend answers one number of a NACK of this leg, from the partner's cache, as RTX.
// Not as it was: what is sealed again must be the very same bytes, and the
// transport-wide number is not.
func (l *Leg) resend(sequence uint16, now time.Duration) {
	d := &l.down[Video]
	if l.peer == nil || l.out == nil || d.rtx == 0 {
		return
	}
	u := &l.peer.up[Video]
	if !l.repairs.may(sequence, &l.estimate, now) {
		return
	}
	packet := u.cache.Resend(sequence, now)
	if packet == nil {
		// What cannot be mended stops the viewer's picture, and browsers ask for a new one
		// only after three seconds.
		if u.cache.Spent(sequence, u.sequence, now) {
			l.peer.askKeyframe(now)
		}
		return
	}
	header, _, ok := split(packet)
	if !ok {
		return
	}
	rtx := l.scratch[:len(packet)+2]
	copy(rtx, packet[:header])
	be.PutUint16(rtx[header:], sequence)
	copy(rtx[header+2:], packet[header:])
	rtx[1] = rtx[1]&marker | l.config.Codecs[Video].RTXPayloadType
	be.PutUint16(rtx[2:], d.rtxSequence)
	d.rtxSequence++
	be.PutUint32(rtx[8:], d.rtx)
	if l.seal(d, Video, rtx, find(rtx, l.config.Extensions[TransportWide]), now) {
		l.statistics.Resent++
		l.repairs.spent(len(rtx))
	}
}
