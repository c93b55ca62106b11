package stage

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"

	"omezle/models"
	"omezle/signaling/protocol"
)

// Caller is a guest with camera and microphone: it calls with real WebRTC, and follows the service from route to
// route as a browser does. What it shows is a counter of frames.
type Caller struct {
	*Guest

	api *webrtc.API

	mu       sync.Mutex // guards what follows
	matched  *protocol.Matched
	ways     map[uint32]*line
	now      uint32
	early    []protocol.Validator // signals of epochs not heard of yet
	told     []protocol.RouteStep
	judged   []protocol.Moderation
	judgedAt []time.Time // when each of judged came
	played   []time.Time // when the last packets of the newest keyframes were sent
	ended    []models.EndReason
	banned   *protocol.Banned
	attempt  uint32 // of the next line, see Restart
	gone     bool
	over     chan struct{} // closed by hangUp

	camera    atomic.Pointer[[]byte] // a keyframe to play, see Play
	flash     atomic.Pointer[[]byte] // see Flash
	keyframes atomic.Int64
	answers   atomic.Int64 // of the media server
	unseen    atomic.Bool  // the partner's picture is stopped: it comes on no line

	lines  sync.WaitGroup // goroutines and connections that are to end
	frames atomic.Int64   // seen on what is shown
	last   atomic.Int64   // Unix nanoseconds of the last one
	gap    atomic.Int64   // longest time without one, since ResetGap
}

// callerQuiet keeps pion's own log out of tests.
type callerQuiet struct{}

func (callerQuiet) NewLogger(string) logging.LeveledLogger {
	return logging.NewDefaultLeveledLoggerForScope("", logging.LogLevelDisabled, nil)
}

// Call adds a caller, who looks for somebody to call once connected.
func (c *Crowd) Call(tb testing.TB, bases []string) *Caller {
	tb.Helper()
	settings := webrtc.SettingEngine{LoggerFactory: callerQuiet{}}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	var media webrtc.MediaEngine
	for _, codec := range []struct {
		kind webrtc.RTPCodecType
		as   webrtc.RTPCodecParameters
	}{
		{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, PayloadType: 96,
		}},
		{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, PayloadType: 111,
		}},
	} {
		if err := media.RegisterCodec(codec.as, codec.kind); err != nil {
			tb.Fatal(err)
		}
	}
	caller := &Caller{
		api:  webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(&media), webrtc.WithInterceptorRegistry(&interceptor.Registry{})),
		ways: make(map[uint32]*line), over: make(chan struct{}),
	}
	caller.Guest = c.Invite(bases, "", func(_ *Guest, m protocol.Validator) { caller.follow(m) })
	tb.Cleanup(caller.hangUp)
	return caller
}

// Video returns what a caller looks for: anybody to see.
func Video() protocol.Find { return protocol.Find{Mode: models.ModeVideo} }

// Frames is how many frames of the partner were seen on what is shown.
func (c *Caller) Frames() int64 { return c.frames.Load() }

// ResetGap forgets the longest time without a frame.
func (c *Caller) ResetGap() { c.gap.Store(0) }

// Gap is the longest time without a frame since ResetGap, the present one included.
func (c *Caller) Gap() time.Duration {
	return max(time.Duration(c.gap.Load()), time.Duration(time.Now().UnixNano()-c.last.Load()))
}

// Route is what the call is on, and its epoch.
func (c *Caller) Route() (models.Route, uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.ways[c.now]; l != nil {
		return l.route, c.now
	}
	return "", 0
}

// Said reports whether the caller told the service that the way of an epoch works.
func (c *Caller) Said(epoch uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.ways[epoch]
	return l != nil && l.said.Load()
}

// Steps are what the service said of routes.
func (c *Caller) Steps() []protocol.RouteStep {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]protocol.RouteStep(nil), c.told...)
}

// JudgedAt is when the caller was told that, in the same order.
func (c *Caller) JudgedAt() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Time(nil), c.judgedAt...)
}

// Match is what the service said of the pair that the caller is in; nil without one.
func (c *Caller) Match() *protocol.Matched {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.matched
}

// Ends are why pairs of the caller ended.
func (c *Caller) Ends() []models.EndReason {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]models.EndReason(nil), c.ended...)
}

// Banned is what the service said when it shut the caller out; nil: it has not.
func (c *Caller) Banned() *protocol.Banned {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.banned
}

// Judged is what the service said of the pictures of both.
func (c *Caller) Judged() []protocol.Moderation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]protocol.Moderation(nil), c.judged...)
}

func (c *Caller) follow(message protocol.Validator) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch m := message.(type) {
	case *protocol.Matched:
		c.drop()
		if m.Mode == models.ModeVideo {
			c.matched, c.now = m, m.Epoch
			c.unseen.Store(false)
			c.begin(m.Epoch, m.Route)
		}
	case *protocol.Welcome:
		if m.Pair != nil && c.matched != nil && m.Pair.Pair == c.matched.Pair {
			for epoch, l := range c.ways {
				if epoch != m.Pair.Epoch {
					l.close()
					delete(c.ways, epoch)
				}
			}
			if c.now = m.Pair.Epoch; c.ways[c.now] == nil {
				c.begin(c.now, m.Pair.Route)
			}
		}
	case *protocol.Ended:
		c.ended = append(c.ended, m.Reason)
		c.drop()
	case *protocol.Banned:
		c.banned = m
	case *protocol.RouteStep:
		c.step(m)
	case *protocol.Moderation:
		c.judged, c.judgedAt = append(c.judged, *m), append(c.judgedAt, now)
		if m.Target == protocol.TargetPartner {
			c.unseen.Store(!m.Lifted && slices.Contains(m.Actions, models.ActionStop))
		}
	case *protocol.SFUAnswer:
		if l := c.ways[m.Epoch]; l != nil && l.attempt == m.Attempt {
			if err := l.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: m.SDP}); err != nil {
				c.complain("answer of epoch %d: %v", m.Epoch, err)
			}
			c.answers.Add(1)
		}
	case *protocol.Description:
		c.signal(max(1, m.Epoch), m)
	case *protocol.Candidate:
		c.signal(max(1, m.Epoch), m)
	}
}

func (c *Caller) step(m *protocol.RouteStep) {
	if c.matched == nil || m.Pair != c.matched.Pair {
		return
	}
	c.told = append(c.told, *m)
	switch m.Phase {
	case protocol.RoutePrepare:
		c.begin(m.Epoch, m.Route)
	case protocol.RouteCommit:
		if c.ways[m.Epoch] == nil {
			c.begin(m.Epoch, m.Route)
		}
		c.now = m.Epoch
		for epoch, l := range c.ways {
			if epoch < m.Epoch {
				delete(c.ways, epoch)
				l.linger()
			}
		}
	case protocol.RouteRollback:
		if l := c.ways[m.Epoch]; l != nil {
			l.close()
			delete(c.ways, m.Epoch)
		}
	}
}

// drop closes every connection; the caller holds mu.
func (c *Caller) drop() {
	for epoch, l := range c.ways {
		l.close()
		delete(c.ways, epoch)
	}
	c.matched, c.early = nil, nil
}

func (c *Caller) hangUp() {
	c.leave()
	c.mu.Lock()
	c.gone = true
	close(c.over)
	c.drop()
	c.mu.Unlock()
	c.lines.Wait()
}

// begin opens the connection of an epoch; the caller holds mu.
func (c *Caller) begin(epoch uint32, route models.Route) {
	if c.gone {
		return
	}
	pc, err := c.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		c.complain("no connection: %v", err)
		return
	}
	l := &line{caller: c, epoch: epoch, route: route, pc: pc, stop: make(chan struct{}), began: time.Now(), attempt: c.attempt}
	c.attempt = 0
	c.ways[epoch] = l
	l.video, _ = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, "video", "stream")
	l.audio, _ = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, "audio", "stream")
	for _, track := range []webrtc.TrackLocal{l.audio, l.video} {
		sender, err := pc.AddTrack(track)
		if err != nil {
			c.complain("no track: %v", err)
			continue
		}
		if track == l.video {
			c.lines.Go(func() { l.listen(sender) })
		}
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { l.hear(track) }) // on a goroutine that GracefulClose waits for
	pc.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		if candidate != nil && route != models.RouteSFU {
			_ = c.Candidate(epoch, wire(candidate.ToJSON()))
		}
	})
	c.lines.Go(l.send)
	if route == models.RouteSFU || !c.matched.Polite {
		c.lines.Go(func() { l.offer(nil) })
	}
	early := c.early
	c.early = nil
	for _, m := range early {
		switch m := m.(type) {
		case *protocol.Description:
			c.signal(max(1, m.Epoch), m)
		case *protocol.Candidate:
			c.signal(max(1, m.Epoch), m)
		}
	}
}

func wire(c webrtc.ICECandidateInit) protocol.ICECandidate {
	return protocol.ICECandidate{Candidate: c.Candidate, SDPMid: c.SDPMid, SDPMLineIndex: c.SDPMLineIndex}
}

// Restart connects the line that is in use again: by an ICE restart, or with a new connection in its place. Only a media
// server takes that.
func (c *Caller) Restart(anew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.ways[c.now]
	if l == nil {
		return
	}
	if !anew {
		c.lines.Go(func() { l.offer(&webrtc.OfferOptions{ICERestart: true}) })
		return
	}
	l.close()
	c.attempt = l.attempt
	c.begin(c.now, l.route)
}

// Answers is how many offers of the caller the media server has answered.
func (c *Caller) Answers() int64 { return c.answers.Load() }

// offer makes this side's offer, with all candidates when it is for the media server.
func (l *line) offer(options *webrtc.OfferOptions) {
	offer, err := l.pc.CreateOffer(options)
	if err != nil {
		return
	}
	gathered := webrtc.GatheringCompletePromise(l.pc)
	if err := l.pc.SetLocalDescription(offer); err != nil {
		return
	}
	if l.route != models.RouteSFU {
		_ = l.caller.Description(l.epoch, protocol.SDP{Type: protocol.SDPOffer, SDP: offer.SDP})
		return
	}
	<-gathered
	l.caller.mu.Lock()
	l.attempt++
	attempt, pair := l.attempt, models.PairID("")
	if l.caller.matched != nil {
		pair = l.caller.matched.Pair
	}
	l.caller.mu.Unlock()
	l.caller.Tell(&protocol.SFUOffer{Type: protocol.KindSFUOffer, Pair: pair, Epoch: l.epoch, Attempt: attempt, SDP: l.pc.LocalDescription().SDP})
}

// signal takes a partner's description or candidate; the caller holds mu.
func (c *Caller) signal(epoch uint32, message protocol.Validator) {
	l := c.ways[epoch]
	if l == nil {
		if epoch > c.now && len(c.early) < 2*protocol.MaxCandidates {
			c.early = append(c.early, message)
		}
		return
	}
	switch m := message.(type) {
	case *protocol.Description:
		if err := l.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.NewSDPType(string(m.Description.Type)), SDP: m.Description.SDP}); err != nil {
			c.complain("%s of epoch %d: %v", m.Description.Type, epoch, err)
			return
		}
		for _, held := range l.held {
			_ = l.pc.AddICECandidate(held)
		}
		l.held = nil
		if m.Description.Type == protocol.SDPOffer {
			answer, err := l.pc.CreateAnswer(nil)
			if err == nil {
				err = l.pc.SetLocalDescription(answer)
			}
			if err != nil {
				c.complain("answer of epoch %d: %v", epoch, err)
				return
			}
			_ = c.Description(epoch, protocol.SDP{Type: protocol.SDPAnswer, SDP: answer.SDP})
		}
	case *protocol.Candidate:
		init := webrtc.ICECandidateInit{Candidate: m.Candidate.Candidate, SDPMid: m.Candidate.SDPMid, SDPMLineIndex: m.Candidate.SDPMLineIndex}
		if l.pc.RemoteDescription() == nil {
			l.held = append(l.held, init)
			return
		}
		_ = l.pc.AddICECandidate(init)
	}
}
