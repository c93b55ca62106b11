package sfu

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"omezle/models"
)

// publish sends video as a browser does, a frame in 40 ms and a keyframe when one was
// asked for, until ctx ends.
func (v *visitor) publish(ctx context.Context) {
	ticker := time.NewTicker(40 * time.Millisecond)
	defer ticker.Stop()
	asked := int64(-1)
	for i := uint16(0); ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		payload := make([]byte, 1000)
		payload[0], payload[1] = 0x10, 1
		if now := v.asked.Load(); now > asked {
			asked, payload[1] = now, 0
		}
		_ = v.video.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: i, Timestamp: uint32(i) * 3600, Marker: true}, Payload: payload})
	}
}

// publishUntilEnd does so until the test ends.
func (v *visitor) publishUntilEnd() {
	ctx, cancel := context.WithCancel(v.t.Context())
	var publishing sync.WaitGroup
	publishing.Go(func() { v.publish(ctx) })
	v.t.Cleanup(func() {
		cancel()
		publishing.Wait()
	})
}

func TestVisitorWhoComesLaterSeesAPictureAtOnce(t *testing.T) {
	n := startNode(t, nil)
	pair := models.NewPairID()
	a := newVisitor(t, visitorOptions{})
	a.join(n, pair, A)
	a.publishUntilEnd()
	eventually(t, "five seconds of video that nobody sees", func() bool { return n.Statistics(pair)[A].Video.Packets > 125 })

	for range 2 { // comes, and comes again after a reload
		b := newVisitor(t, visitorOptions{keep: 1})
		b.join(n, pair, B)
		first := <-b.heard
		if first.Payload[0] != 0x10 || first.Payload[1] != 0 {
			t.Errorf("begins with %x", first.Payload[:2])
		}
		if s := n.Statistics(pair)[B]; s.Replayed == 0 {
			t.Errorf("nothing was replayed: %+v", s)
		}
		eventually(t, "the rest follows", func() bool { return b.pictures.Load() > 20 })
		b.close()
		eventually(t, "the viewer is gone", func() bool { return n.Statistics(pair)[B] == nil })
	}
}
