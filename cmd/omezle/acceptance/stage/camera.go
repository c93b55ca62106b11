package stage

import (
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// fragment is how much of a frame fits into one packet.
const fragment = 1100

// Play makes the caller's camera show a picture from now on, a whole VP8 keyframe. It is sent when somebody asks for
// one; what comes between is not decodable. nil goes back to a counter of frames without any content.
func (c *Caller) Play(keyframe []byte) {
	if keyframe == nil {
		c.camera.Store(nil)
		return
	}
	c.camera.Store(&keyframe)
}

// Flash makes the camera show a picture for one keyframe that somebody asks for, and then again what it plays.
func (c *Caller) Flash(keyframe []byte) { c.flash.Store(&keyframe) }

// Keyframes is how many keyframes the camera that plays a picture has sent.
func (c *Caller) Keyframes() int64 { return c.keyframes.Load() }

// keyframesKept is how many keyframes' times are remembered.
const keyframesKept = 64

// PlayedBefore is when the last packet of the newest keyframe before a time was sent, of those that Play shows; zero if
// there is none.
func (c *Caller) PlayedBefore(at time.Time) (sent time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.played {
		if t.Before(at) {
			sent = t
		}
	}
	return sent
}

func (c *Caller) notePlayed() {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.played) == keyframesKept {
		c.played = append(c.played[:0], c.played[1:]...)
	}
	c.played = append(c.played, now)
}

// listen notes the partner's and the media server's wishes for a keyframe until the connection ends.
func (l *line) listen(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, packet := range packets {
			switch packet.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				l.wanted.Store(true)
			}
		}
	}
}

// picture sends the next frame. i counts them.
func (l *line) picture(i uint32) {
	frame, key := make([]byte, 500), i == 0 || l.wanted.Load()
	frame[0] = 1 // VP8: no keyframe
	camera := l.caller.camera.Load()
	switch {
	case camera != nil && key:
		frame = *camera
		if flash := l.caller.flash.Swap(nil); flash != nil {
			frame = *flash
		}
		l.caller.keyframes.Add(1)
		l.wanted.Store(false)
	case camera == nil && i%50 == 0:
		frame[0] = 0
	}
	for first := true; len(frame) > 0; first = false {
		part := frame[:min(len(frame), fragment)]
		frame = frame[len(part):]
		payload := append(make([]byte, 1, 1+len(part)), part...)
		if first {
			payload[0] = 0x10 // RFC 7741, 4.2: the start of a frame
		}
		header := rtp.Header{Version: 2, SequenceNumber: l.sequence, Timestamp: i * 1800, Marker: len(frame) == 0}
		_ = l.video.WriteRTP(&rtp.Packet{Header: header, Payload: payload})
		l.sequence++
	}
	if camera != nil && key {
		l.caller.notePlayed()
	}
}
