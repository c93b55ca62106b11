package relay

import (
	"math/bits"
	"time"
)

const (
	feedbackEvery = 100 * time.Millisecond // transport-cc
	reportEvery   = time.Second            // receiver reports

	capEvery  = time.Second            // REMB, while it changes little
	capSooner = 200 * time.Millisecond // when it falls
	capNews   = 0.05                   // a change worth telling

	videoLeast = 50_000 // less makes no picture, bits per second

	// What is kept for sound in what the sender is told: what it needs and a part more, for
	// headers, and that at least, bits per second.
	audioReserve = 48_000
	audioPart    = 1.25
)

// tick does what is due on a leg: shortly after every batch of packets, at least each
// tickEvery.
func (l *Leg) tick(now time.Duration) {
	if l.out == nil {
		return
	}
	if u := &l.up[Video]; u.window.Missing() {
		l.sendNACKs(u, now)
	}
	if l.wanted && now-l.asked >= l.pace() {
		l.askKeyframe(now)
	}
	l.standby(now)
	b := l.scratch[:0]
	if now-l.reported >= reportEvery {
		l.reported = now
		b = l.appendReport(b, now)
	}
	if l.arrivals.Pending() && now-l.fedBack >= feedbackEvery {
		l.fedBack = now
		b = l.arrivals.AppendFeedback(b, l.own, l.up[Video].codec.SSRC)
		l.statistics.Feedback++
	}
	b = l.appendCap(b, now)
	if len(b) > 0 {
		l.sendRTCP(b)
	}
}

// sendNACKs asks the publisher for what is late (RFC 4585 6.2.1).
func (l *Leg) sendNACKs(u *uplink, now time.Duration) {
	numbers := u.window.NACK(l.numbers[:0], now)
	if len(numbers) == 0 {
		return
	}
	l.statistics.NACKsSent += uint64(len(numbers))
	var packet [feedbackHeader + 4*len(l.numbers)]byte
	b := append(packet[:0], 0x80|formatNACK, typeTransportFeedback, 0, 0)
	b = be.AppendUint32(b, l.own)
	b = be.AppendUint32(b, u.codec.SSRC)
	for i := 0; i < len(numbers); {
		number, mask := numbers[i], uint16(0)
		for i++; i < len(numbers); i++ {
			after := numbers[i] - number
			if after == 0 || after > 16 {
				break
			}
			mask |= 1 << (after - 1)
		}
		b = be.AppendUint16(b, number)
		b = be.AppendUint16(b, mask)
	}
	be.PutUint16(b[2:], uint16(len(b)/4-1))
	l.sendRTCP(b)
}

// appendReport appends a receiver report on what the leg publishes.
func (l *Leg) appendReport(b []byte, now time.Duration) []byte {
	start := len(b)
	b = append(b, 0x80, typeReceiverReport, 0, 0)
	b = be.AppendUint32(b, l.own)
	for k := range kinds {
		if u := &l.up[k]; u.window.Started() {
			b = u.reports.appendBlock(b, u.codec.SSRC, u.window.Counts(), now)
			b[start]++
		}
	}
	be.PutUint16(b[start+2:], uint16((len(b)-start)/4-1))
	return b
}

// appendCap appends a REMB when what the viewer's path carries has changed, and tells
// the leg's owner. Sound goes first: its share is kept out of what video may use.
func (l *Leg) appendCap(b []byte, now time.Duration) []byte {
	if l.peer == nil || l.up[Video].codec.SSRC == 0 || !l.up[Video].window.Started() {
		return b
	}
	bps := l.peer.estimate.BPS()
	change := float64(bps-l.cap) / float64(max(l.cap, 1))
	falls := change < -capNews && now-l.capped >= capSooner
	moves := (change > capNews || change < -capNews) && now-l.capped >= capEvery
	if !falls && !moves {
		return b
	}
	l.cap, l.capped = bps, now
	if l.config.Events.Bitrate != nil {
		reserve := max(audioReserve, int(audioPart*float64(l.up[Audio].bps)))
		l.config.Events.Bitrate(max(bps-reserve, videoLeast))
	}
	return appendREMB(b, l.own, l.up[Video].codec.SSRC, bps)
}

// appendREMB appends a receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03).
func appendREMB(b []byte, sender, media uint32, bps int) []byte {
	const mantissaBits = 18
	exponent := max(bits.Len(uint(bps))-mantissaBits, 0)
	mantissa := uint32(bps >> exponent)
	b = append(b, 0x80|15, typePayloadFeedback, 0, 5)
	b = be.AppendUint32(b, sender)
	b = be.AppendUint32(b, 0)
	b = append(b, "REMB"...)
	b = append(b, 1, byte(exponent<<2)|byte(mantissa>>16), byte(mantissa>>8), byte(mantissa))
	return be.AppendUint32(b, media)
}
