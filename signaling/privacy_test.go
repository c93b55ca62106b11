package signaling

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

const leakyCandidate = "candidate:2 1 udp 1677729535 198.51.100.9 50123 typ srflx raddr 192.168.7.7 rport 50123"

func TestAHiddenAddressReachesNoPartner(t *testing.T) {
	relayed := models.RouteDecision{Route: models.RouteTURN, RelayOnly: true, Relays: true, HideIP: true, Reasons: []models.RouteReason{models.ReasonHideIP}}
	calls(t, relayed, nil, func(c *scene) {
		for _, m := range []*protocol.Matched{c.ma, c.mb} {
			if m.Route != models.RouteTURN || !m.RelayOnly || m.Cause != models.ReasonHideIP {
				c.t.Fatalf("matched as %+v", m)
			}
		}
		c.a.say(&protocol.Description{Type: protocol.KindDescription, Sequenced: c.a.head(), Epoch: 1, Description: protocol.SDP{Type: protocol.SDPOffer, SDP: leakyOffer}})
		if told := expect[*protocol.Description](c.b); strings.Contains(told.Description.SDP, "198.51.100.9") || !strings.Contains(told.Description.SDP, "typ relay") {
			c.t.Fatalf("told\n%s", told.Description.SDP)
		}
		c.a.say(&protocol.Candidate{Type: protocol.KindCandidate, Sequenced: c.a.head(), Epoch: 1, Candidate: protocol.ICECandidate{Candidate: leakyCandidate}})
		if told := expect[*protocol.Candidate](c.b); told.Candidate.Candidate != noCandidate || told.Seq != 2 {
			c.t.Fatalf("told %+v", told)
		}
	})
}

func TestAWishToHideTheAddressReachesThePolicyDuringTheCall(t *testing.T) {
	for name, who := range map[string]func(*scene) *visitor{
		"first":  func(c *scene) *visitor { return c.a },
		"second": func(c *scene) *visitor { return c.b },
	} {
		t.Run(name, func(t *testing.T) {
			calls(t, browsersFirst, nil, func(c *scene) {
				c.ready(1, protocol.ViaDirect)
				c.director.want(models.RouteDecision{Route: models.RouteTURN, RelayOnly: true, Relays: true, HideIP: true, Reasons: []models.RouteReason{models.ReasonHideIP}})
				who(c).say(&protocol.Privacy{Type: protocol.KindPrivacy, HideIP: true})
				if step := c.steps(protocol.RoutePrepare, 2, models.RouteTURN); !step.RelayOnly {
					c.t.Fatalf("told %+v", step)
				}
				c.director.mu.Lock()
				defer c.director.mu.Unlock()
				if v := c.director.facts.Visitors; v[0].HideIP == v[1].HideIP {
					c.t.Fatalf("the policy was told %+v", v)
				}
			})
		})
	}
}

func TestSignalsOfAConnectionThatIsNoneOfThePartnersSayNothing(t *testing.T) {
	calls(t, serverOnly, nil, func(c *scene) {
		for _, epoch := range []uint32{0, 1, 7} { // through the server, or unknown
			c.a.say(&protocol.Description{Type: protocol.KindDescription, Sequenced: c.a.head(), Epoch: epoch, Description: protocol.SDP{Type: protocol.SDPOffer, SDP: leakyOffer}})
			if told := expect[*protocol.Candidate](c.b); told.Candidate.Candidate != noCandidate || told.Seq != c.a.seq {
				c.t.Fatalf("told %+v", told)
			}
		}
	})
}

func TestCredentialsAreRenewedBeforeTheyExpire(t *testing.T) {
	w := newWorld(t)
	w.turn, w.turnTTL = []protocol.ICEServer{{URLs: []string{"turn:turn.example"}, Username: "u", Credential: "c"}}, 400*time.Millisecond
	n := w.node(t)
	a, b := n.arrive(t, ""), n.arrive(t, "")
	for _, v := range []*visitor{a, b} {
		v.say(&protocol.Find{Type: protocol.KindFind, Mode: models.ModeVideo})
	}
	for _, v := range []*visitor{a, b} {
		if m := v.matched(); len(m.ICEServers) != 1 {
			t.Fatalf("matched as %+v", m)
		}
	}
	for range 2 {
		if renewed := expect[*protocol.ICEServersMessage](a); renewed.Pair != a.pair || len(renewed.ICEServers) != 1 {
			t.Fatalf("told %+v", renewed)
		}
	}
}

func TestStaffSeeLiveCallsOfAllNodesAndMoveOne(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		c.ready(1, protocol.ViaRelay)
		for _, n := range []*node{c.here, c.there} { // whichever is asked
			eventually(c.t, "the call is listed, and how it goes", func() bool {
				list, err := n.Calls(t.Context())
				if err != nil {
					c.t.Fatal(err)
				}
				return len(list) == 1 && list[0].Pair == c.a.pair && list[0].Route == models.RouteTURN && list[0].Via == models.NetworkRelay && list[0].Epoch == 1
			})
		}
		if err := c.here.SetRoute(t.Context(), models.NewPairID(), models.RouteSFU, true); !errors.Is(err, ErrNoCall) {
			c.t.Fatalf("a call that is none: %v", err)
		}
		if err := c.here.SetRoute(t.Context(), c.a.pair, models.RouteSFU, true); err != nil {
			c.t.Fatal(err)
		}
		if step := c.steps(protocol.RoutePrepare, 2, models.RouteSFU); !step.Forced || step.Cause != models.ReasonOperator {
			c.t.Fatalf("told %+v", step)
		}
		c.ready(2, protocol.ViaServer)
		c.steps(protocol.RouteCommit, 2, models.RouteSFU)
		if err := c.there.SetRoute(t.Context(), c.a.pair, "", false); err != nil { // back to the policy's
			c.t.Fatal(err)
		}
		c.steps(protocol.RoutePrepare, 3, models.RouteP2P)
	})
}

func TestANetworkThatNeedsTheServerIsRemembered(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		c.a.say(&protocol.Failed{Type: protocol.KindFailed, Pair: c.a.pair, Epoch: 1, Cause: protocol.FailureICE})
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
		c.ready(2, protocol.ViaServer)
		c.steps(protocol.RouteCommit, 2, models.RouteSFU)
		eventually(c.t, "the network is remembered", func() bool {
			return c.there.networks.recall(c.t.Context(), netip.MustParseAddr("127.0.0.99")) == models.NetworkServer
		})
		d, e := c.here.arrive(c.t, ""), c.there.arrive(c.t, "")
		d.say(&protocol.Find{Type: protocol.KindFind, Mode: models.ModeVideo})
		e.say(&protocol.Find{Type: protocol.KindFind, Mode: models.ModeVideo})
		pair := d.matched().Pair
		e.matched()
		c.director.mu.Lock()
		defer c.director.mu.Unlock()
		if f := c.director.facts; f.Pair != pair || f.Visitors[0].Network != models.NetworkServer || f.Visitors[1].Network != models.NetworkServer {
			c.t.Fatalf("the policy was told %+v", f)
		}
	})
}
