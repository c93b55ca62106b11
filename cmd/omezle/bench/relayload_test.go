package bench

import (
	"context"
	"encoding/binary"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"omezle/cmd/omezle/acceptance/stage"
)

const (
	frameRate  = 30 // a second; frames of 4, 4 and 3 packets: 110 packets a second
	videoBytes = 1130
	audioBytes = 80
	audioEvery = 20 * time.Millisecond
	stampAt    = 16 // offset of the time of sending in the payload, behind what makes a keyframe look like one
	sampleOne  = 8  // packets of which one's latency is kept
)

// keyHead begins a keyframe: RFC 7741's start of a frame, then what RFC 6386 9.1 wants of one of 640x480.
var keyHead = []byte{0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 640 & 0xff, 640 >> 8, 480 & 0xff, 480 >> 8}

// relayLoad is pairs of clients in this process, so that times of sending and arrival
// are by one clock.
type relayLoad struct {
	server  *relayServer
	began   time.Time
	clients []*relayClient
	// keyPackets is how many packets a keyframe has; 0: as many as any frame.
	keyPackets int

	from, until atomic.Int64 // the window, by the time of sending since began
	sent, got   atomic.Int64 // of the window
	times       stage.Latencies
	running     sync.WaitGroup
	cancel      []func()
}

func newRelayLoad() *relayLoad {
	l := &relayLoad{began: time.Now()}
	l.from.Store(math.MaxInt64)
	return l
}

func (l *relayLoad) connected() bool {
	for _, c := range l.clients {
		if !c.ready() {
			return false
		}
	}
	return true
}

// counts says whether what is sent at that time belongs to the window.
func (l *relayLoad) counts(sent time.Duration) bool {
	return int64(sent) >= l.from.Load() && int64(sent) < l.until.Load()
}

// heard counts a packet, and now and then its time.
func (l *relayLoad) heard(payload []byte) {
	if len(payload) < stampAt+8 {
		return
	}
	sent := time.Duration(binary.BigEndian.Uint64(payload[stampAt:]))
	if !l.counts(sent) {
		return
	}
	if n := l.got.Add(1); n%sampleOne == 0 {
		l.times.Add(time.Since(l.began) - sent)
	}
}

// start lets all clients publish, each on a goroutine that keeps the time of both its
// streams, begun at different moments.
func (l *relayLoad) start(ctx context.Context) {
	for i, c := range l.clients {
		l.running.Go(func() { l.publish(ctx, c, time.Duration(i)*time.Second/frameRate/time.Duration(len(l.clients))) })
	}
}

func (l *relayLoad) publish(ctx context.Context, c *relayClient, offset time.Duration) {
	video, audio := &rtp.Packet{Header: rtp.Header{Version: 2}}, &rtp.Packet{Header: rtp.Header{Version: 2}}
	picture, sound := make([]byte, videoBytes), make([]byte, audioBytes)
	nextFrame := time.Since(l.began) + offset
	nextSound := nextFrame + audioEvery/2
	for frame := 0; ; {
		next := min(nextFrame, nextSound)
		pause(ctx, next-time.Since(l.began))
		if ctx.Err() != nil {
			return
		}
		if nextSound <= nextFrame {
			nextSound += audioEvery
			audio.SequenceNumber++
			audio.Timestamp += 960
			l.send(c, 1, audio, sound)
			continue
		}
		nextFrame += time.Second / frameRate
		count := 4
		if frame%3 == 2 {
			count = 3
		}
		// An interframe, but for one in ten seconds and when one is asked for.
		key := frame%(10*frameRate) == 0 || c.wanted.Swap(false)
		if key && l.keyPackets > 0 {
			count = l.keyPackets
		}
		for i := range count {
			switch {
			case i > 0:
				picture[0], picture[1] = 0, 1
			case key:
				copy(picture, keyHead)
			default:
				picture[0], picture[1] = 0x10, 1
			}
			video.SequenceNumber++
			video.Marker = i == count-1
			l.send(c, 0, video, picture)
		}
		video.Timestamp += 90000 / frameRate
		frame++
	}
}

func (l *relayLoad) send(c *relayClient, kind int, p *rtp.Packet, payload []byte) {
	now := time.Since(l.began)
	binary.BigEndian.PutUint64(payload[stampAt:], uint64(now))
	p.Payload = payload
	if l.counts(now) {
		l.sent.Add(1)
	}
	c.write[kind](p)
}

// open begins the window.
func (l *relayLoad) open() {
	l.until.Store(math.MaxInt64)
	l.from.Store(int64(time.Since(l.began)))
}

// result ends it, and waits a moment for what is on its way.
func (l *relayLoad) result(ctx context.Context) relayed {
	l.until.Store(int64(time.Since(l.began)))
	for range 50 {
		if l.got.Load() == l.sent.Load() {
			break
		}
		pause(ctx, 10*time.Millisecond)
	}
	return relayed{packets: l.got.Load(), sent: l.sent.Load(), latency: l.times.Take()}
}

func (l *relayLoad) close() {
	for _, c := range l.cancel {
		c()
	}
	l.running.Wait()
}
