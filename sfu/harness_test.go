package sfu

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"omezle/models"
)

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

// eventually waits for a condition.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("not in %s: %s", patience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// startNode runs a node on loopback.
func startNode(t testing.TB, change func(*Config)) *Node {
	t.Helper()
	return startNodeWith(t, Deps{}, change)
}

func startNodeWith(t testing.TB, deps Deps, change func(*Config)) *Node {
	t.Helper()
	c := DefaultConfig()
	c.Listen = "127.0.0.1:0"
	if change != nil {
		change(&c)
	}
	deps.Log = slog.New(slog.DiscardHandler)
	n, err := New(c, deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := n.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return n
}

// visitor is a client made of pion/webrtc.
type visitor struct {
	t            *testing.T
	pc           *webrtc.PeerConnection
	video, audio *webrtc.TrackLocalStaticRTP
	sender       *webrtc.RTPSender

	pictures, sounds atomic.Int64 // packets received
	heard            chan *rtp.Packet
	asked            atomic.Int64 // PLIs received
	readers          sync.WaitGroup
}

type visitorOptions struct {
	settings     func(*webrtc.SettingEngine)
	interceptors bool
	keep         int // packets of video to keep in heard
}

func newVisitor(t *testing.T, o visitorOptions) *visitor {
	t.Helper()
	v, err := makeVisitor(o)
	if err != nil {
		t.Fatal(err)
	}
	v.t = t
	t.Cleanup(v.close)
	return v
}

// makeVisitor is for visitors that end before the test does.
func makeVisitor(o visitorOptions) (*visitor, error) {
	v := &visitor{heard: make(chan *rtp.Packet, o.keep+1)}
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	registry := &interceptor.Registry{}
	if o.interceptors {
		if err := errors.Join(webrtc.RegisterDefaultInterceptors(media, registry),
			webrtc.ConfigureTWCCHeaderExtensionSender(media, registry)); err != nil {
			return nil, err
		}
	}
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(1)
	settings.SetICEMaxBindingRequests(200) // as patient as browsers when the machine is busy
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	if o.settings != nil {
		o.settings(&settings)
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	v.pc = pc
	v.video, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "v", "s")
	if err != nil {
		return nil, err
	}
	v.audio, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "a", "s")
	if err != nil {
		return nil, err
	}
	if v.sender, err = pc.AddTrack(v.video); err != nil {
		return nil, err
	}
	v.readers.Go(v.readRTCP)
	sender, err := pc.AddTrack(v.audio)
	if err != nil {
		return nil, err
	}
	v.readers.Go(func() {
		b := make([]byte, 1500)
		for {
			if _, _, err := sender.Read(b); err != nil {
				return
			}
		}
	})
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		v.readers.Go(func() { v.read(track) })
	})
	return v, nil
}

func (v *visitor) readRTCP() {
	for {
		packets, _, err := v.sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			if _, ok := p.(*rtcp.PictureLossIndication); ok {
				v.asked.Add(1)
			}
		}
	}
}

func (v *visitor) read(track *webrtc.TrackRemote) {
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		if track.Kind() == webrtc.RTPCodecTypeAudio {
			v.sounds.Add(1)
			continue
		}
		v.pictures.Add(1)
		select {
		case v.heard <- p:
		default:
		}
	}
}

func (v *visitor) close() {
	_ = v.pc.Close()
	v.readers.Wait()
}

// offer makes an offer with all candidates.
func (v *visitor) offer(options *webrtc.OfferOptions) string {
	v.t.Helper()
	text, err := v.describe(options)
	if err != nil {
		v.t.Fatal(err)
	}
	return text
}

func (v *visitor) describe(options *webrtc.OfferOptions) (string, error) {
	o, err := v.pc.CreateOffer(options)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(v.pc)
	if err := v.pc.SetLocalDescription(o); err != nil {
		return "", err
	}
	<-gathered
	return v.pc.LocalDescription().SDP, nil
}

func (v *visitor) join(n *Node, pair models.PairID, side Side) {
	v.t.Helper()
	if err := v.enter(v.t.Context(), n, pair, side); err != nil {
		v.t.Fatal(err)
	}
}

func (v *visitor) enter(ctx context.Context, n *Node, pair models.PairID, side Side) error {
	offer, err := v.describe(nil)
	if err != nil {
		return err
	}
	answer, err := n.Offer(ctx, pair, side, offer)
	if err != nil {
		return err
	}
	if err := v.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		return fmt.Errorf("%w in\n%s", err, answer)
	}
	return nil
}

// send publishes packets of both kinds until the test ends or stop is called.
func (v *visitor) send() (stop func()) {
	ctx, cancel := context.WithCancel(v.t.Context())
	var sending sync.WaitGroup
	sending.Go(func() {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			payload := make([]byte, 600)
			payload[0] = 0x10 // VP8, start of a frame
			payload[1] = byte(min(i%50, 1))
			payload[2], payload[3] = byte(i>>8), byte(i)
			_ = v.video.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(i), Timestamp: uint32(i) * 450, Marker: true}, Payload: payload})
			_ = v.audio.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(i), Timestamp: uint32(i) * 240}, Payload: payload[:80]})
		}
	})
	stop = func() {
		cancel()
		sending.Wait()
	}
	v.t.Cleanup(stop)
	return stop
}
