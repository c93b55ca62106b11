package stage

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"omezle/models"
	"omezle/signaling/protocol"
)

// line is one connection of a call.
type line struct {
	caller       *Caller
	epoch        uint32
	route        models.Route
	pc           *webrtc.PeerConnection
	audio, video *webrtc.TrackLocalStaticRTP
	attempt      uint32
	sounds       atomic.Int64
	pictures     atomic.Int64
	said         atomic.Bool // ready
	stop         chan struct{}
	ending       sync.Once
	held         []webrtc.ICECandidateInit
	began        time.Time
	sequence     uint16      // of the next packet of the picture
	wanted       atomic.Bool // somebody asked for a keyframe
}

// stalledAfter is how long nothing may come on what is shown before a caller complains to the service.
const stalledAfter = 1500 * time.Millisecond

// send publishes sound and picture until the line is closed, and watches what comes.
func (l *line) send() {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	heard, since, complained := int64(0), time.Now(), false
	for i := uint32(0); ; i++ {
		select {
		case <-l.stop:
			return
		case <-ticker.C:
		}
		_ = l.audio.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(i), Timestamp: i * 960}, Payload: make([]byte, 60)})
		l.picture(i)
		if now := l.sounds.Load() + l.pictures.Load(); now != heard {
			heard, since, complained = now, time.Now(), false
		}
		if l.said.Load() && !complained && time.Since(since) > stalledAfter {
			complained = true
			l.tell(func(pair models.PairID) protocol.Validator {
				return &protocol.Failed{Type: protocol.KindFailed, Pair: pair, Epoch: l.epoch, Cause: protocol.FailureStalled}
			})
		}
	}
}

func (l *line) tell(message func(models.PairID) protocol.Validator) {
	l.caller.mu.Lock()
	matched := l.caller.matched
	l.caller.mu.Unlock()
	if matched != nil {
		l.caller.Tell(message(matched.Pair))
	}
}

func (l *line) hear(track *webrtc.TrackRemote) {
	for {
		if _, _, err := track.ReadRTP(); err != nil {
			return
		}
		if track.Kind() == webrtc.RTPCodecTypeAudio {
			l.sounds.Add(1)
		} else {
			l.pictures.Add(1)
			l.show()
		}
		if l.sounds.Load() > 0 && (l.pictures.Load() >= 5 || l.caller.unseen.Load()) && l.said.CompareAndSwap(false, true) {
			via := protocol.ViaDirect
			if l.route == models.RouteSFU {
				via = protocol.ViaServer
			}
			l.tell(func(pair models.PairID) protocol.Validator {
				return &protocol.Ready{Type: protocol.KindReady, Pair: pair, Epoch: l.epoch, Via: via}
			})
		}
	}
}

// show counts a frame if this line is the one that is shown.
func (l *line) show() {
	c := l.caller
	c.mu.Lock()
	shown := c.now == l.epoch
	c.mu.Unlock()
	if !shown {
		return
	}
	now := time.Now().UnixNano()
	if last := c.last.Swap(now); last != 0 && now-last > c.gap.Load() {
		c.gap.Store(now - last)
	}
	c.frames.Add(1)
}

// linger closes the line after the time in which its last packets may come.
func (l *line) linger() {
	l.caller.lines.Go(func() {
		timer := time.NewTimer(protocol.Linger)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-l.caller.over:
		}
		l.close()
	})
}

// close ends the line; it may be called again.
func (l *line) close() {
	l.ending.Do(func() {
		close(l.stop)
		l.caller.lines.Go(func() { _ = l.pc.GracefulClose() })
	})
}
