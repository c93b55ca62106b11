package signaling

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// studio is media servers as a visitor's home sees them: who answers and who does not is the test's.
type studio struct {
	mu      sync.Mutex
	nodes   []models.NodeID // that there are
	deaf    []models.NodeID // that do not answer
	suspect []models.NodeID
	closed  []models.Leg
	homes   []*node
	plans   map[models.SessionID]models.SamplingPlan // as last ordered
	holds   map[models.SessionID]bool                // likewise
}

func newStudio() *studio {
	return &studio{
		nodes: []models.NodeID{sfuOne, sfuTwo}, plans: map[models.SessionID]models.SamplingPlan{}, holds: map[models.SessionID]bool{},
	}
}

func (s *studio) Place(_ string, avoid []models.NodeID) (models.NodeID, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.nodes {
		if !slices.Contains(avoid, n) && !slices.Contains(s.suspect, n) {
			return n, true
		}
	}
	if len(s.nodes) == 0 {
		return "", false
	}
	return s.nodes[0], true
}

func (s *studio) Load(string) (bool, float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.nodes) > 0, 0
}

func (s *studio) Suspect(node models.NodeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.suspect = append(s.suspect, node)
}

func (s *studio) Offer(node models.NodeID, leg models.Leg, attempt uint32, sdp string, orders models.LegOrders) error {
	s.mu.Lock()
	deaf := slices.Contains(s.deaf, node)
	s.plans[leg.Session], s.holds[leg.Session] = orders.Sampling, orders.Hold
	s.mu.Unlock()
	if !deaf {
		go s.each(func(n *serverOf) { n.Answered(leg, attempt, "v=0\r\ns=answer to "+sdp[5:]) })
	}
	return nil
}

func (s *studio) Sampling(_ models.NodeID, leg models.Leg, plan models.SamplingPlan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans[leg.Session] = plan
	return nil
}

func (s *studio) Hold(_ models.NodeID, leg models.Leg, hold bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds[leg.Session] = hold
	return nil
}

func (s *studio) Candidate(models.NodeID, models.Leg, string) error { return nil }
func (s *studio) Adopt(models.NodeID, models.Leg) error             { return nil }

func (s *studio) Close(_ models.NodeID, leg models.Leg) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = append(s.closed, leg)
	return nil
}

type serverOf = Server

// each tells all homes, of which one has the session.
func (s *studio) each(tell func(*serverOf)) {
	for _, n := range s.homes {
		tell(n.Server)
	}
}

func (s *studio) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// director is a policy whose word is the test's.
type director struct {
	mu       sync.Mutex
	decision models.RouteDecision
	facts    models.RouteFacts // as last asked
}

func (d *director) Route(f models.RouteFacts) models.RouteDecision {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.facts = f
	decision := d.decision
	if f.Operator != "" {
		decision.Route, decision.Forced, decision.Reasons = f.Operator, f.OperatorForced, []models.RouteReason{models.ReasonOperator}
	}
	if slices.Contains(f.Failed, decision.Route) && !decision.Forced && len(decision.Fallbacks) > 0 {
		decision.Route = decision.Fallbacks[0]
	}
	return decision
}

func (d *director) want(decision models.RouteDecision) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.decision = decision
}

var (
	browsersFirst = models.RouteDecision{Route: models.RouteP2P, Relays: true, Fallbacks: []models.Route{models.RouteSFU}}
	serverOnly    = models.RouteDecision{Route: models.RouteSFU, Forced: true, Reasons: []models.RouteReason{models.ReasonPolicy}}
)

const sfuOne, sfuTwo = models.NodeID("sfu-one"), models.NodeID("sfu-two")

// calls runs a test with a video call whose sides are on one node and on two.
func calls(t *testing.T, first models.RouteDecision, change func(*Config), test func(c *scene)) {
	for _, nodes := range []int{1, 2} {
		t.Run(map[int]string{1: "one node", 2: "two nodes"}[nodes], func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.cfg.PrepareTimeout, w.cfg.OfferTimeout = 600*time.Millisecond, 200*time.Millisecond
			if change != nil {
				change(&w.cfg)
			}
			c := &scene{t: t, unjudged: &w.unjudged, studio: newStudio(), director: &director{decision: first}}
			w.media, w.router = c.studio, c.director
			c.here = w.node(t)
			c.there = c.here
			if nodes == 2 {
				c.there = w.node(t)
				meet(t, c.here, c.there)
			}
			c.studio.homes = []*node{c.here}
			if c.there != c.here {
				c.studio.homes = append(c.studio.homes, c.there)
			}
			c.a, c.b = c.here.arrive(t, ""), c.there.arrive(t, "")
			for _, v := range []*visitor{c.a, c.b} {
				v.say(&protocol.Find{Type: protocol.KindFind, Mode: models.ModeVideo})
			}
			c.ma, c.mb = c.a.matched(), c.b.matched()
			test(c)
		})
	}
}

// scene is a call of a and b.
type scene struct {
	t           *testing.T
	here, there *node
	studio      *studio
	director    *director
	unjudged    *atomic.Bool
	a, b        *visitor
	ma, mb      *protocol.Matched
}

func (c *scene) ready(epoch uint32, via protocol.Via) {
	for _, v := range []*visitor{c.a, c.b} {
		v.say(&protocol.Ready{Type: protocol.KindReady, Pair: v.pair, Epoch: epoch, Via: via})
	}
}

// steps expects the same step at both.
func (c *scene) steps(phase protocol.RoutePhase, epoch uint32, route models.Route) *protocol.RouteStep {
	c.t.Helper()
	var first *protocol.RouteStep
	for _, v := range []*visitor{c.a, c.b} {
		step := expect[*protocol.RouteStep](v)
		if step.Phase != phase || step.Epoch != epoch || step.Route != route {
			c.t.Fatalf("told %+v, want %s of epoch %d to %s", step, phase, epoch, route)
		}
		if first == nil {
			first = step
		}
	}
	return first
}

func (c *scene) reroute() {
	c.here.Reroute()
	if c.there != c.here {
		c.there.Reroute()
	}
}

func TestACallBeginsOnTheRouteOfThePolicy(t *testing.T) {
	calls(t, serverOnly, nil, func(c *scene) {
		for _, m := range []*protocol.Matched{c.ma, c.mb} {
			if m.Route != models.RouteSFU || m.Epoch != 1 || !m.Forced || m.Cause != models.ReasonPolicy {
				c.t.Fatalf("matched as %+v", m)
			}
		}
		for _, v := range []*visitor{c.a, c.b} {
			v.say(&protocol.SFUOffer{Type: protocol.KindSFUOffer, Pair: v.pair, Epoch: 1, Attempt: 1, SDP: "v=0\r\n" + string(v.token.Session)})
			if answer := expect[*protocol.SFUAnswer](v); answer.Epoch != 1 || answer.Attempt != 1 || answer.SDP != "v=0\r\ns=answer to "+string(v.token.Session) {
				c.t.Fatalf("answered %+v", answer)
			}
		}
	})
}

func TestAPolicyChangeMovesALiveCallAndBack(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		if c.ma.Route != models.RouteP2P {
			c.t.Fatalf("matched as %+v", c.ma)
		}
		c.ready(1, protocol.ViaDirect)
		c.director.want(serverOnly)
		c.reroute()
		if step := c.steps(protocol.RoutePrepare, 2, models.RouteSFU); !step.Forced || step.Cause != models.ReasonPolicy || step.ICEServers == nil && step.Route != models.RouteSFU {
			c.t.Fatalf("told %+v", step)
		}
		c.ready(2, protocol.ViaServer)
		c.steps(protocol.RouteCommit, 2, models.RouteSFU)
		c.director.want(browsersFirst)
		c.reroute()
		c.steps(protocol.RoutePrepare, 3, models.RouteP2P)
		c.ready(3, protocol.ViaDirect)
		c.steps(protocol.RouteCommit, 3, models.RouteP2P)
		c.a.chat("still here")
		c.b.hears("still here")
	})
}

func TestAWayThatIsNotReadyInTimeIsRolledBack(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		c.ready(1, protocol.ViaDirect)
		unforced := serverOnly
		unforced.Forced, unforced.Relays, unforced.Fallbacks = false, true, []models.Route{models.RouteP2P}
		c.director.want(unforced)
		c.reroute()
		// Each media server is tried; then the call stays as it is.
		for epoch := uint32(2); epoch < 2+serverTries; epoch++ {
			c.steps(protocol.RoutePrepare, epoch, models.RouteSFU)
			c.a.say(&protocol.Ready{Type: protocol.KindReady, Pair: c.a.pair, Epoch: epoch, Via: protocol.ViaServer}) // one of two is not enough
			c.steps(protocol.RouteRollback, epoch, models.RouteSFU)
		}
		c.a.chat("nothing happened")
		c.b.hears("nothing happened")
	})
}

func TestAForcedWayIsShownAtItsDeadlineWhateverItShows(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		c.ready(1, protocol.ViaDirect)
		c.director.want(serverOnly)
		c.reroute()
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
		c.steps(protocol.RouteCommit, 2, models.RouteSFU)
	})
}

func TestAForcedWayWithoutAnyServerGoesBlankAndComesWithTheFirstOne(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		c.ready(1, protocol.ViaDirect)
		c.studio.set(func() { c.studio.nodes = nil })
		c.director.want(serverOnly)
		c.reroute()
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
		c.steps(protocol.RouteCommit, 2, models.RouteSFU)
		c.studio.set(func() { c.studio.nodes = []models.NodeID{sfuOne} })
		c.steps(protocol.RoutePrepare, 3, models.RouteSFU)
		c.ready(3, protocol.ViaServer)
		c.steps(protocol.RouteCommit, 3, models.RouteSFU)
	})
}

func TestAFirstConnectionThatDoesNotComeIsHelpedByTheServer(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		if step := c.steps(protocol.RoutePrepare, 2, models.RouteSFU); step.Cause != models.ReasonNetwork || step.Forced {
			c.t.Fatalf("told %+v", step)
		}
		c.ready(1, protocol.ViaRelay) // it came after all, and first
		c.steps(protocol.RouteRollback, 2, models.RouteSFU)
	})
}

func TestABrokenConnectionBetweenBrowsersFallsToTheServer(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		c.ready(1, protocol.ViaDirect)
		c.b.say(&protocol.Ping{Type: protocol.KindPing, N: 1})
		expect[*protocol.Pong](c.b)
		c.b.say(&protocol.Failed{Type: protocol.KindFailed, Pair: c.b.pair, Epoch: 1, Cause: protocol.FailureStalled})
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
		c.ready(2, protocol.ViaServer)
		c.steps(protocol.RouteCommit, 2, models.RouteSFU)
	})
}

func TestAServerThatDoesNotAnswerIsReplaced(t *testing.T) {
	calls(t, browsersFirst, nil, func(c *scene) {
		c.ready(1, protocol.ViaDirect)
		c.studio.set(func() { c.studio.deaf = []models.NodeID{sfuOne} })
		c.director.want(serverOnly)
		c.reroute()
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
		c.a.say(&protocol.SFUOffer{Type: protocol.KindSFUOffer, Pair: c.a.pair, Epoch: 2, Attempt: 1, SDP: "v=0\r\n"})
		c.steps(protocol.RouteRollback, 2, models.RouteSFU)
		c.steps(protocol.RoutePrepare, 3, models.RouteSFU)
		c.b.say(&protocol.SFUOffer{Type: protocol.KindSFUOffer, Pair: c.b.pair, Epoch: 3, Attempt: 1, SDP: "v=0\r\n"})
		expect[*protocol.SFUAnswer](c.b)
	})
}

func TestCallsLeaveAServerThatStopsOrDies(t *testing.T) {
	for name, leave := range map[string]func(*scene, models.Leg){
		"stops": func(c *scene, leg models.Leg) { c.studio.each(func(n *serverOf) { n.LegMoving(sfuOne, leg) }) },
		"dies":  func(c *scene, _ models.Leg) { c.studio.each(func(n *serverOf) { n.NodeGone(sfuOne) }) },
	} {
		t.Run(name, func(t *testing.T) {
			calls(t, serverOnly, nil, func(c *scene) {
				c.ready(1, protocol.ViaServer)
				for _, v := range []*visitor{c.a, c.b} { // both have been heard
					v.say(&protocol.SFUOffer{Type: protocol.KindSFUOffer, Pair: v.pair, Epoch: 1, Attempt: 1, SDP: "v=0\r\n"})
					expect[*protocol.SFUAnswer](v)
				}
				for _, v := range []*visitor{c.a, c.b} {
					leave(c, models.Leg{Session: v.token.Session, Pair: v.pair, Epoch: 1})
				}
				if step := c.steps(protocol.RoutePrepare, 2, models.RouteSFU); step.Cause != models.ReasonMoving {
					c.t.Fatalf("told %+v", step)
				}
				c.ready(2, protocol.ViaServer)
				c.steps(protocol.RouteCommit, 2, models.RouteSFU)
			})
		})
	}
}

func TestAVisitorWhoComplainsWithoutEndKeepsThePartnerBusyForAShortTimeOnly(t *testing.T) {
	calls(t, serverOnly, nil, func(c *scene) {
		c.ready(1, protocol.ViaServer)
		for epoch := range uint32(300) {
			c.a.say(&protocol.Failed{Type: protocol.KindFailed, Pair: c.a.pair, Epoch: epoch + 1, Cause: protocol.FailureStalled})
		}
		c.a.chat("done")
		steps := 0
		for {
			message := c.b.next()
			if chat, ok := message.(*protocol.Chat); ok && chat.Text == "done" {
				break
			}
			if _, ok := message.(*protocol.RouteStep); ok {
				steps++
			}
		}
		if steps == 0 || steps > 3*int(changeRate.Burst) {
			c.t.Fatalf("the partner was told of %d steps", steps)
		}
	})
}

func TestASocketCutInTheMiddleOfASwitchBeginsItAnew(t *testing.T) {
	for name, who := range map[string]func(*scene) (cut, other *visitor, home *node){
		"the leading side": func(c *scene) (*visitor, *visitor, *node) {
			if c.ma.Polite {
				return c.a, c.b, c.here
			}
			return c.b, c.a, c.there
		},
		"the following side": func(c *scene) (*visitor, *visitor, *node) {
			if c.ma.Polite {
				return c.b, c.a, c.there
			}
			return c.a, c.b, c.here
		},
	} {
		t.Run(name, func(t *testing.T) {
			calls(t, browsersFirst, func(c *Config) { c.PrepareTimeout = time.Minute }, func(c *scene) {
				c.ready(1, protocol.ViaDirect)
				c.director.want(serverOnly)
				c.reroute()
				c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
				cut, other, home := who(c)
				cut.ws.Close()
				if away := expect[*protocol.PartnerPresence](other); away.State != protocol.PresenceAway {
					c.t.Fatalf("told %+v", away)
				}
				cut.connect(home, false)
				welcome := expect[*protocol.Welcome](cut)
				if welcome.Pair == nil || welcome.Pair.Epoch != 1 || welcome.Pair.Route != models.RouteP2P {
					c.t.Fatalf("welcomed with %+v", welcome.Pair)
				}
				// Whatever else is said, both end up preparing the same epoch.
				epochs := map[*visitor]uint32{}
				for _, v := range []*visitor{cut, other} {
					for epochs[v] <= 2 {
						if step, ok := v.next().(*protocol.RouteStep); ok && step.Phase == protocol.RoutePrepare {
							epochs[v] = step.Epoch
						}
					}
				}
				if epochs[cut] != epochs[other] {
					c.t.Fatalf("they prepare %d and %d", epochs[cut], epochs[other])
				}
				c.ready(epochs[cut], protocol.ViaServer)
				c.steps(protocol.RouteCommit, epochs[cut], models.RouteSFU)
			})
		})
	}
}
