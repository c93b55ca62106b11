package bench

import (
	"net"
	"net/netip"
	"sync/atomic"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/webrtc/v4"
)

// firsts tells packets from what comes again, late and as RTX.
type firsts struct {
	last    uint16
	numbers [1 << 16]bool
}

func (f *firsts) add(number uint16) (first bool) {
	if int16(number-f.last) > 0 {
		// Those half a turn ahead are to come anew.
		for n := f.last; n != number; n++ {
			f.numbers[n+1<<15] = false
		}
		f.last = number
	}
	first = !f.numbers[number]
	f.numbers[number] = true
	return first
}

// relayClient writes and hears packets of one side.
type relayClient struct {
	write  [2]func(*rtp.Packet) // video, audio
	ready  func() bool
	wanted atomic.Bool // somebody asked for a keyframe
}

// add makes a client of pion/webrtc with the interceptors of a browser's worth.
func (l *relayLoad) add() (*webrtc.PeerConnection, error) {
	media, registry := &webrtc.MediaEngine{}, &interceptor.Registry{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	for _, configure := range []func(*webrtc.MediaEngine, *interceptor.Registry) error{
		webrtc.ConfigureNack, webrtc.ConfigureTWCCHeaderExtensionSender, webrtc.ConfigureTWCCSender,
		func(_ *webrtc.MediaEngine, r *interceptor.Registry) error { return webrtc.ConfigureRTCPReports(r) },
	} {
		if err := configure(media, registry); err != nil {
			return nil, err
		}
	}
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	l.cancel = append(l.cancel, func() { _ = pc.Close() })
	var connected atomic.Bool
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) { connected.Store(s == webrtc.PeerConnectionStateConnected) })
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		l.running.Go(func() {
			b := make([]byte, 1500)
			var p rtp.Packet
			var seen firsts
			for {
				n, _, err := track.Read(b)
				if err != nil {
					return
				}
				if p.Unmarshal(b[:n]) == nil && seen.add(p.SequenceNumber) {
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
			return nil, err
		}
		sender, err := pc.AddTrack(track)
		if err != nil {
			return nil, err
		}
		l.running.Go(func() {
			for {
				packets, _, err := sender.ReadRTCP()
				if err != nil {
					return
				}
				for _, packet := range packets {
					if _, asked := packet.(*rtcp.PictureLossIndication); asked {
						client.wanted.Store(true)
					}
				}
			}
		})
		client.write[i] = func(p *rtp.Packet) { _ = track.WriteRTP(p) }
	}
	l.clients = append(l.clients, client)
	return pc, nil
}

// describe is a description with all candidates.
func describe(pc *webrtc.PeerConnection, made webrtc.SessionDescription, err error) (webrtc.SessionDescription, error) {
	if err != nil {
		return made, err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(made); err != nil {
		return made, err
	}
	<-gathered
	return *pc.LocalDescription(), nil
}

// join makes a client and connects it to the server.
func (l *relayLoad) join(pair, side int) error {
	pc, err := l.add()
	if err != nil {
		return err
	}
	offer, err := pc.CreateOffer(nil)
	if offer, err = describe(pc, offer, err); err != nil {
		return err
	}
	answer, err := l.server.join(pair, side, offer.SDP)
	if err != nil {
		return err
	}
	return pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
}

// joinDirect makes two clients and connects them to each other.
func (l *relayLoad) joinDirect() error {
	a, err := l.add()
	if err != nil {
		return err
	}
	b, err := l.add()
	if err != nil {
		return err
	}
	offer, err := a.CreateOffer(nil)
	if offer, err = describe(a, offer, err); err != nil {
		return err
	}
	if err := b.SetRemoteDescription(offer); err != nil {
		return err
	}
	answer, err := b.CreateAnswer(nil)
	if answer, err = describe(b, answer, err); err != nil {
		return err
	}
	return a.SetRemoteDescription(answer)
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
