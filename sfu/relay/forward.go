package relay

import (
	"time"

	"omezle/sfu/relay/cache"
)

// verdict on a packet that claims to be of a leg.
type verdict uint8

const (
	authentic verdict = iota
	refused           // over a limit: not even looked at
	foreign           // not under the leg's keys, or replayed
)

// ingest takes one SRTP or SRTCP packet of this leg. The packet is not kept.
func (l *Leg) ingest(packet []byte, now time.Duration) verdict {
	if l.in == nil {
		return foreign
	}
	if len(packet) > cache.SlotSize {
		l.statistics.Rejected++
		return refused
	}
	if isRTCP(packet) {
		return l.ingestRTCP(packet, now)
	}
	k, isRTX, known := l.classify(packet)
	if !known {
		l.statistics.Rejected++
		return foreign
	}
	u := &l.up[k]
	if !u.count(len(packet), l.config.MaxBPS, now) {
		l.statistics.Rejected++
		return refused
	}
	plain := l.scratch[:0]
	if k == Video {
		plain = u.cache.Spare()
	}
	plain, err := l.in.DecryptRTP(plain, packet, &l.inHeader)
	if err != nil {
		l.statistics.Rejected++
		return foreign
	}
	l.heard = now
	if !l.mediaSeen[k] {
		l.mediaSeen[k] = true
		if l.config.Events.Media != nil {
			l.config.Events.Media(k)
		}
	}
	l.take(k, isRTX, plain, now)
	return authentic
}

// classify says which stream a packet belongs to, by its SSRC, or by its payload type
// if the SSRC was not announced. That is a claim until the packet is authentic.
func (l *Leg) classify(packet []byte) (k Kind, isRTX, known bool) {
	ssrc, pt := ssrcOf(packet), payloadType(packet)
	v, a := &l.up[Video], &l.up[Audio]
	switch {
	case ssrc == v.codec.SSRC && pt == v.codec.PayloadType:
		return Video, false, pt != 0
	case ssrc == a.codec.SSRC && pt == a.codec.PayloadType:
		return Audio, false, pt != 0
	case ssrc == v.codec.RTX && pt == v.codec.RTXPayloadType:
		return Video, true, pt != 0
	case pt == 0:
		return 0, false, false
	case pt == v.codec.PayloadType:
		return Video, false, v.sources < sourceLimit
	case pt == a.codec.PayloadType:
		return Audio, false, a.sources < sourceLimit
	case pt == v.codec.RTXPayloadType:
		return Video, true, v.sources < sourceLimit
	}
	return 0, false, false
}

// take handles an authentic packet; one of video lies in the cache's spare slot.
func (l *Leg) take(k Kind, isRTX bool, packet []byte, now time.Duration) {
	header, end, ok := split(packet)
	if !ok {
		l.statistics.Rejected++
		return
	}
	u := &l.up[k]
	number := l.translation.rewrite(packet)
	if number != 0 {
		l.arrivals.Add(be.Uint16(packet[number:]), now)
	}
	if l.hold[k] {
		l.statistics.Unforwarded++
		return
	}
	offset := 0
	ssrc, sequence, timestamp := ssrcOf(packet), sequenceOf(packet), timestampOf(packet)
	switch {
	case isRTX:
		if ssrc != u.codec.RTX {
			u.codec.RTX = ssrc
			u.sources++
		}
		if end < header+2 || !u.window.Started() || u.anew {
			return // padding, to measure the path
		}
		// The original is the packet without its first two bytes of payload, which
		// are its number: the header moves over them (RFC 4588 4).
		sequence = be.Uint16(packet[header:])
		copy(packet[2:2+header], packet[:header])
		packet, offset, end = packet[2:], 2, end-2
	case ssrc != u.codec.SSRC || u.sources == 0 || u.anew:
		u.follow(ssrc, timestamp)
	}
	sequence, fresh := u.accept(sequence, now)
	if !fresh {
		l.statistics.Duplicates++
		return
	}
	if isRTX {
		l.statistics.Recovered++
	} else {
		u.reports.arrived(timestamp, u.codec.Clock, now)
	}
	timestamp += u.addTimestamp
	u.passed(sequence, timestamp)
	be.PutUint16(packet[2:], sequence)
	be.PutUint32(packet[4:], timestamp)
	if k == Video {
		u.cache.Keep(sequence, offset, len(packet))
		l.watch(u, packet, packet[header:end])
		if u.window.Missing() {
			l.sendNACKs(u, now)
		}
	}
	if l.peer == nil || !l.peer.ready() {
		l.statistics.Unforwarded++
		return
	}
	if l.peer.send(k, packet, number, now) {
		l.statistics.Forwarded++
	}
}

// send seals a packet of the partner's for this leg, and sends it. What is its own of
// this leg is written into it; number is where its transport-wide number is, or 0.
func (l *Leg) send(k Kind, packet []byte, number int, now time.Duration) bool {
	d := &l.down[k]
	if d.ssrc == 0 {
		return false
	}
	packet[1] = packet[1]&marker | l.config.Codecs[k].PayloadType
	be.PutUint32(packet[8:], d.ssrc)
	if sequence := sequenceOf(packet); !d.used || int16(sequence-d.sequence) > 0 {
		d.used, d.sequence, d.timestamp = true, sequence, timestampOf(packet)
	}
	return l.seal(d, k, packet, number, now)
}

// overhead is what IPv4, UDP and the tag add to a packet: browsers count it in what
// they may send.
const overhead = 20 + 8 + 16

func (l *Leg) seal(d *downlink, k Kind, packet []byte, number int, now time.Duration) bool {
	if number != 0 && l.config.Extensions[TransportWide] != 0 {
		be.PutUint16(packet[number:], l.departures.Next(len(packet)+overhead, now))
	}
	sealed, err := l.out.EncryptRTP(l.shard.socket.Next(), packet, &l.outHead)
	if err != nil {
		l.statistics.Rejected++
		return false
	}
	d.count(len(sealed), now)
	l.statistics.Sent++
	l.statistics.SentBytes += uint64(len(sealed))
	l.dispatch(sealed, k == Video)
	return true
}

func (d *downlink) count(size int, now time.Duration) {
	if now-d.second >= time.Second {
		d.bps = int(float64(d.sentBytes*8) / (now - d.second).Seconds())
		d.second, d.sentBytes = now, 0
	}
	d.sentBytes += uint64(size)
}

// dispatch sends what lies in the buffer of the socket's last Next.
func (l *Leg) dispatch(sealed []byte, sheddable bool) {
	switch {
	case l.to != nil:
		l.shard.socket.Queue(len(sealed), l.to)
	case l.outbox != nil:
		l.statistics.SlowOut++
		l.outbox.put(sealed, sheddable)
	}
}
