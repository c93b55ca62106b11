package relay

import "time"

// Statistics of one leg since it began.
type Statistics struct {
	Video, Audio StreamStatistics // what the visitor publishes

	Forwarded     uint64 // packets of this leg that went on to the partner
	Unforwarded   uint64 // came while there was no partner, or forwarding was off
	Rejected      uint64 // failed authentication, were malformed, or over a limit
	Duplicates    uint64
	Recovered     uint64 // came as RTX
	NACKsSent     uint64 // packets asked for of the publisher
	NACKsReceived uint64 // packets the viewer asked for
	Resent        uint64
	KeyframesAsked,
	KeyframesSeen,
	KeyframesShed uint64 // not sampled because the consumer was busy
	Replayed    uint64 // packets given to a viewer who came later
	Feedback    uint64 // feedback packets sent to the publisher
	RTCP        uint64 // received
	SlowIn      uint64 // packets that came through the ICE connection, not the port
	SlowOut     uint64
	SlowDropped uint64 // the outbox was full

	Sent         uint64        // packets towards this visitor, RTX included
	SentBytes    uint64        // of them, with SRTP
	FractionLost float64       // of what was sent, as last reported
	ViewerJitter time.Duration // of its video, as last reported
	EstimateBPS  int           // what the path to this visitor carries
}

// StreamStatistics of one published stream.
type StreamStatistics struct {
	Packets, Bytes uint64
	Lost           int64 // never came, so far
	Jitter         time.Duration
	BPS            int // in the last second
}

// Statistics of the leg now.
func (l *Leg) Statistics() Statistics {
	l.shard.mu.Lock()
	defer l.shard.mu.Unlock()
	s := l.statistics
	s.Video, s.Audio = l.up[Video].summary(), l.up[Audio].summary()
	s.EstimateBPS = l.estimate.BPS()
	if l.outbox != nil {
		s.SlowDropped = l.outbox.dropped.Load()
	}
	return s
}

// LastHeard is how long ago the leg last sent an authenticated packet of media; false
// if it never did.
func (l *Leg) LastHeard() (time.Duration, bool) {
	l.shard.mu.Lock()
	defer l.shard.mu.Unlock()
	return l.shard.now() - l.heard, l.heard != 0
}
