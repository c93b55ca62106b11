package signaling

import (
	"slices"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// regard is what moderation has in force about the picture of one side of a pair, and what is claimed of it. Both homes
// keep it of both sides; the record in Redis has it too, so that no takeover sets a picture free.
type regard struct {
	Actions  []models.Action           `json:"a,omitempty"` // in force: blur, stop
	Reason   protocol.ModerationReason `json:"r,omitempty"`
	Flag     models.FlagID             `json:"f,omitempty"` // the newest one behind Actions
	Hit      bool                      `json:"h,omitempty"` // the partner's browser called it indecent, and the server has not cleared it
	Sighting models.SightingID         `json:"s,omitempty"` // that claim while it is open; at the claimant's home

	looks    int                // judged samples without a hot one since Hit; at the home of whose picture it is
	scores   map[string]float64 // of the partner's browser, as last said; likewise
	troubles []models.FrameTrouble
	strayed  int // times in a row that the media server's word differed from Actions
}

// measure is what is done about one picture, by the service's own verdict or by staff.
type measure struct {
	Actions []models.Action           `json:"a,omitempty"`
	Reason  protocol.ModerationReason `json:"r,omitempty"`
	Flag    models.FlagID             `json:"f,omitempty"`
	BanFor  time.Duration             `json:"b,omitempty"` // with ActionBan; 0: for good
	Until   int64                     `json:"u,omitempty"` // likewise, Unix seconds
	Text    string                    `json:"x,omitempty"` // of a ban, for the banned
	By      models.StaffID            `json:"y,omitempty"` // who decided; empty: the service
	Lift    bool                      `json:"l,omitempty"` // take back what the flag did:
	Shows   bool                      `json:"s,omitempty"` // to the picture
	Unbans  bool                      `json:"n,omitempty"` // to the device
}

// lasting are the actions that stay in force until they are lifted.
var lasting = []models.Action{models.ActionBlur, models.ActionStop}

func (r *regard) stopped() bool    { return slices.Contains(r.Actions, models.ActionStop) }
func (r *regard) restrained() bool { return len(r.Actions) > 0 }

// take adds a measure to what is in force, or takes everything back. It reports whether there is something to tell.
func (r *regard) take(m *measure) bool {
	if m.Lift {
		if !r.restrained() || (m.Flag != "" && r.Flag != "" && m.Flag != r.Flag) {
			return false // nothing to lift, or what is in force is another flag's
		}
		r.Actions, r.Reason, r.Flag, r.Hit, r.strayed = nil, "", "", false, 0
		return true
	}
	for _, a := range lasting {
		if slices.Contains(m.Actions, a) && !slices.Contains(r.Actions, a) {
			r.Actions = append(r.Actions, a)
		}
	}
	if slices.ContainsFunc(m.Actions, func(a models.Action) bool { return slices.Contains(lasting, a) }) {
		r.Reason, r.Flag = m.Reason, m.Flag
	}
	return len(m.Actions) > 0
}

// word is what a visitor is told of a measure about a picture.
func (r *regard) word(p *pair, target protocol.ModerationTarget, m *measure) *protocol.Moderation {
	actions := slices.Clone(r.Actions)
	for _, a := range m.Actions {
		if !slices.Contains(actions, a) {
			actions = append(actions, a)
		}
	}
	if actions == nil {
		actions = []models.Action{}
	}
	return &protocol.Moderation{
		Type: protocol.KindModeration, Pair: p.id, Target: target, Actions: actions, Reason: m.Reason, Lifted: m.Lift, Until: m.Until,
	}
}

// sayRegards tells a visitor on a new socket what is in force; the caller holds the session's mutex.
func (s *Server) sayRegards(ses *session, p *pair) {
	for target, r := range map[protocol.ModerationTarget]*regard{protocol.TargetYou: &p.mine, protocol.TargetPartner: &p.theirs} {
		if r.restrained() {
			ses.send(r.word(p, target, &measure{Reason: r.Reason}))
		}
	}
}

// confined is the decision for a pair one of whose pictures must not be seen. The media server alone can hold it back, so
// that nothing else is used: not the way before, not another when this one fails.
func confined(d models.RouteDecision) models.RouteDecision {
	d.Route, d.Forced, d.Fallbacks = models.RouteSFU, true, nil
	d.Relays, d.RelayOnly = true, false
	if d.Sampling == models.SamplingNone {
		d.Sampling = models.SamplingNormal
	}
	d.Reasons = append(slices.Clone(d.Reasons), models.ReasonHit)
	return d
}

// orders are what the media server of a way is to do besides carrying a visitor's media; the caller holds the session's
// mutex. A picture that is not passed on needs no looks.
func (p *pair) orders(w way) models.LegOrders {
	orders := models.LegOrders{Sampling: w.Sampling, Hold: p.mine.stopped()}
	if orders.Hold {
		orders.Sampling = models.SamplingNone
	}
	return orders
}

// order brings the media servers of a side in line; the caller holds the session's mutex. What is lost on the way is seen
// in the server's statistics, or, of the plan, with the next change.
func (s *Server) order(ses *session, p *pair, holds bool) {
	for _, w := range p.media.servers() {
		leg, orders := legOf(ses, p, w), p.orders(w)
		err := s.Media.Sampling(w.SFU, leg, orders.Sampling)
		if holds && err == nil {
			err = s.Media.Hold(w.SFU, leg, orders.Hold)
		}
		if err != nil {
			s.Log.Debug("media server not told", "pair", p.id, "node", w.SFU, "err", err)
		}
	}
}

// compare looks whether the media server holds what it is to hold: the word of a verdict, or ours, may have been lost.
// The caller holds the session's mutex.
func (s *Server) compare(ses *session, p *pair, w way, held bool, now time.Time) (missed bool) {
	if held == p.mine.stopped() {
		p.mine.strayed = 0
		return false
	}
	p.mine.strayed++
	switch {
	case p.mine.strayed < strayedTimes:
		return false // it may be on its way
	case held && now.Sub(p.lifted) > liftFor:
		p.mine.strayed = 0
		return true
	}
	p.mine.strayed = 0
	if err := s.Media.Hold(w.SFU, legOf(ses, p, w), p.mine.stopped()); err != nil {
		s.Log.Debug("media server not told", "pair", p.id, "node", w.SFU, "err", err)
	}
	return false
}

// strayedTimes is how many statistics in a row must differ before something is done about it.
const strayedTimes = 2

// liftFor is how long a server that still holds a picture is told that it was lifted; later it holds it for something new.
const liftFor = 20 * time.Second
