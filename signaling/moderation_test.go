package signaling

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/signaling/protocol"
)

// eyes is a policy that sends calls with a hit to the media server, and others from browser to browser.
type eyes struct{}

func (eyes) Route(f models.RouteFacts) models.RouteDecision {
	if f.Visitors[0].Hit || f.Visitors[1].Hit {
		return models.RouteDecision{
			Route: models.RouteSFU, Forced: true, Relays: true, Sampling: models.SamplingDense, Reasons: []models.RouteReason{models.ReasonHit},
		}
	}
	return models.RouteDecision{Route: models.RouteP2P, Relays: true, Reasons: []models.RouteReason{models.ReasonDefault}}
}

// looked runs a test with a video call between browsers that hits move to the server.
func looked(t *testing.T, change func(*Config), test func(c *scene)) {
	calls(t, browsersFirst, func(c *Config) {
		c.ClientCheck.Pause = 0
		c.PrepareTimeout = patience
		if change != nil {
			change(c)
		}
	}, func(c *scene) {
		for _, n := range []*node{c.here, c.there} {
			n.Router = eyes{}
		}
		c.ready(1, protocol.ViaDirect)
		test(c)
	})
}

// leg is a visitor's leg of an epoch.
func (c *scene) leg(v *visitor, epoch uint32) models.Leg {
	leg := models.Leg{Session: v.token.Session, Pair: v.pair, Epoch: epoch}
	if (v == c.a) != c.ma.Polite {
		leg.Side = models.SideB
	}
	return leg
}

func (c *scene) home(v *visitor) *node {
	if v == c.a {
		return c.here
	}
	return c.there
}

func (c *scene) db() *store.Store { return c.here.Store.(*store.Store) }

// sight has v's browser claim that the partner's picture is indecent.
func (c *scene) sight(v *visitor) {
	v.say(&protocol.Sighting{Type: protocol.KindSighting, Pair: v.pair, Class: "Porn", Score: 0.9, Model: "m/1"})
}

// condemn gives a verdict about v's picture, as the media server would.
func (c *scene) condemn(v *visitor, epoch uint32, flag models.FlagID, actions ...models.Action) {
	c.home(v).LegVerdict(models.Verdict{
		Flag: flag, Leg: c.leg(v, epoch), Rule: "nudity", Version: 1, Class: "Porn", Score: 0.97, Actions: actions, BanFor: time.Hour, At: time.Now(),
	})
}

// sanction is staff's decision on a flag of v.
func (c *scene) sanction(v *visitor, flag models.FlagID, actions ...models.Action) models.Sanction {
	return models.Sanction{Flag: models.Flag{ID: flag, Session: v.token.Session, Pair: v.pair}, Actions: actions, Reason: "be nice"}
}

// told expects the same moderation at both, about the picture of v.
func (c *scene) told(v *visitor, lifted bool, actions ...models.Action) {
	c.t.Helper()
	for _, who := range []*visitor{c.a, c.b} {
		m := expect[*protocol.Moderation](who)
		target := protocol.TargetPartner
		if who == v {
			target = protocol.TargetYou
		}
		if m.Target != target || m.Lifted != lifted || !slices.Equal(m.Actions, actions) || m.Pair != who.pair || m.Reason == "" {
			c.t.Fatalf("told %+v, want %s %v of %s", m, target, actions, target)
		}
	}
}

// moved expects the change to the media server and makes it.
func (c *scene) moved(epoch uint32) {
	c.t.Helper()
	c.steps(protocol.RoutePrepare, epoch, models.RouteSFU)
	for _, v := range []*visitor{c.a, c.b} {
		v.say(&protocol.SFUOffer{Type: protocol.KindSFUOffer, Pair: v.pair, Epoch: epoch, Attempt: 1, SDP: "v=0\r\n"})
		expect[*protocol.SFUAnswer](v)
	}
	c.ready(epoch, protocol.ViaServer)
	c.steps(protocol.RouteCommit, epoch, models.RouteSFU)
}

func (c *scene) claims() []models.Sighting {
	rows, err := c.db().Sightings(c.t.Context(), c.a.pair)
	if err != nil {
		c.t.Fatal(err)
	}
	return rows
}

func (c *scene) settles(outcome models.SightingOutcome) {
	c.t.Helper()
	eventually(c.t, "the claim is "+string(outcome), func() bool {
		rows := c.claims()
		return len(rows) > 0 && rows[len(rows)-1].Outcome == outcome
	})
}

func (c *scene) ordered(v *visitor) (plan models.SamplingPlan, hold bool) {
	c.studio.mu.Lock()
	defer c.studio.mu.Unlock()
	return c.studio.plans[v.token.Session], c.studio.holds[v.token.Session]
}

func TestAHitMovesACallToTheServerWhoseVotesAloneAct(t *testing.T) {
	looked(t, nil, func(c *scene) {
		for _, v := range []*visitor{c.a, c.b} {
			v.chat("hello from " + string(v.token.Session))
		}
		c.a.hears("hello from " + string(c.b.token.Session))
		c.b.hears("hello from " + string(c.a.token.Session))
		c.sight(c.a)
		c.moved(2)
		for _, v := range []*visitor{c.a, c.b} {
			if plan, hold := c.ordered(v); plan != models.SamplingDense || hold {
				c.t.Fatalf("ordered %q, hold %v", plan, hold)
			}
		}

		flag := &models.Flag{ID: models.NewFlagID(), Kind: models.FlagFrame, Session: c.b.token.Session, Pair: c.b.pair, State: models.FlagOpen, At: time.Now()}
		c.condemn(c.b, 2, flag.ID, models.ActionBlur, models.ActionStop, models.ActionWarn)
		c.told(c.b, false, models.ActionBlur, models.ActionStop, models.ActionWarn)
		if plan, hold := c.ordered(c.b); plan != models.SamplingNone || !hold {
			c.t.Fatalf("of the accused: ordered %q, hold %v", plan, hold)
		}
		if plan, hold := c.ordered(c.a); plan != models.SamplingDense || hold {
			c.t.Fatalf("of the other: ordered %q, hold %v", plan, hold)
		}
		c.settles(models.SightingConfirmed)
		if row := c.claims()[0]; row.Reporter != c.a.token.Session || row.Accused != c.b.token.Session || row.Scores["Porn"] != 0.9 {
			c.t.Fatalf("stored as %+v", row)
		}

		if err := c.db().CreateFlag(t.Context(), flag); err != nil { // later than the verdict
			t.Fatal(err)
		}
		var stored models.Flag
		eventually(t, "the flag tells of its call", func() bool {
			stored, _ = c.db().Flag(t.Context(), flag.ID)
			return stored.Device != ""
		})
		var words []string
		for _, e := range stored.Timeline {
			words = append(words, e.What)
		}
		if want := "matched route:p2p sighting route:sfu verdict:nudity action:blur action:stop action:warn"; strings.Join(words, " ") != want {
			t.Fatalf("timeline %q, want %q", words, want)
		}
		if stored.ClientScores["Porn"] != 0.9 || stored.Route != models.RouteSFU {
			t.Fatalf("stored as %+v", stored)
		}
		lines := c.home(c.b).Chats.(*archive).of(string(flag.ID))
		if len(lines) != 2 || lines[0].Session == lines[1].Session || lines[0].Text != "hello from "+string(lines[0].Session) {
			t.Fatalf("the conversation was kept as %+v", lines)
		}
	})
}

func TestAStoppedPictureIsNotFreedByAnythingButALift(t *testing.T) {
	looked(t, nil, func(c *scene) {
		c.sight(c.a)
		c.moved(2)
		flag := models.NewFlagID()
		c.condemn(c.b, 2, flag, models.ActionBlur, models.ActionStop)
		c.told(c.b, false, models.ActionBlur, models.ActionStop)

		// The server fails: the call goes to another one, and never back between browsers.
		c.b.say(&protocol.Failed{Type: protocol.KindFailed, Pair: c.b.pair, Epoch: 2, Cause: protocol.FailureStalled})
		c.moved(3)
		if _, hold := c.ordered(c.b); !hold {
			t.Fatal("the next server was not told")
		}
		// A new socket: its visitor, and the partner's, are told again.
		for _, v := range []*visitor{c.b, c.a} {
			other := c.a
			if v == c.a {
				other = c.b
			}
			v.ws.Close()
			expect[*protocol.PartnerPresence](other)
			v.connect(c.home(v), false)
			expect[*protocol.Welcome](v)
			if m := expect[*protocol.Moderation](v); !slices.Equal(m.Actions, []models.Action{models.ActionBlur, models.ActionStop}) {
				t.Fatalf("told %+v", m)
			}
			expect[*protocol.PartnerPresence](other)
		}
		// The server lost the order and says so.
		c.studio.set(func() { c.studio.holds = map[models.SessionID]bool{} })
		for range strayedTimes {
			c.home(c.b).LegStatistics(c.leg(c.b, 3), models.LegStats{Connected: true}, models.LegStats{})
			expect[*protocol.Path](c.b)
		}
		if _, hold := c.ordered(c.b); !hold {
			t.Fatal("the server was not told again")
		}
		// A reviewer of something else lifts nothing; of this, everything.
		for _, id := range []models.FlagID{models.NewFlagID(), flag} {
			if err := c.here.Lift(t.Context(), c.sanction(c.b, id, models.ActionBlur, models.ActionStop)); err != nil {
				t.Fatal(err)
			}
		}
		c.told(c.b, true)
		if _, hold := c.ordered(c.b); hold {
			t.Fatal("the server still holds the picture")
		}
		c.steps(protocol.RoutePrepare, 4, models.RouteP2P)
	})
}

func TestAStoppedPictureStaysStoppedWhenItsHomeMoves(t *testing.T) {
	looked(t, nil, func(c *scene) {
		c.sight(c.a)
		c.moved(2)
		c.condemn(c.b, 2, models.NewFlagID(), models.ActionBlur, models.ActionStop)
		c.told(c.b, false, models.ActionBlur, models.ActionStop)
		if c.here == c.there {
			return
		}
		eventually(t, "the record tells of it", func() bool {
			text, err := c.there.Redis.HGet(t.Context(), recordKey(c.b.token.Session), "pair").Result()
			return err == nil && strings.Contains(text, `"m":{"a":["blur","stop"]`)
		})
		c.studio.set(func() { c.studio.holds = map[models.SessionID]bool{} })
		c.b.connect(c.here, false)
		if welcome := expect[*protocol.Welcome](c.b); welcome.Pair == nil || welcome.Pair.Route != models.RouteSFU {
			t.Fatalf("welcomed with %+v", welcome)
		}
		if m := expect[*protocol.Moderation](c.b); m.Target != protocol.TargetYou || len(m.Actions) != 2 {
			t.Fatalf("told %+v", m)
		}
		c.b.say(&protocol.SFUOffer{Type: protocol.KindSFUOffer, Pair: c.b.pair, Epoch: 2, Attempt: 2, SDP: "v=0\r\n"})
		expect[*protocol.SFUAnswer](c.b)
		if _, hold := c.ordered(c.b); !hold {
			t.Fatal("the server was not told with the offer")
		}
		eventually(t, "the home before has let go", func() bool { return c.there.lookup(c.b.token.Session) == nil })
		// A verdict that goes to the home before finds the one that has the session now.
		c.there.LegVerdict(models.Verdict{Leg: c.leg(c.b, 2), Rule: "nudity", Class: "Porn", Score: 0.9, Actions: []models.Action{models.ActionWarn}, At: time.Now()})
		for {
			if m, ok := c.b.next().(*protocol.Moderation); ok {
				if m.Target != protocol.TargetYou || len(m.Actions) != 3 {
					t.Fatalf("told %+v", m)
				}
				return
			}
		}
	})
}

func TestTheWordOfAVerdictMayBeLostAndBothAreToldAllTheSame(t *testing.T) {
	looked(t, nil, func(c *scene) {
		c.sight(c.a)
		c.moved(2)
		for range strayedTimes {
			c.home(c.b).LegStatistics(c.leg(c.b, 2), models.LegStats{Connected: true, Held: true}, models.LegStats{})
			expect[*protocol.Path](c.b)
		}
		c.told(c.b, false, models.ActionBlur, models.ActionStop)
	})
}

func TestWhatTheOtherHomeMissedIsFoundByTheCheckOfPairs(t *testing.T) {
	looked(t, nil, func(c *scene) {
		if c.here == c.there {
			return // nothing is lost inside a node
		}
		c.sight(c.a)
		c.moved(2)
		forget := func() {
			ses := c.here.lookup(c.a.token.Session)
			ses.mu.Lock()
			defer ses.mu.Unlock()
			ses.pair.theirs = regard{}
		}
		c.condemn(c.b, 2, models.NewFlagID(), models.ActionBlur, models.ActionStop)
		c.told(c.b, false, models.ActionBlur, models.ActionStop)
		forget()
		if m := expect[*protocol.Moderation](c.a); m.Target != protocol.TargetPartner || len(m.Actions) != 2 {
			t.Fatalf("told %+v", m)
		}
	})
}

func TestALyingBrowserMovesTheCallAndLosesItsStanding(t *testing.T) {
	looked(t, func(c *Config) { c.ClientCheck.FalseAlarms = 1 }, func(c *scene) {
		c.sight(c.a)
		c.moved(2)
		home := c.home(c.b)
		home.LegLooked(c.leg(c.b, 2), models.Look{Samples: 3})
		home.LegLooked(c.leg(c.b, 2), models.Look{Samples: 2, Hot: 1})
		home.LegLooked(c.leg(c.b, 2), models.Look{Samples: 4})
		c.sight(c.a) // the same claim: not counted anew
		home.LegLooked(c.leg(c.b, 2), models.Look{Samples: 1})
		c.settles(models.SightingRefuted)
		if n := len(c.claims()); n != 1 {
			t.Fatalf("%d claims were stored", n)
		}
		standing, err := c.db().Standing(t.Context(), c.claims()[0].ReporterDevice, time.Now().Add(-time.Hour), 3)
		if err != nil || standing.FalseAlarms != 1 {
			t.Fatalf("standing %+v, %v", standing, err)
		}
		c.sight(c.a) // nobody listens any more
		c.a.chat("nothing happened")
		c.b.hears("nothing happened")
		if n := len(c.claims()); n != 1 {
			t.Fatalf("%d claims were stored", n)
		}
	})
}

func TestAClaimThatNobodyLookedAtIsUnseenAtTheEnd(t *testing.T) {
	looked(t, nil, func(c *scene) {
		c.sight(c.a)
		c.steps(protocol.RoutePrepare, 2, models.RouteSFU)
		c.b.say(&protocol.Leave{Type: protocol.KindLeave, Pair: c.b.pair})
		expect[*protocol.Ended](c.a)
		c.settles(models.SightingUnseen)
	})
}

func TestAShadowVerdictDoesNothingAndConfirmsAClaim(t *testing.T) {
	looked(t, nil, func(c *scene) {
		c.sight(c.a)
		c.moved(2)
		c.home(c.b).LegVerdict(models.Verdict{Leg: c.leg(c.b, 2), Rule: "suggestive", Class: "Sexy", Score: 0.95, Shadow: true, Actions: []models.Action{models.ActionEnd}, At: time.Now()})
		c.settles(models.SightingConfirmed)
		c.a.chat("nothing happened")
		c.b.hears("nothing happened")
	})
}

func TestAVerdictEndsACallAndKeepsADeviceOut(t *testing.T) {
	looked(t, nil, func(c *scene) {
		device := c.b.token.Device
		second := c.here.arrive(t, device) // another window, perhaps on another node
		c.condemn(c.b, 1, models.NewFlagID(), models.ActionEnd, models.ActionBan)
		for _, v := range []*visitor{c.a, c.b} {
			m := expect[*protocol.Moderation](v)
			if !slices.Equal(m.Actions, []models.Action{models.ActionEnd, models.ActionBan}) || m.Until < time.Now().Unix() {
				t.Fatalf("told %+v", m)
			}
			if ended := expect[*protocol.Ended](v); ended.Reason != models.EndModerated || ended.Self != (v == c.b) || ended.State != protocol.StateIdle {
				t.Fatalf("told %+v", ended)
			}
		}
		var ban models.BanID
		for _, v := range []*visitor{c.b, second} {
			banned := expect[*protocol.Banned](v)
			if banned.Reason != "nudity" || banned.Until < time.Now().Unix() || banned.Ban == "" {
				t.Fatalf("told %+v", banned)
			}
			ban = banned.Ban
			if code := v.closed(); code != protocol.CloseBanned {
				t.Fatalf("closed with %d", code)
			}
		}
		// Neither a new session nor the old one on any node.
		for _, n := range []*node{c.here, c.there} {
			body, _ := json.Marshal(protocol.SessionRequest{Consent: n.cfg.ConsentVersion, Adult: true, Device: device})
			response, err := http.Post(n.url+"/api/session", "application/json", strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			var problem protocol.Problem
			if err := json.NewDecoder(response.Body).Decode(&problem); err != nil || response.StatusCode != http.StatusForbidden {
				t.Fatalf("status %d, %v", response.StatusCode, err)
			}
			response.Body.Close()
			if problem.Code != "banned" || problem.Ban != ban || problem.Reason != "nudity" || problem.Until == 0 {
				t.Fatalf("refused with %+v", problem)
			}
		}
		http.DefaultClient.CloseIdleConnections()
		eventually(t, "the ban is stored", func() bool {
			bans, err := c.db().ActiveBans(t.Context(), time.Now())
			return err == nil && len(bans) == 1 && bans[0].ID == ban
		})
		c.b.connect(c.here, false)
		if code := c.b.closed(); code != protocol.CloseBanned && code != protocol.CloseUnknownSession {
			t.Fatalf("a resumed socket was closed with %d", code)
		}
	})
}

func TestALiftedBanLetsTheDeviceInAgain(t *testing.T) {
	looked(t, nil, func(c *scene) {
		flag := models.NewFlagID()
		c.condemn(c.b, 1, flag, models.ActionBan)
		if code := c.b.closed(); code != protocol.CloseBanned {
			t.Fatalf("closed with %d", code)
		}
		eventually(t, "the ban is stored", func() bool {
			bans, err := c.db().ActiveBans(t.Context(), time.Now())
			return err == nil && len(bans) == 1
		})
		if err := c.here.Lift(t.Context(), c.sanction(c.b, flag, models.ActionBan)); err != nil {
			t.Fatal(err)
		}
		c.here.newSession(t, c.b.token.Device)
		c.there.newSession(t, c.b.token.Device)
	})
}

func TestStaffActOnALiveCallFromAnyNode(t *testing.T) {
	looked(t, nil, func(c *scene) {
		apply := func(n *node, actions ...models.Action) error {
			return n.Apply(t.Context(), c.sanction(c.b, models.NewFlagID(), actions...))
		}
		if err := apply(c.here, models.ActionWarn); err != nil {
			t.Fatal(err)
		}
		c.told(c.b, false, models.ActionWarn)
		if err := apply(c.there, models.ActionEnd); err != nil {
			t.Fatal(err)
		}
		c.told(c.b, false, models.ActionEnd)
		for _, v := range []*visitor{c.a, c.b} {
			if ended := expect[*protocol.Ended](v); ended.Reason != models.EndStaff {
				t.Fatalf("told %+v", ended)
			}
		}
		if err := apply(c.here, models.ActionWarn); err != nil {
			t.Fatalf("a call that is over: %v", err)
		}
		if err := apply(c.here, models.ActionBan); !errors.Is(err, errNoDevice) {
			t.Fatalf("a ban of nobody: %v", err)
		}
		claims, err := c.here.Tokens.ParseSession(c.b.token.Token, time.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		sanction := c.sanction(c.b, models.NewFlagID(), models.ActionBan)
		sanction.Flag.Device = claims.Device
		if err := c.here.Apply(t.Context(), sanction); err != nil {
			t.Fatal(err)
		}
		if banned := expect[*protocol.Banned](c.b); banned.Reason != "be nice" || banned.Until != 0 {
			t.Fatalf("told %+v", banned)
		}
		if code := c.b.closed(); code != protocol.CloseBanned {
			t.Fatalf("closed with %d", code)
		}
	})
}
