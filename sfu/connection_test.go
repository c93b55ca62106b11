package sfu

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"

	"omezle/models"
	"omezle/sfu/relay"
	"omezle/sfu/sdp"
)

// flow waits until each of two visitors gets more from the other than so far.
func flow(t *testing.T, a, b *visitor) {
	t.Helper()
	pa, pb, sa, sb := a.pictures.Load(), b.pictures.Load(), a.sounds.Load(), b.sounds.Load()
	eventually(t, "pictures and sound both ways", func() bool {
		return a.pictures.Load() > pa+20 && b.pictures.Load() > pb+20 && a.sounds.Load() > sa+20 && b.sounds.Load() > sb+20
	})
}

// call is two visitors who see each other.
func call(t *testing.T, n *Node, options visitorOptions) (pair models.PairID, a, b *visitor) {
	t.Helper()
	pair = models.NewPairID()
	a, b = newVisitor(t, options), newVisitor(t, options)
	a.join(n, pair, A)
	b.join(n, pair, B)
	a.send()
	b.send()
	flow(t, a, b)
	return pair, a, b
}

func TestCallWorksWithFeedbackAndRepairOfClients(t *testing.T) {
	n := startNode(t, nil)
	pair, _, _ := call(t, n, visitorOptions{interceptors: true})
	eventually(t, "feedback", func() bool {
		for _, s := range n.Statistics(pair) {
			if s.Feedback < 5 || s.RTCP < 5 {
				return false
			}
		}
		return true
	})
}

// onIPv6 gives a visitor a socket of IPv6: pion gathers no loopback address of it by itself.
func onIPv6(t *testing.T) func(*webrtc.SettingEngine) {
	return func(s *webrtc.SettingEngine) {
		conn, err := net.ListenUDP("udp6", &net.UDPAddr{IP: net.IPv6loopback})
		if err != nil {
			t.Fatal(err)
		}
		mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: conn, Logger: quiet{}})
		t.Cleanup(func() { _ = mux.Close() })
		s.SetICEUDPMux(mux)
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP6})
	}
}

func TestCallWorksOverIPv6(t *testing.T) {
	n := startNode(t, func(c *Config) { c.Listen = "[::1]:0" })
	pair, _, _ := call(t, n, visitorOptions{settings: onIPv6(t)})
	if s := n.Statistics(pair)[A]; s.SlowOut > 0 || s.SlowIn > 20 {
		t.Errorf("media of IPv6 goes the slow way: %+v", s)
	}
}

func TestBothFamiliesShareOneSocket(t *testing.T) {
	n := startNode(t, func(c *Config) {
		c.Listen = "[::]:0"
		c.Advertise = addresses(t, "127.0.0.1", "::1")
	})
	pair := models.NewPairID()
	a := newVisitor(t, visitorOptions{settings: func(s *webrtc.SettingEngine) {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	}})
	b := newVisitor(t, visitorOptions{settings: onIPv6(t)})
	a.join(n, pair, A)
	b.join(n, pair, B)
	a.send()
	b.send()
	flow(t, a, b)
}

func TestCallWorksOverTCPAlone(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := startNodeWith(t, Deps{Streams: listener}, nil)
	pair, _, _ := call(t, n, visitorOptions{settings: func(s *webrtc.SettingEngine) {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	}})
	if s := n.Statistics(pair)[B]; s.Path != "tcp" || s.SlowOut == 0 {
		t.Errorf("%+v", s)
	}
}

func TestRelayWaitsForTheHandshakeOfAnActiveVisitor(t *testing.T) {
	n := startNode(t, nil)
	pair := models.NewPairID()
	a, b := newVisitor(t, visitorOptions{}), newVisitor(t, visitorOptions{})
	offer := strings.ReplaceAll(a.offer(nil), "a=setup:actpass", "a=setup:active")
	answer, err := n.Offer(t.Context(), pair, A, offer)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(answer, "a=setup:passive") {
		t.Fatal(answer)
	}
	if err := a.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	b.join(n, pair, B)
	a.send()
	b.send()
	flow(t, a, b)
}

func TestCandidatesMayTrickle(t *testing.T) {
	n := startNode(t, nil)
	pair := models.NewPairID()
	v := newVisitor(t, visitorOptions{})
	full := v.offer(nil)
	var bare, candidates []string
	for line := range strings.Lines(full) {
		if strings.HasPrefix(line, "a=candidate:") {
			candidates = append(candidates, strings.TrimSpace(line))
		} else if !strings.HasPrefix(line, "a=end-of") {
			bare = append(bare, line)
		}
	}
	if err := n.Candidate(pair, A, candidates[0]); !errors.Is(err, ErrNoLeg) {
		t.Errorf("a candidate without an offer: %v", err)
	}
	if _, err := n.Offer(t.Context(), pair, A, strings.Join(bare, "")); err != nil {
		t.Fatal(err)
	}
	for _, c := range candidates {
		if err := n.Candidate(pair, A, c); err != nil {
			t.Error(err)
		}
	}
	for text, want := range map[string]error{
		"": nil, "candidate:": nil, "noise": ErrCandidate, strings.Repeat("x", 600): ErrCandidate,
		"candidate:1 1 udp 1 0a1b2c3d-0000-4000-8000-000000000000.local 9 typ host": nil,
	} {
		if err := n.Candidate(pair, A, text); !errors.Is(err, want) {
			t.Errorf("%.30q: %v", text, err)
		}
	}
	for range sdp.MaxCandidates {
		_ = n.Candidate(pair, A, candidates[0])
	}
	if err := n.Candidate(pair, A, candidates[0]); !errors.Is(err, ErrCandidates) {
		t.Errorf("too many: %v", err)
	}
}

func TestRestartOfICEKeepsTheCall(t *testing.T) {
	n := startNode(t, nil)
	pair, a, b := call(t, n, visitorOptions{})
	before := n.Statistics(pair)[A].Forwarded
	answer, err := n.Offer(t.Context(), pair, A, a.offer(&webrtc.OfferOptions{ICERestart: true}))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	flow(t, a, b)
	if after := n.Statistics(pair)[A].Forwarded; after < before {
		t.Error("the leg was replaced")
	}
}

func TestVisitorWhoComesBackReplacesTheOldLeg(t *testing.T) {
	n := startNode(t, nil)
	pair, a, b := call(t, n, visitorOptions{})
	a.close()
	again := newVisitor(t, visitorOptions{})
	again.join(n, pair, A)
	again.send()
	flow(t, again, b)
	if legs, _ := n.Load(); legs != 2 {
		t.Errorf("%d legs", legs)
	}
}

func TestLegEndsWhenTheVisitorLeaves(t *testing.T) {
	n := startNode(t, nil)
	pair, a, _ := call(t, n, visitorOptions{})
	a.close()
	for e := range n.Events() {
		if e.Kind == EventFailed {
			if e.Pair != pair || e.Side != A || !errors.Is(e.Err, ErrLeft) {
				t.Errorf("%+v", e)
			}
			break
		}
	}
	if s := n.Statistics(pair); s[A] != nil || s[B] == nil {
		t.Errorf("%+v", s)
	}
}

func TestClosedPairIsGone(t *testing.T) {
	n := startNode(t, nil)
	pair, a, _ := call(t, n, visitorOptions{})
	n.ClosePair(pair)
	if legs, _ := n.Load(); legs != 0 {
		t.Errorf("%d legs", legs)
	}
	eventually(t, "the visitor notices", func() bool {
		return a.pc.ConnectionState() == webrtc.PeerConnectionStateClosed || a.pc.ConnectionState() == webrtc.PeerConnectionStateDisconnected ||
			a.pc.ConnectionState() == webrtc.PeerConnectionStateFailed
	})
	eventually(t, "the shard has no legs", func() bool { return n.shards[0].media.Legs() == 0 })
}

func TestSilentLegFails(t *testing.T) {
	n := startNode(t, func(c *Config) { c.SilenceTimeout = 2 * time.Second })
	pair := models.NewPairID()
	v := newVisitor(t, visitorOptions{settings: func(s *webrtc.SettingEngine) {
		s.SetICETimeouts(time.Hour, time.Hour, time.Hour)
		s.DisableCloseByDTLS(true)
	}})
	v.join(n, pair, A)
	eventually(t, "connected", func() bool { s := n.Statistics(pair)[A]; return s != nil && s.Connected })
	// Packets from the visitor reach nobody from here on.
	n.shards[0].mux.RemoveConnByUfrag(ufragOf(t, n, pair))
	eventually(t, "failed", func() bool { return n.Statistics(pair)[A] == nil })
}

func ufragOf(t *testing.T, n *Node, pair models.PairID) string {
	t.Helper()
	ufrag, _, err := n.leg(pair, A).agent.GetLocalUserCredentials()
	if err != nil {
		t.Fatal(err)
	}
	return ufrag
}

func TestLegThatNeverConnectsFails(t *testing.T) {
	n := startNode(t, func(c *Config) { c.ConnectTimeout = time.Second })
	pair := models.NewPairID()
	v := newVisitor(t, visitorOptions{})
	if _, err := n.Offer(t.Context(), pair, B, v.offer(nil)); err != nil { // the answer is lost
		t.Fatal(err)
	}
	e := <-n.Events()
	if e.Kind != EventFailed || e.Side != B || !errors.Is(e.Err, ErrConnect) {
		t.Errorf("%+v", e)
	}
}

func TestOtherCertificateThanOfferedIsRefused(t *testing.T) {
	n := startNode(t, nil)
	pair := models.NewPairID()
	v := newVisitor(t, visitorOptions{})
	offer := v.offer(nil)
	at := strings.Index(offer, "sha-256 ") + len("sha-256 ")
	digits := offer[at : at+2]
	other := "00"
	if digits == other {
		other = "01"
	}
	answer, err := n.Offer(t.Context(), pair, A, strings.ReplaceAll(offer, "sha-256 "+digits, "sha-256 "+other))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	e := <-n.Events()
	if e.Kind != EventFailed || !errors.Is(e.Err, ErrConnect) {
		t.Errorf("%+v", e)
	}
}

func TestFullNodeRefuses(t *testing.T) {
	n := startNode(t, func(c *Config) { c.MaxLegs = 2 })
	pair, _, _ := call(t, n, visitorOptions{})
	c := newVisitor(t, visitorOptions{})
	if _, err := n.Offer(t.Context(), models.NewPairID(), A, c.offer(nil)); !errors.Is(err, ErrFull) {
		t.Errorf("%v", err)
	}
	n.CloseLeg(pair, A)
	newVisitor(t, visitorOptions{}).join(n, pair, A)
}

func TestHeldVideoStopsAndGoesOn(t *testing.T) {
	n := startNode(t, nil)
	pair, _, b := call(t, n, visitorOptions{})
	if err := n.Hold(pair, A, relay.Video, true); err != nil {
		t.Fatal(err)
	}
	before, sounds := b.pictures.Load(), b.sounds.Load()
	eventually(t, "sound goes on", func() bool { return b.sounds.Load() > sounds+50 })
	if b.pictures.Load() > before+10 {
		t.Errorf("%d packets of video came", b.pictures.Load()-before)
	}
	if err := n.Hold(pair, A, relay.Video, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "video goes on", func() bool { return b.pictures.Load() > before+50 })
}

func TestSampledKeyframesArrive(t *testing.T) {
	n := startNode(t, nil)
	pair, _, _ := call(t, n, visitorOptions{})
	if err := errors.Join(n.Sample(pair, A, true), n.AskKeyframe(pair, A)); err != nil {
		t.Fatal(err)
	}
	k := <-n.Keyframes()
	if k.Pair != pair || k.Side != A || len(k.Frame) != 599 || k.Frame[0] != 0 {
		t.Errorf("%d bytes of %v", len(k.Frame), k.Side)
	}
}

func TestLegsLeaveNothingBehind(t *testing.T) {
	n := startNode(t, nil)
	for range 5 {
		pair, a, b := call(t, n, visitorOptions{})
		n.ClosePair(pair)
		a.close()
		b.close()
	}
	eventually(t, "no legs", func() bool { return n.shards[0].media.Legs() == 0 })
}
