package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"

	"omezle/signaling/protocol"
)

// Media connects to the media server of a site as a visitor's browser does, by UDP and by TCP. offered is what the site has told.
func (s *Site) Media(ctx context.Context, r *Report, offered *protocol.Preflight) {
	a := r.Area("media")
	switch {
	case offered == nil:
		a.Skip("server", "not looked at without the site", "give --url with the address of the site")
		return
	case !offered.MediaServer:
		a.Skip("server", "none is offered: calls go from browser to browser or through TURN", "")
		return
	}
	for _, way := range ways {
		took, err := s.connect(ctx, way, func(answer string) (string, error) {
			only, left := candidatesOf(answer, way.name)
			if left == 0 {
				return "", fmt.Errorf("the media server names no address for %s", way.name)
			}
			return only, nil
		})
		if err != nil {
			a.Fail("ice-"+way.name, err.Error(), way.fix)
			continue
		}
		a.OK("ice-"+way.name, "connected and encrypted in %s", short(took))
	}
}

// way is a protocol over which media servers are reached.
type way struct {
	name, fix string
	types     []webrtc.NetworkType
}

var ways = []way{
	{"udp", "let the media server's UDP port in, and let its advertised addresses be those that visitors reach",
		[]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}},
	{"tcp", "let the public port in, past any proxy that speaks HTTP only, and advertise its address",
		[]webrtc.NetworkType{webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6}},
}

// connect is one connection over one protocol. pick leaves of the answer's candidates those that are to be tried.
func (s *Site) connect(ctx context.Context, way way, pick func(answer string) (string, error)) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	settings := webrtc.SettingEngine{LoggerFactory: quiet}
	settings.SetNetworkTypes(way.types)
	settings.SetIncludeLoopbackCandidate(true)
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return 0, err
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(media)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return 0, err
	}
	defer pc.Close() //nolint:errcheck // it has done its work
	states := make(chan webrtc.PeerConnectionState, 8)
	pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		select {
		case states <- state:
		default: // more than a connection has before its end
		}
	})
	begin := time.Now()
	if err := s.negotiate(ctx, pc, pick); err != nil {
		return 0, err
	}
	for {
		select {
		case state := <-states:
			switch state {
			case webrtc.PeerConnectionStateConnected:
				return time.Since(begin), nil
			case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
				return 0, errors.New("the media server was not reached")
			}
		case <-ctx.Done():
			return 0, errors.New("the media server was not reached in time")
		}
	}
}

func (s *Site) negotiate(ctx context.Context, pc *webrtc.PeerConnection, pick func(answer string) (string, error)) error {
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if _, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
			return err
		}
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		return err
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return ctx.Err()
	}
	// Without our candidates: the server must not come to us, which would hide that we do not get to it.
	nameless, _ := candidatesOf(pc.LocalDescription().SDP, "")
	answer, err := s.offer(ctx, nameless)
	if err != nil {
		return err
	}
	picked, err := pick(answer)
	if err != nil {
		return err
	}
	return pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: picked})
}

// candidatesOf leaves out the candidates of other protocols (RFC 8839, 5.1) and counts those that stay.
func candidatesOf(sdp, protocolName string) (only string, left int) {
	var out strings.Builder
	for line := range strings.Lines(sdp) {
		if strings.HasPrefix(line, "a=candidate:") {
			if fields := strings.Fields(line); len(fields) < 3 || !strings.EqualFold(fields[2], protocolName) {
				continue
			}
			left++
		}
		out.WriteString(line)
	}
	return out.String(), left
}

// offer asks the site for its media server's answer.
func (s *Site) offer(ctx context.Context, sdp string) (string, error) {
	body, err := json.Marshal(protocol.PreflightSDP{SDP: sdp})
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url.String()+"/api/preflight/offer", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var answer protocol.PreflightSDP
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK || json.Unmarshal(text, &answer) != nil || answer.SDP == "" {
		return "", fmt.Errorf("the service answers an offer with status %d", response.StatusCode)
	}
	return answer.SDP, nil
}
