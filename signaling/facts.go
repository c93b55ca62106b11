package signaling

import (
	"context"
	"slices"
	"strings"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

const (
	// factsFor is how long what was looked up of a visitor is good for another search.
	factsFor = 30 * time.Second
	// standingSince is how far back reports and flags count.
	standingSince = 24 * time.Hour
)

// loadFacts looks up what is known of a visitor for the decision of routes. What cannot be looked up is taken as
// unknown: nobody waits for it.
func (s *Server) loadFacts(ctx context.Context, ses *session) {
	now := time.Now()
	ses.mu.Lock()
	video := ses.want != nil && ses.want.Mode == models.ModeVideo
	fresh := !ses.factsAt.IsZero() && now.Sub(ses.factsAt) < factsFor
	brandNew := ses.pairs == 0 && now.Sub(ses.deviceSince) < factsFor
	addr := ses.addr.Addr()
	ses.mu.Unlock()
	if !video || fresh {
		return
	}
	var facts models.VisitorFacts
	if !brandNew { // nobody has met it
		standing, err := s.Store.Standing(ctx, ses.device, now.Add(-standingSince), s.cfg.ClientCheck.FalseAlarms)
		if err != nil {
			s.Log.Debug("standing not read", "session", ses.id, "err", err)
		}
		facts.Reports, facts.Flags, facts.FalseAlarms = standing.Reports, standing.Flags, standing.FalseAlarms
	}
	facts.Network = s.networks.recall(ctx, addr)
	ses.mu.Lock()
	defer ses.mu.Unlock()
	facts.FalseAlarms = max(facts.FalseAlarms, ses.facts.FalseAlarms) // the last one may not be written yet
	ses.facts, ses.factsAt = facts, now
}

// visitorFacts is what is known of a visitor now; the caller holds the session's mutex.
func (s *Server) visitorFacts(ses *session) models.VisitorFacts {
	facts := ses.facts
	facts.Region, facts.HideIP = s.cfg.Region, ses.hideIP
	facts.DeviceAge = time.Since(ses.deviceSince)
	return facts
}

// party is how other nodes are told of a session; the caller holds its mutex.
func (s *Server) party(ses *session) *party {
	return &party{Session: ses.id, Device: ses.device, Node: s.Node, Addr: ses.addr, Facts: s.visitorFacts(ses)}
}

// means is what was there when the policy was asked, as far as a change of it is to have it asked again.
type means struct {
	unjudged bool // nobody could look at pictures
	unserved bool // there was no media server, and one was wanted
}

// decide asks the policy about a pair that the session leads; the caller holds the session's mutex. Who acts on the
// answer notes the means with it.
func (s *Server) decide(ses *session, p *pair, failed []models.Route) (models.RouteDecision, means) {
	facts := s.routeFacts(ses, p, failed)
	d := s.ask(facts)
	m := means{facts.Unjudged, !facts.SFU && slices.Contains(d.Reasons, models.ReasonUnavailable)}
	if p.mine.restrained() || p.theirs.restrained() {
		return confined(d), m
	}
	return d, m
}

// routeFacts is what is known of a pair that the session leads; the caller holds the session's mutex.
func (s *Server) routeFacts(ses *session, p *pair, failed []models.Route) models.RouteFacts {
	l := p.media.lead
	mine, theirs := s.visitorFacts(ses), l.facts
	mine.Hit, theirs.Hit = p.mine.Hit, p.theirs.Hit
	return s.withServers(ses.id, models.RouteFacts{
		Pair: p.id, Mode: p.opening.Mode, Visitors: [2]models.VisitorFacts{mine, theirs},
		Failed: slices.Clone(failed), Operator: l.operator, OperatorForced: l.forced,
	})
}

// withServers adds what there is to relay with.
func (s *Server) withServers(session models.SessionID, facts models.RouteFacts) models.RouteFacts {
	facts.TURN = s.haveTURN(session)
	facts.Unjudged = s.cannotJudge()
	if s.Media != nil {
		facts.SFU, facts.SFULoad = s.Media.Load(s.cfg.Region)
	}
	return facts
}

func (s *Server) ask(facts models.RouteFacts) models.RouteDecision {
	if s.Router == nil {
		return plainRoute(facts)
	}
	return s.Router.Route(facts)
}

// plainRoute is what is done without a policy.
func plainRoute(f models.RouteFacts) models.RouteDecision {
	d := models.RouteDecision{Route: models.RouteP2P, Relays: f.TURN, Reasons: []models.RouteReason{models.ReasonDefault}}
	if f.Operator != "" {
		d.Route, d.Forced, d.Reasons = f.Operator, f.OperatorForced, []models.RouteReason{models.ReasonOperator}
		d.RelayOnly = f.Operator == models.RouteTURN
		return d
	}
	hide := f.Visitors[0].HideIP || f.Visitors[1].HideIP
	switch {
	case hide && f.TURN && !slices.Contains(f.Failed, models.RouteTURN):
		d.Route, d.RelayOnly, d.Reasons = models.RouteTURN, true, []models.RouteReason{models.ReasonHideIP}
	case hide:
		d.Route, d.Reasons = models.RouteSFU, []models.RouteReason{models.ReasonHideIP}
		d.Forced = true
	case slices.Contains(f.Failed, models.RouteP2P) && f.SFU && !slices.Contains(f.Failed, models.RouteSFU):
		d.Route, d.Reasons = models.RouteSFU, []models.RouteReason{models.ReasonNetwork}
	}
	return d
}

// wayOf is the way that a decision asks for, without epoch and media server.
func (s *Server) wayOf(d models.RouteDecision, cause models.RouteReason) way {
	w := way{Route: d.Route, Forced: d.Forced, RelayOnly: d.RelayOnly || d.Route == models.RouteTURN, Cause: cause}
	w.Relays = d.Relays || w.RelayOnly
	if notice := d.Notice(); w.Cause == "" || notice == models.ReasonNoWay || notice == models.ReasonNoClassifier {
		w.Cause = notice
	}
	if w.Route == models.RouteSFU {
		w.Relays, w.RelayOnly = true, false // its own addresses are all that a visitor gets
		w.Sampling = d.Sampling
		w.Blind = d.Notice() == models.ReasonNoClassifier
	}
	return w
}

// firstWay decides how a pair begins, from both visitors' facts; the caller holds the session's mutex.
func (s *Server) firstWay(ses *session, id models.PairID, mode models.Mode, partner models.VisitorFacts) way {
	if mode != models.ModeVideo {
		return way{Epoch: 1, Route: models.RouteP2P}
	}
	facts := models.RouteFacts{Pair: id, Mode: mode, Visitors: [2]models.VisitorFacts{s.visitorFacts(ses), partner}}
	w := s.wayOf(s.ask(s.withServers(ses.id, facts)), "")
	w.Epoch = 1
	if w.Route == models.RouteSFU && !w.Blind {
		w.SFU, _ = s.place(nil)
	}
	return w
}

// newRouting is a side's view of a pair whose media takes a way from now on.
func newRouting(w way, leads bool, partner models.VisitorFacts, now time.Time) routing {
	r := routing{now: w, last: w.Epoch, issued: now}
	if leads {
		r.lead = &lead{facts: partner, since: now, means: means{w.Cause == models.ReasonNoClassifier, w.Cause == models.ReasonUnavailable}}
		if w.Route == models.RouteSFU && w.SFU == "" && !w.Blind {
			r.lead.again = now.Add(time.Second)
		}
	}
	return r
}

// haveTURN reports whether a visitor would get a TURN server.
func (s *Server) haveTURN(session models.SessionID) bool {
	return slices.ContainsFunc(s.servers(session), relays)
}

func (s *Server) servers(session models.SessionID) []protocol.ICEServer {
	list := slices.Clone(s.cfg.ICEServers)
	if s.ICEServers != nil {
		list = append(list, s.ICEServers(session)...)
	}
	return list
}

func relays(server protocol.ICEServer) bool {
	return slices.ContainsFunc(server.URLs, func(u string) bool { return strings.HasPrefix(u, "turn") })
}

// renewServers gives a visitor fresh credentials before those they have expire: an ICE restart may need them. The
// caller holds the session's mutex.
func (s *Server) renewServers(ses *session, p *pair, now time.Time) {
	if s.ICEServersTTL == 0 || p.opening.Mode != models.ModeVideo || now.Sub(p.media.issued) < s.ICEServersTTL*3/4 {
		return
	}
	p.media.issued = now
	if servers := s.iceServers(ses.id, p.media.now); slices.ContainsFunc(servers, relays) {
		ses.send(&protocol.ICEServersMessage{Type: protocol.KindICEServers, Pair: p.id, ICEServers: servers})
	}
}

// iceServers is what a visitor's RTCPeerConnection for a way gets, with credentials that begin now. It is never nil.
func (s *Server) iceServers(session models.SessionID, w way) []protocol.ICEServer {
	list := s.servers(session)
	if !w.Relays {
		list = slices.DeleteFunc(list, relays)
	}
	if list == nil {
		list = []protocol.ICEServer{}
	}
	return list
}
