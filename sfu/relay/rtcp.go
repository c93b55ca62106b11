package relay

import (
	"time"

	"omezle/sfu/relay/twcc"
)

// RTCP packet types and the formats of feedback (RFC 3550 12.1, 4585 6.1, 5104 4.3).
const (
	typeSenderReport      = 200
	typeReceiverReport    = 201
	typeTransportFeedback = 205
	typePayloadFeedback   = 206

	formatNACK          = 1  // transport
	formatTransportWide = 15 // transport
	formatPLI           = 1  // payload
	formatFIR           = 4  // payload

	reportBlockSize = 24
	senderInfoSize  = 20
	feedbackHeader  = 12
	rtcpPerSecond   = 200 // more than that of one leg is dropped unread
)

// ingestRTCP takes one SRTCP packet of this leg.
func (l *Leg) ingestRTCP(packet []byte, now time.Duration) verdict {
	if now-l.rtcpSecond >= time.Second {
		l.rtcpSecond, l.rtcpCount = now, 0
	}
	if l.rtcpCount++; l.rtcpCount > rtcpPerSecond {
		l.statistics.Rejected++
		return refused
	}
	compound, err := l.in.DecryptRTCP(l.scratch[:0], packet, nil)
	if err != nil {
		l.statistics.Rejected++
		return foreign
	}
	l.statistics.RTCP++
	l.heard = now
	numbers := l.numbers[:0]
	keyframe := false
	for len(compound) >= rtcpHeaderSize {
		size := 4 + 4*int(be.Uint16(compound[2:]))
		if size > len(compound) || size < rtcpHeaderSize {
			break
		}
		one := compound[:size]
		compound = compound[size:]
		switch format := one[0] & 31; one[1] {
		case typeSenderReport:
			l.senderReport(one, int(format), now)
		case typeReceiverReport:
			l.reportBlocks(one[rtcpHeaderSize:], int(format), now)
		case typeTransportFeedback:
			switch {
			case format == formatNACK && size > feedbackHeader && be.Uint32(one[8:]) == l.down[Video].ssrc:
				numbers = appendNACKed(numbers, one[feedbackHeader:])
			case format == formatTransportWide:
				l.transportFeedback(one, now)
			}
		case typePayloadFeedback:
			keyframe = keyframe || format == formatPLI || format == formatFIR
		}
	}
	// What follows writes over the scratch buffer, which was being read until here.
	for _, n := range numbers {
		l.statistics.NACKsReceived++
		l.resend(n, now)
	}
	if keyframe && l.peer != nil {
		l.peer.askKeyframe(now)
	}
	return authentic
}

// appendNACKed reads pairs of a number and a mask of the sixteen after it, as long as
// there is room.
func appendNACKed(numbers []uint16, pairs []byte) []uint16 {
	for ; len(pairs) >= 4; pairs = pairs[4:] {
		number, mask := be.Uint16(pairs), be.Uint16(pairs[2:])
		for i := uint16(0); i <= 16; i++ {
			if i > 0 && mask>>(i-1)&1 == 0 {
				continue
			}
			if len(numbers) == cap(numbers) {
				return numbers
			}
			numbers = append(numbers, number+i)
		}
	}
	return numbers
}

// senderReport remembers when it came, for our receiver reports, and passes the times
// on, so that the viewer can play sound and picture together.
func (l *Leg) senderReport(report []byte, blocks int, now time.Duration) {
	if len(report) < rtcpHeaderSize+senderInfoSize {
		return
	}
	l.reportBlocks(report[rtcpHeaderSize+senderInfoSize:], blocks, now)
	for k := range kinds {
		u := &l.up[k]
		if ssrc := be.Uint32(report[4:]); ssrc == 0 || ssrc != u.codec.SSRC {
			continue
		}
		u.reports.senderReport, u.reports.senderReportAt = be.Uint32(report[10:]), now
		viewer := l.peer
		if viewer == nil || viewer.down[k].ssrc == 0 || l.hold[k] || u.anew {
			return
		}
		var b [rtcpHeaderSize + senderInfoSize]byte
		copy(b[:], report)
		b[0], b[2], b[3] = 0x80, 0, 6
		be.PutUint32(b[4:], viewer.down[k].ssrc)
		be.PutUint32(b[16:], be.Uint32(report[16:])+u.addTimestamp)
		viewer.sendRTCP(b[:])
	}
}

// reportBlocks reads what the viewer says about what it was sent.
func (l *Leg) reportBlocks(blocks []byte, count int, now time.Duration) {
	for ; count > 0 && len(blocks) >= reportBlockSize; count-- {
		if d := &l.down[Video]; be.Uint32(blocks) == d.ssrc && d.ssrc != 0 {
			l.statistics.FractionLost = float64(blocks[4]) / 256
			if clock := l.config.Codecs[Video].Clock; clock > 0 {
				l.statistics.ViewerJitter = time.Duration(be.Uint32(blocks[12:])) * time.Second / time.Duration(clock)
			}
			if l.config.Extensions[TransportWide] == 0 {
				l.estimate.Report(l.statistics.FractionLost, float64(l.sending()), now)
			}
		}
		blocks = blocks[reportBlockSize:]
	}
}

// sending is what goes to this leg, in bits per second.
func (l *Leg) sending() int { return l.down[Video].bps + l.down[Audio].bps }

// transportFeedback moves the estimate of the path to this leg.
func (l *Leg) transportFeedback(feedback []byte, now time.Duration) {
	if l.config.Extensions[TransportWide] == 0 {
		return
	}
	l.departures.Read(feedback, func(a twcc.Arrival) {
		if a.Received {
			l.estimate.Arrived(a.Sent, a.Arrived, a.Size, now)
		} else {
			l.estimate.Lost(a.Sent, a.Size)
		}
	})
	l.estimate.Update(now)
	l.relieve(now)
}

// sendRTCP seals one packet of ours for this leg. All RTCP to a leg goes through one
// context under one lock, so its index only grows.
func (l *Leg) sendRTCP(b []byte) {
	if l.out == nil {
		return
	}
	sealed, err := l.out.EncryptRTCP(l.shard.socket.Next(), b, nil)
	if err != nil {
		l.statistics.Rejected++
		return
	}
	l.dispatch(sealed, false)
}
