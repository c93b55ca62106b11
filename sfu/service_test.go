package sfu

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/pion/webrtc/v4"

	"omezle/models"
)

// desk is a visitors' home: what media servers tell it of legs.
type desk struct {
	*Servers
	service *Service
	node    *Node

	mu      sync.Mutex // guards what follows
	answers map[models.Leg]string
	failed  []models.Leg
	moving  []models.Leg
	stats   map[models.Leg][2]models.LegStats

	verdicts []models.Verdict
	looked   map[models.Leg]models.Look
	orders   models.LegOrders // of the next offers
}

func (d *desk) note(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

func (d *desk) Answered(leg models.Leg, _ uint32, sdp string) {
	d.note(func() { d.answers[leg] = sdp })
}
func (d *desk) LegFailed(leg models.Leg) { d.note(func() { d.failed = append(d.failed, leg) }) }
func (d *desk) LegMoving(_ models.NodeID, leg models.Leg) {
	d.note(func() { d.moving = append(d.moving, leg) })
}
func (d *desk) LegBitrate(models.Leg, int) {}
func (d *desk) LegStatistics(leg models.Leg, mine, theirs models.LegStats) {
	d.note(func() { d.stats[leg] = [2]models.LegStats{mine, theirs} })
}

func (d *desk) LegVerdict(v models.Verdict) { d.note(func() { d.verdicts = append(d.verdicts, v) }) }
func (d *desk) LegLooked(leg models.Leg, look models.Look) {
	d.note(func() { d.looked[leg] = look })
}

const here, there = models.NodeID("home"), models.NodeID("server")

// newDesk is a home and a media server that talk without a network between them.
func newDesk(t *testing.T, watcher Watcher) *desk {
	d := &desk{answers: map[models.Leg]string{}, stats: map[models.Leg][2]models.LegStats{}, looked: map[models.Leg]models.Look{}, node: startNode(t, nil)}
	log := slog.New(slog.DiscardHandler)
	d.service = NewService(d.node, func(to models.NodeID, payload []byte) error {
		if to != here {
			return errors.New("nobody is there")
		}
		d.Receive(there, payload)
		return nil
	}, log)
	d.Servers = NewServers(func() []ServerInfo { return []ServerInfo{{Node: there, Max: 100}} }, func(to models.NodeID, payload []byte) error {
		if to != there {
			return errors.New("nobody is there")
		}
		d.service.Receive(here, payload)
		return nil
	}, log)
	d.Tell(d)
	d.service.Watched(watcher)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.service.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return d
}

// connect has a visitor's leg made through the service.
func (d *desk) connect(t *testing.T, v *visitor, leg models.Leg) {
	t.Helper()
	if err := d.Offer(there, leg, 1, v.offer(nil), d.orders); err != nil {
		t.Fatal(err)
	}
	d.accept(t, v, leg)
}

// accept waits for the answer to a visitor's offer.
func (d *desk) accept(t *testing.T, v *visitor, leg models.Leg) {
	t.Helper()
	var answer string
	eventually(t, "an answer", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		answer = d.answers[leg]
		return answer != ""
	})
	if err := v.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
}

func TestHomesDriveAMediaServerOnAnotherNode(t *testing.T) {
	d := newDesk(t, nil)
	pair := models.NewPairID()
	legs := [2]models.Leg{
		{Session: models.NewSessionID(), Pair: pair, Side: models.SideA, Epoch: 2},
		{Session: models.NewSessionID(), Pair: pair, Side: models.SideB, Epoch: 2},
	}
	a, b := newVisitor(t, visitorOptions{}), newVisitor(t, visitorOptions{})
	d.connect(t, a, legs[0])
	d.connect(t, b, legs[1])
	a.send()
	b.send()
	flow(t, a, b)
	eventually(t, "statistics of both", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, leg := range legs {
			if s := d.stats[leg]; !s[0].Connected || !s[1].Connected || s[0].SentKbps == 0 || s[0].GotKbps == 0 {
				return false
			}
		}
		return true
	})

	// The end of a connection that was replaced is not the end of the one that replaced it.
	old := legs[0]
	old.Epoch = 1
	if err := d.Close(there, old); err != nil {
		t.Fatal(err)
	}
	if err := d.Offer(there, old, 2, a.offer(nil), models.LegOrders{}); err != nil { // late as well: not answered
		t.Fatal(err)
	}
	flow(t, a, b)

	// A leg whose home moved is told of at the new one, which is nobody here.
	d.service.Receive("elsewhere", mustEncode(t, &wireMessage{Kind: wireAdopt, Leg: legs[1]}))
	if err := d.Close(there, legs[0]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "one leg is left", func() bool { legs, _ := d.node.Load(); return legs == 1 })

	drained := make(chan error, 1)
	go func() { drained <- d.service.Drain(t.Context()) }()
	if err := d.Close(there, legs[1]); err != nil {
		t.Fatal(err)
	}
	if err := <-drained; err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.Contains(d.moving, legs[1]) || d.answers[old] != "" {
		t.Errorf("told of %v and %q", d.moving, d.answers[old])
	}
}

func mustEncode(t *testing.T, m *wireMessage) []byte {
	t.Helper()
	payload, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestADrainingServerAsksHomesToTakeTheirCallsElsewhere(t *testing.T) {
	d := newDesk(t, nil)
	leg := models.Leg{Session: models.NewSessionID(), Pair: models.NewPairID(), Epoch: 1}
	d.connect(t, newVisitor(t, visitorOptions{}), leg)
	ctx, cancel := context.WithCancel(t.Context())
	drained := make(chan error, 1)
	go func() { drained <- d.service.Drain(ctx) }()
	eventually(t, "its home is asked", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return slices.Contains(d.moving, leg)
	})
	cancel()
	if err := <-drained; !errors.Is(err, context.Canceled) {
		t.Fatalf("a drain that is cut short ends with %v", err)
	}
}

func TestAnOfferThatIsNoneIsRefusedAndForgotten(t *testing.T) {
	d := newDesk(t, nil)
	leg := models.Leg{Session: models.NewSessionID(), Pair: models.NewPairID(), Epoch: 1}
	if err := d.Offer(there, leg, 1, "v=0\r\nnothing", models.LegOrders{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is refused", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return slices.Contains(d.failed, leg)
	})
	eventually(t, "nothing is kept of it", func() bool { return len(d.service.pairs()) == 0 })
}

func TestAProbeFindsOutWhetherABrowserGetsThrough(t *testing.T) {
	d := newDesk(t, nil)
	v := newVisitor(t, visitorOptions{})
	answer, err := d.Probe(t.Context(), v.offer(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it connects", func() bool { return v.pc.ConnectionState() == webrtc.PeerConnectionStateConnected })
	if _, err := d.Probe(t.Context(), "v=0\r\n"); !errors.Is(err, ErrRefused) {
		t.Errorf("an offer that is none: %v", err)
	}
	d.list = func() []ServerInfo { return nil }
	if _, err := d.Probe(t.Context(), v.offer(nil)); !errors.Is(err, ErrNoServer) {
		t.Errorf("without a server: %v", err)
	}
}

func TestPlacementAvoidsWhoFailsStopsOrIsFull(t *testing.T) {
	list := []ServerInfo{
		{Node: "a", Region: "eu", Legs: 10, Max: 100}, {Node: "b", Region: "eu", Legs: 90, Max: 100}, {Node: "c", Region: "us", Max: 100},
		{Node: "stops", Region: "eu", Max: 100, Draining: true}, {Node: "full", Region: "eu", Legs: 99, Max: 100},
	}
	s := NewServers(func() []ServerInfo { return slices.Clone(list) }, nil, slog.New(slog.DiscardHandler))
	picks := func(region string, avoid ...models.NodeID) map[models.NodeID]int {
		counts := map[models.NodeID]int{}
		for range 400 {
			node, found := s.Place(region, avoid)
			if !found {
				t.Fatal("none was found")
			}
			counts[node]++
		}
		return counts
	}
	if got := picks("eu"); got["a"] < 2*got["b"] || got["b"] == 0 || len(got) != 2 {
		t.Errorf("of a region: %v, want the less loaded one of two", got)
	}
	if got := picks("eu", "a"); got["b"] != 400 {
		t.Errorf("without a: %v", got)
	}
	if got := picks("mars"); len(got) != 3 {
		t.Errorf("of a region without any: %v", got)
	}
	s.Suspect("a")
	if got := picks("eu"); got["b"] != 400 {
		t.Errorf("with a under suspicion: %v", got)
	}
	if got := picks("eu", "b", "c"); got["a"] != 400 {
		t.Errorf("with no other than a suspect: %v", got)
	}
	if found, load := s.Load("eu"); !found || load != 0.5 {
		t.Errorf("load %v %v, want half", found, load)
	}
	list = nil
	if _, found := s.Place("eu", nil); found {
		t.Error("one was found where none is")
	}
}

func FuzzReceive(f *testing.F) {
	for _, kind := range []wireKind{wireOffer, wireCandidate, wireAdopt, wireClose, wireAnswer, wireStats} {
		payload, _ := (&wireMessage{Kind: kind, Leg: models.Leg{Session: "s", Pair: "p", Epoch: 1}, Text: "v=0"}).encode()
		f.Add(payload)
	}
	f.Add([]byte(`{"k":"stats","l":{"p":"x","i":200}}`))
	d := &desk{answers: map[models.Leg]string{}, stats: map[models.Leg][2]models.LegStats{}}
	d.Servers = NewServers(func() []ServerInfo { return nil }, nil, slog.New(slog.DiscardHandler))
	d.Tell(d)
	f.Fuzz(func(_ *testing.T, payload []byte) { d.Receive(there, payload) })
}
