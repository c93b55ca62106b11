package signaling

import (
	"slices"
	"testing"

	"omezle/models"
	"omezle/signaling/protocol"
)

var nobodyLooks = models.RouteDecision{
	Route: models.RouteSFU, Forced: true, Sampling: models.SamplingNormal, Reasons: []models.RouteReason{models.ReasonDefault, models.ReasonNoClassifier},
}

func TestACallThatNobodyCanLookAtShowsNothingUntilSomebodyCan(t *testing.T) {
	calls(t, nobodyLooks, nil, func(c *scene) {
		for _, m := range []*protocol.Matched{c.ma, c.mb} {
			if m.Route != models.RouteSFU || !m.Forced || m.Cause != models.ReasonNoClassifier {
				t.Fatalf("matched as %+v", m)
			}
		}
		for _, v := range []*visitor{c.a, c.b} {
			v.say(&protocol.SFUOffer{Type: protocol.KindSFUOffer, Pair: v.pair, Epoch: 1, Attempt: 1, SDP: "v=0\r\n"})
			v.say(&protocol.Failed{Type: protocol.KindFailed, Pair: v.pair, Epoch: 1, Cause: protocol.FailureICE})
		}
		c.a.chat("can you see me?") // nothing was answered before that
		c.b.hears("can you see me?")
		c.b.chat("no")
		c.a.hears("no")
		c.director.want(serverOnly)
		c.reroute()
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
		for _, v := range []*visitor{c.a, c.b} {
			v.say(&protocol.SFUOffer{Type: protocol.KindSFUOffer, Pair: v.pair, Epoch: 2, Attempt: 1, SDP: "v=0\r\n"})
			expect[*protocol.SFUAnswer](v)
		}
		c.ready(2, protocol.ViaServer)
		c.steps(protocol.RouteCommit, 2, models.RouteSFU)
	})
}

func TestACallThatBeganBlindIsAskedAboutAgainThoughSomebodyCouldLookBeforeAnybodyNoticed(t *testing.T) {
	calls(t, nobodyLooks, nil, func(c *scene) {
		c.director.want(serverOnly) // nothing else is said, and that it was otherwise was never seen
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
	})
}

func TestABlindCallThatLooksForAnotherWayBesideIsStillAskedAboutAgain(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		c.ready(1, protocol.ViaDirect)
		c.director.want(nobodyLooks)
		c.unjudged.Store(true)
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
		c.steps(protocol.RouteCommit, 2, models.RouteSFU)
		eventually(c.t, "another way is looked for, since nothing comes", func() bool {
			c.director.mu.Lock()
			defer c.director.mu.Unlock()
			return slices.Contains(c.director.facts.Failed, models.RouteSFU)
		})
		c.director.want(serverOnly)
		c.unjudged.Store(false) // whoever looks for another way hears of it first
		c.steps(protocol.RoutePrepare, 3, models.RouteSFU)
	})
}

func TestThePolicyIsToldThatNobodyCanLook(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		c.ready(1, protocol.ViaDirect)
		c.director.want(nobodyLooks)
		c.unjudged.Store(true) // nothing else is said
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
		if step := c.steps(protocol.RouteCommit, 2, models.RouteSFU); step.Cause != models.ReasonNoClassifier {
			t.Fatalf("told %+v", step)
		}
		c.director.mu.Lock()
		defer c.director.mu.Unlock()
		if !c.director.facts.Unjudged {
			t.Fatal("the policy was not told")
		}
	})
}

// withoutServer is a decision that fell back, since there is no media server.
func withoutServer() models.RouteDecision {
	d := browsersFirst
	d.Reasons = []models.RouteReason{models.ReasonOperator, models.ReasonUnavailable}
	return d
}

func TestACallThatLacksAMediaServerIsAskedAboutAgainWhenThereIsOne(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		c.ready(1, protocol.ViaDirect)
		nodes := c.studio.have(nil)
		c.director.want(withoutServer())
		c.reroute() // as by an operator's click
		c.director.want(serverOnly)
		c.studio.have(nodes) // nothing else is said
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
	})
}

// have changes which media servers there are, and returns those before.
func (s *studio) have(nodes []models.NodeID) []models.NodeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.nodes
	s.nodes = nodes
	return before
}

func TestAForcedCallStaysOnAServerThatStopsUntilThereIsAnother(t *testing.T) {
	calls(t, serverOnly, nil, func(c *scene) {
		c.ready(1, protocol.ViaServer)
		for _, v := range []*visitor{c.a, c.b} { // both have been heard
			v.say(&protocol.SFUOffer{Type: protocol.KindSFUOffer, Pair: v.pair, Epoch: 1, Attempt: 1, SDP: "v=0\r\n"})
			expect[*protocol.SFUAnswer](v)
		}
		stops := func() {
			for _, v := range []*visitor{c.a, c.b} {
				c.studio.each(func(n *serverOf) {
					n.LegMoving(sfuOne, models.Leg{Session: v.token.Session, Pair: v.pair, Epoch: 1})
				})
			}
		}
		c.studio.have(nil)
		stops()
		c.a.chat("still there?") // nothing was said before that
		c.b.hears("still there?")
		c.studio.have([]models.NodeID{sfuTwo})
		stops()
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
	})
}
