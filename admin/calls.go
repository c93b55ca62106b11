package admin

import (
	"net/http"
	"slices"
	"sort"
	"time"

	"omezle/models"
)

const (
	callsPage  = 100
	callsLimit = 500
)

// Call is one live call, as it is answered.
type Call struct {
	Pair       models.PairID        `json:"pair"`
	Mode       models.Mode          `json:"mode"`
	Route      models.Route         `json:"route"`
	Next       models.Route         `json:"next,omitempty"` // being prepared
	Via        models.NetworkResult `json:"via,omitempty"`  // what the media takes; empty: it does not flow yet
	Forced     bool                 `json:"forced"`
	Operator   bool                 `json:"operator"` // staff chose the route
	HideIP     bool                 `json:"hide_ip"`
	Rule       string               `json:"rule,omitempty"`
	Note       string               `json:"note,omitempty"`
	Reasons    []models.RouteReason `json:"reasons"`
	Version    int                  `json:"policy_version"`
	Epoch      uint32               `json:"epoch"`
	AgeSeconds int                  `json:"age_seconds"`
	Regions    [2]string            `json:"regions"`
	Node       models.NodeID        `json:"node"`
	SFUNode    models.NodeID        `json:"sfu_node,omitempty"`
}

// CallsPage is a part of the live calls, in the order of their pairs.
type CallsPage struct {
	Calls []Call        `json:"calls"`
	Total int           `json:"total"`          // on all pages
	Next  models.PairID `json:"next,omitempty"` // ask for those after it; empty: this is the last page
}

// RouteChoice is the body of an override.
type RouteChoice struct {
	Route  models.Route `json:"route"`
	Forced bool         `json:"forced"`
}

func (s *Server) listCalls(w http.ResponseWriter, r *http.Request) {
	limit, ok := number(w, r, "limit", callsPage, callsLimit)
	if !ok {
		return
	}
	after := models.PairID(r.URL.Query().Get("after"))
	if after != "" {
		if _, err := models.ParsePairID(string(after)); err != nil {
			problem(w, http.StatusBadRequest, "bad_request", "after: not a pair")
			return
		}
	}
	calls, err := s.Calls.List(r.Context())
	if err != nil {
		s.fail(w, "list the calls", err)
		return
	}
	writeJSON(w, http.StatusOK, pageOf(calls, after, limit, time.Now()))
}

func pageOf(calls []models.LiveCall, after models.PairID, limit int, now time.Time) CallsPage {
	byPair(calls)
	page := CallsPage{Calls: []Call{}, Total: len(calls)}
	rest := calls[sort.Search(len(calls), func(i int) bool { return calls[i].Pair > after }):]
	if len(rest) > limit {
		rest = rest[:limit]
		page.Next = rest[limit-1].Pair
	}
	for i := range rest {
		page.Calls = append(page.Calls, callOf(&rest[i], now))
	}
	return page
}

func callOf(c *models.LiveCall, now time.Time) Call {
	reasons := slices.Clone(c.Decision.Reasons)
	if reasons == nil {
		reasons = []models.RouteReason{}
	}
	return Call{
		Pair: c.Pair, Mode: c.Mode, Route: c.Route, Next: c.Next, Via: c.Via, Forced: c.Decision.Forced,
		Operator: c.Facts.Operator != "", HideIP: c.Decision.HideIP, Rule: c.Decision.Rule, Note: c.Decision.Note, Reasons: reasons,
		Version: c.Decision.Version, Epoch: c.Epoch, AgeSeconds: max(0, int(now.Sub(c.Started).Seconds())),
		Regions: [2]string{c.Facts.Visitors[0].Region, c.Facts.Visitors[1].Region}, Node: c.Node, SFUNode: c.SFUNode,
	}
}

func (s *Server) putRoute(w http.ResponseWriter, r *http.Request) {
	data, ok := body(w, r)
	if !ok {
		return
	}
	var choice RouteChoice
	if err := strict(data, &choice); err != nil {
		problem(w, http.StatusBadRequest, "bad_request", `the body is not {"route": ..., "forced": ...}: `+err.Error())
		return
	}
	if !choice.Route.Valid() {
		problem(w, http.StatusUnprocessableEntity, "route", "route: want p2p, turn or sfu")
		return
	}
	s.setRoute(w, r, choice)
}

func (s *Server) deleteRoute(w http.ResponseWriter, r *http.Request) {
	s.setRoute(w, r, RouteChoice{})
}

// setRoute asks the call's conductor; the switch goes on after the answer.
func (s *Server) setRoute(w http.ResponseWriter, r *http.Request, choice RouteChoice) {
	pair, err := models.ParsePairID(r.PathValue("pair"))
	if err != nil {
		problem(w, http.StatusBadRequest, "bad_request", "the path does not name a pair")
		return
	}
	if err := s.Calls.SetRoute(r.Context(), pair, choice.Route, choice.Forced); err != nil {
		s.fail(w, "set the route of a call", err)
		return
	}
	action := "call.route"
	if choice.Route == "" {
		action = "call.route_by_policy"
	}
	if s.audit(r.Context(), w, action, "pair:"+string(pair), "", choice) {
		w.WriteHeader(http.StatusAccepted)
	}
}
