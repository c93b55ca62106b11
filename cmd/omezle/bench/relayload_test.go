package bench

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/webrtc/v4"

	"omezle/cmd/omezle/acceptance/stage"
)

const (
	frameRate  = 30 // a second; frames of 4, 4 and 3 packets: 110 packets a second
	videoBytes = 1130
	audioBytes = 80
	audioEvery = 20 * time.Millisecond
	stampAt    = 8 // offset of the time of sending in the payload
	sampleOne  = 8 // packets of which one's latency is kept
)

// relayLoad is pairs of clients in this process, so that times of sending and arrival
// are by one clock.
type relayLoad struct {
	server  *relayServer
	began   time.Time
	clients []*relayClient

	sent, got atomic.Int64
	times     stage.Latencies
	counting  atomic.Bool
	running   sync.WaitGroup
	cancel    []func()
}

func newRelayLoad(s *relayServer) *relayLoad { return &relayLoad{server: s, began: time.Now()} }

// relayClient writes and hears packets of one side.
type relayClient struct {
	write [2]func(*rtp.Packet) // video, audio
	ready func() bool
}

// join makes a client of pion/webrtc with the interceptors of a browser's worth.
func (l *relayLoad) join(pair, side int) error {
	media, registry := &webrtc.MediaEngine{}, &interceptor.Registry{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return err
	}
	for _, configure := range []func(*webrtc.MediaEngine, *interceptor.Registry) error{
		webrtc.ConfigureNack, webrtc.ConfigureTWCCHeaderExtensionSender, webrtc.ConfigureTWCCSender,
		func(_ *webrtc.MediaEngine, r *interceptor.Registry) error { return webrtc.ConfigureRTCPReports(r) },
	} {
		if err := configure(media, registry); err != nil {
			return err
		}
	}
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return err
	}
	l.cancel = append(l.cancel, func() { _ = pc.Close() })
	var connected atomic.Bool
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) { connected.Store(s == webrtc.PeerConnectionStateConnected) })
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		l.running.Go(func() {
			b := make([]byte, 1500)
			var p rtp.Packet
			for {
				n, _, err := track.Read(b)
				if err != nil {
					return
				}
				if p.Unmarshal(b[:n]) == nil {
					l.heard(p.Payload)
				}
			}
		})
	})
	client := &relayClient{ready: connected.Load}
	for i, codec := range []webrtc.RTPCodecCapability{
		{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, {MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2},
	} {
		track, err := webrtc.NewTrackLocalStaticRTP(codec, codec.MimeType[6:], "load")
		if err != nil {
			return err
		}
		sender, err := pc.AddTrack(track)
		if err != nil {
			return err
		}
		l.running.Go(func() {
			b := make([]byte, 1500)
			for {
				if _, _, err := sender.Read(b); err != nil {
					return
				}
			}
		})
		client.write[i] = func(p *rtp.Packet) { _ = track.WriteRTP(p) }
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		return err
	}
	<-gathered
	answer, err := l.server.join(pair, side, pc.LocalDescription().SDP)
	if err != nil {
		return err
	}
	l.clients = append(l.clients, client)
	return pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
}

// joinPlain makes a client of a socket and a key, for the floor.
func (l *relayLoad) joinPlain(pair, side int) error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	l.cancel = append(l.cancel, func() { _ = conn.Close() })
	answer, err := l.server.join(pair, side, conn.LocalAddr().String())
	if err != nil {
		return err
	}
	to, err := netip.ParseAddrPort(answer)
	if err != nil {
		return err
	}
	var in, out *srtp.Context
	for _, c := range []**srtp.Context{&in, &out} {
		if *c, err = srtp.CreateContext(make([]byte, 16), make([]byte, 12), srtp.ProtectionProfileAeadAes128Gcm); err != nil {
			return err
		}
	}
	l.running.Go(func() {
		b, plain := make([]byte, 1600), make([]byte, 1600)
		var p rtp.Packet
		var h rtp.Header
		for {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			if clear, err := in.DecryptRTP(plain[:0], b[:n], &h); err == nil && p.Unmarshal(clear) == nil {
				l.heard(p.Payload)
			}
		}
	})
	client := &relayClient{ready: func() bool { return true }}
	for i := range client.write {
		client.write[i] = func(p *rtp.Packet) {
			p.SSRC = uint32(1 + i)
			plain, err := p.Marshal()
			if err != nil {
				return
			}
			if sealed, err := out.EncryptRTP(nil, plain, nil); err == nil {
				_, _ = conn.WriteToUDPAddrPort(sealed, to)
			}
		}
	}
	l.clients = append(l.clients, client)
	return nil
}

func (l *relayLoad) connected() bool {
	for _, c := range l.clients {
		if !c.ready() {
			return false
		}
	}
	return true
}

// heard counts a packet, and now and then its time.
func (l *relayLoad) heard(payload []byte) {
	if len(payload) < stampAt+8 || !l.counting.Load() {
		return
	}
	if n := l.got.Add(1); n%sampleOne == 0 {
		sent := time.Duration(binary.BigEndian.Uint64(payload[stampAt:]))
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
		for i := range count {
			picture[0], picture[1] = 0, 1 // an interframe, but for one in ten seconds
			if i == 0 {
				picture[0] = 0x10
				if frame%(10*frameRate) == 0 {
					picture[1] = 0
				}
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
	binary.BigEndian.PutUint64(payload[stampAt:], uint64(time.Since(l.began)))
	p.Payload = payload
	if l.counting.Load() {
		l.sent.Add(1)
	}
	c.write[kind](p)
}

// reset begins the window.
func (l *relayLoad) reset() {
	l.times.Take()
	l.sent.Store(0)
	l.got.Store(0)
	l.counting.Store(true)
}

// result ends it.
func (l *relayLoad) result() relayed {
	l.counting.Store(false)
	return relayed{packets: l.got.Load(), sent: l.sent.Load(), latency: l.times.Take()}
}

func (l *relayLoad) close() {
	for _, c := range l.cancel {
		c()
	}
	l.running.Wait()
}
