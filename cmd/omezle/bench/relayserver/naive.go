package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"
)

// naive is the relay that the examples of pion lead to: a PeerConnection for each side
// with the default interceptors, and a goroutine for each track that reads a packet and
// writes it to the partner.
type naive struct {
	mu   sync.Mutex
	legs map[[2]int]*naiveLeg
}

type naiveLeg struct {
	pc     *webrtc.PeerConnection
	tracks map[webrtc.RTPCodecType]*webrtc.TrackLocalStaticRTP // of the partner's media
}

func (n *naive) join(ctx context.Context, pair, side int, body string) (string, error) {
	media, registry := &webrtc.MediaEngine{}, &interceptor.Registry{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return "", err
	}
	if err := webrtc.RegisterDefaultInterceptors(media, registry); err != nil {
		return "", err
	}
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	l := &naiveLeg{pc: pc, tracks: map[webrtc.RTPCodecType]*webrtc.TrackLocalStaticRTP{}}
	for kind, codec := range map[webrtc.RTPCodecType]webrtc.RTPCodecCapability{
		webrtc.RTPCodecTypeVideo: {MimeType: webrtc.MimeTypeVP8, ClockRate: 90000},
		webrtc.RTPCodecTypeAudio: {MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2},
	} {
		track, err := webrtc.NewTrackLocalStaticRTP(codec, kind.String(), "partner")
		if err != nil {
			return "", err
		}
		sender, err := pc.AddTrack(track)
		if err != nil {
			return "", err
		}
		go func() {
			b := make([]byte, 1500)
			for {
				if _, _, err := sender.Read(b); err != nil {
					return
				}
			}
		}()
		l.tracks[kind] = track
	}
	n.mu.Lock()
	n.legs[[2]int{pair, side}] = l
	n.mu.Unlock()
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		var to *webrtc.TrackLocalStaticRTP
		for {
			p, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			if to == nil {
				n.mu.Lock()
				if partner := n.legs[[2]int{pair, 1 - side}]; partner != nil {
					to = partner.tracks[track.Kind()]
				}
				n.mu.Unlock()
			}
			if to != nil {
				_ = to.WriteRTP(p)
			}
		}
	})
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: body}); err != nil {
		return "", err
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(answer); err != nil {
		return "", err
	}
	select {
	case <-gathered:
		return pc.LocalDescription().SDP, nil
	case <-ctx.Done():
		return "", fmt.Errorf("relayserver: gather: %w", ctx.Err())
	}
}
