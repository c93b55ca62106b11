package admin

import (
	"cmp"
	"net/http"
	"slices"

	"omezle/models"
)

const (
	examples     = 10
	exampleLimit = 100
)

// DryRun is what a policy would change about the calls that are live now.
type DryRun struct {
	Calls    int          `json:"calls"`   // that are live
	Changed  int          `json:"changed"` // that would be wanted on another route
	Routes   []RouteShift `json:"routes"`  // every way from one route to another, the most frequent first
	Examples []Example    `json:"examples"`
}

// RouteShift counts calls that would go from one route to another.
type RouteShift struct {
	From  models.Route `json:"from"`
	To    models.Route `json:"to"`
	Calls int          `json:"calls"`
}

// Example is one call that would change.
type Example struct {
	Pair    models.PairID        `json:"pair"`
	From    models.Route         `json:"from"`
	To      models.Route         `json:"to"`
	Forced  bool                 `json:"forced"`
	Rule    string               `json:"rule,omitempty"`
	Note    string               `json:"note,omitempty"`
	Reasons []models.RouteReason `json:"reasons"`
}

func (s *Server) dryRun(w http.ResponseWriter, r *http.Request) {
	limit, ok := number(w, r, "examples", examples, exampleLimit)
	if !ok {
		return
	}
	document, ok := body(w, r)
	if !ok {
		return
	}
	decide, err := s.Policies.Try(document)
	if err != nil {
		s.fail(w, "try the policy", err)
		return
	}
	calls, err := s.Calls.List(r.Context())
	if err != nil {
		s.fail(w, "list the calls", err)
		return
	}
	writeJSON(w, http.StatusOK, try(decide, calls, limit))
}

// try compares what is wanted of each call now with what would be.
func try(decide func(models.RouteFacts) models.RouteDecision, calls []models.LiveCall, limit int) DryRun {
	run := DryRun{Calls: len(calls), Routes: []RouteShift{}, Examples: []Example{}}
	byPair(calls)
	for i := range calls {
		call := &calls[i]
		from, to := call.Decision, decide(call.Facts)
		if from.Route == to.Route {
			continue
		}
		run.Changed++
		run.count(from.Route, to.Route)
		if len(run.Examples) < limit {
			run.Examples = append(run.Examples, Example{
				Pair: call.Pair, From: from.Route, To: to.Route, Forced: to.Forced, Rule: to.Rule, Note: to.Note, Reasons: to.Reasons,
			})
		}
	}
	slices.SortStableFunc(run.Routes, func(a, b RouteShift) int { return cmp.Compare(b.Calls, a.Calls) })
	return run
}

func (d *DryRun) count(from, to models.Route) {
	for i := range d.Routes {
		if d.Routes[i].From == from && d.Routes[i].To == to {
			d.Routes[i].Calls++
			return
		}
	}
	d.Routes = append(d.Routes, RouteShift{from, to, 1})
}

func byPair(calls []models.LiveCall) {
	slices.SortFunc(calls, func(a, b models.LiveCall) int { return cmp.Compare(a.Pair, b.Pair) })
}
