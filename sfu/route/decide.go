package route

import (
	"slices"

	"omezle/models"
)

// Decide tells which way a pair's media goes. The package documentation has the order of what is weighed. When a route
// fails, the caller adds it to the facts' Failed and asks again; the decision's Fallbacks say what can be prepared before.
func Decide(p *Policy, f models.RouteFacts) models.RouteDecision {
	w := worstOf(&f)
	d := models.RouteDecision{Version: p.Version, HideIP: w.hidesIP, Reasons: make([]models.RouteReason, 0, 4)}
	outcome := &p.Default
	if rule := p.match(&f, w); rule != nil {
		outcome, d.Rule, d.Reasons = &rule.Then, rule.Name, rule.reasons(d.Reasons)
	} else {
		d.Reasons = append(d.Reasons, models.ReasonDefault)
	}
	d.Sampling, d.Note = outcome.Sampling, outcome.Reason
	l := ladder{forced: outcome.Forced, relays: outcome.Relays}
	l.add(outcome.Route)
	l.add(outcome.Fallbacks...)
	if f.Operator != "" {
		l = l.overridden(f.Operator, f.OperatorForced)
		d.Rule, d.Note, d.Reasons = "", "", append(d.Reasons[:0], models.ReasonOperator)
		if f.Operator == models.RouteSFU && d.Sampling == models.SamplingNone {
			d.Sampling = models.SamplingNormal // staff want it looked at
		}
	}
	if w.hidesIP && l.hide(&f) {
		d.Reasons = append(d.Reasons, models.ReasonHideIP)
	}
	if f.Unjudged && d.Sampling != models.SamplingNone && !l.unlooked(&d) {
		return d
	}
	l.settle(&d, &f)
	return d
}

// match returns the rule that decides, nil if none does.
func (p *Policy) match(f *models.RouteFacts, w worst) *Rule {
	for i := range p.Rules {
		if p.Rules[i].holds(f, w) {
			return &p.Rules[i]
		}
	}
	return nil
}

// ladder is the routes that a pair may take, the one wanted first. A forced ladder has one step.
type ladder struct {
	steps  [3]models.Route
	n      int
	forced bool
	relays bool // TURN relays may help p2p
}

func (l *ladder) routes() []models.Route { return l.steps[:l.n] }

// add appends those that are not on the ladder yet.
func (l *ladder) add(routes ...models.Route) {
	for _, route := range routes {
		if l.n < len(l.steps) && !slices.Contains(l.routes(), route) {
			l.steps[l.n] = route
			l.n++
		}
	}
}

// overridden is the ladder when staff chose a route: unless that is forced, it falls back to what the policy wanted.
func (l *ladder) overridden(route models.Route, forced bool) ladder {
	next := ladder{forced: forced, relays: l.relays && !forced}
	next.add(route)
	if !forced {
		next.add(l.routes()...)
	}
	return next
}

// hide takes p2p off the ladder, and reports whether it was on it. A call that was to be p2p is relayed blindly, or else
// goes by the media server, whatever the policy says of these.
func (l *ladder) hide(f *models.RouteFacts) bool {
	old := *l
	*l = ladder{forced: old.forced}
	for _, route := range old.routes() {
		if route == models.RouteP2P {
			route = models.RouteTURN
		}
		l.add(route)
	}
	if old.steps[0] == models.RouteP2P {
		if !l.forced {
			l.add(models.RouteSFU)
		} else if !f.TURN && f.SFU {
			l.steps[0] = models.RouteSFU
		}
	}
	return slices.Contains(old.routes(), models.RouteP2P)
}

// unlooked takes the media server off the ladder if it is wanted for a look that nobody can take, and reports whether
// there is another step. Otherwise the decision is made: nothing is shown.
func (l *ladder) unlooked(d *models.RouteDecision) (more bool) {
	if l.steps[0] != models.RouteSFU {
		return true // it is there for networks, and may be fallen back to
	}
	d.Reasons = append(d.Reasons, models.ReasonNoClassifier)
	if l.n == 1 {
		d.Route, d.Forced, d.Relays = models.RouteSFU, true, true
		return false
	}
	copy(l.steps[:], l.steps[1:l.n])
	l.n--
	return true
}

// settle picks the step to stand on and writes it into the decision.
func (l *ladder) settle(d *models.RouteDecision, f *models.RouteFacts) {
	wanted := l.steps[0]
	works := func(route models.Route) bool { return available(f, route) && !slices.Contains(f.Failed, route) }
	pick := func(ok func(models.Route) bool) models.Route {
		if i := slices.IndexFunc(l.routes(), ok); i >= 0 {
			return l.steps[i]
		}
		return ""
	}
	d.Route, d.Forced = wanted, l.forced
	if l.forced {
		if !works(wanted) {
			d.Reasons = append(d.Reasons, models.ReasonNoWay)
		}
	} else if route := pick(func(r models.Route) bool { return works(r) && l.reaches(f, r) }); route != "" {
		d.Route = route
	} else if route := pick(works); route != "" {
		d.Route = route
	} else {
		if route := pick(func(r models.Route) bool { return available(f, r) }); route != "" {
			d.Route = route
		}
		d.Reasons = append(d.Reasons, models.ReasonNoWay)
	}
	if d.Route != wanted && !slices.Contains(d.Reasons, models.ReasonNoWay) {
		reason := models.ReasonNetwork
		if !available(f, wanted) {
			reason = models.ReasonUnavailable
		}
		d.Reasons = append(d.Reasons, reason)
	}
	for _, route := range l.routes() {
		if route != d.Route && works(route) {
			d.Fallbacks = append(d.Fallbacks, route)
		}
	}
	d.RelayOnly = d.Route == models.RouteTURN
	d.Relays = d.Route != models.RouteP2P || l.relays
}

// available reports whether there is a node that takes the route.
func available(f *models.RouteFacts, route models.Route) bool {
	switch route {
	case models.RouteTURN:
		return f.TURN
	case models.RouteSFU:
		return f.SFU
	default:
		return true
	}
}

// reaches reports whether the route may work as far as the networks of the two are known.
func (l *ladder) reaches(f *models.RouteFacts, route models.Route) bool {
	for i := range f.Visitors {
		switch f.Visitors[i].Network {
		case models.NetworkServer:
			if route != models.RouteSFU {
				return false
			}
		case models.NetworkRelay:
			if route == models.RouteP2P && !(l.relays && f.TURN) {
				return false
			}
		}
	}
	return true
}
