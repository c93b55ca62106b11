package admin

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"omezle/models"
)

const (
	token         = "the operator's token has 32 characters or more"
	reviewerToken = "the reviewer's token has 32 characters or more"
)

// desk is a Server with everything it needs, in memory.
type desk struct {
	t       testing.TB
	server  *Server
	handler http.Handler

	versions []models.Policy
	calls    []models.LiveCall
	rules    []models.Policy
	entries  []models.ModerationLog
	routed   []RouteChoice
	broken   error // what every joined part returns
	mute     error // what the audit log returns
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, versions: []models.Policy{{Name: "route", Rules: models.JSON(`{"all":"p2p"}`)}}}
	d.server = New(Deps{
		Token: token, ReviewerToken: reviewerToken, Policies: deskPolicies{d}, Calls: deskCalls{d}, Audit: deskLog{d},
		Log:      slog.New(slog.DiscardHandler),
		ClientIP: func(r *http.Request) netip.Addr { return netip.MustParseAddrPort(r.RemoteAddr).Addr() },
	})
	d.handler = d.server.Handler()
	return d
}

type deskPolicies struct{ *desk }

func (d deskPolicies) InForce() models.Policy { return d.versions[len(d.versions)-1] }

func (d deskPolicies) Set(_ context.Context, document []byte, from int, note string, by models.StaffID) (models.Policy, error) {
	if _, err := d.Try(document); err != nil {
		return models.Policy{}, err
	}
	if from != len(d.versions)-1 {
		return models.Policy{}, errors.Join(ErrConflict, errors.New("in other words"))
	}
	p := models.Policy{Name: "route", Version: from + 1, Rules: document, Note: note, By: by, At: time.Unix(1_800_000_000, 0).UTC()}
	d.versions = append(d.versions, p)
	return p, d.broken
}

func (d deskPolicies) History(_ context.Context, limit int) ([]models.Policy, error) {
	var list []models.Policy
	for i := len(d.versions) - 1; i > 0 && len(list) < limit; i-- {
		list = append(list, d.versions[i])
	}
	return list, d.broken
}

// Try reads the policies of these tests: {"all": route}.
func (d deskPolicies) Try(document []byte) (func(models.RouteFacts) models.RouteDecision, error) {
	var p struct{ All models.Route }
	if json.Unmarshal(document, &p) != nil || !p.All.Valid() {
		return nil, &InvalidError{Problems: []string{"all: want a route", "and something else"}}
	}
	return func(models.RouteFacts) models.RouteDecision {
		return models.RouteDecision{Route: p.All, Rule: "all", Reasons: []models.RouteReason{models.ReasonPolicy}}
	}, d.broken
}

type deskCalls struct{ *desk }

func (d deskCalls) List(context.Context) ([]models.LiveCall, error) { return d.calls, d.broken }

func (d deskCalls) SetRoute(_ context.Context, pair models.PairID, route models.Route, forced bool) error {
	for _, call := range d.calls {
		if call.Pair == pair {
			d.routed = append(d.routed, RouteChoice{route, forced})
			return d.broken
		}
	}
	return ErrNotFound
}

type deskLog struct{ *desk }

func (d deskLog) AppendLog(_ context.Context, entry *models.ModerationLog) error {
	if d.mute == nil {
		d.entries = append(d.entries, *entry)
	}
	return d.mute
}

// call adds a live call on a route that it was decided to go.
func (d *desk) call(pair models.PairID, route models.Route) {
	d.calls = append(d.calls, models.LiveCall{
		Pair: pair, Mode: models.ModeVideo, Started: time.Now().Add(-time.Minute), Node: "n1", Epoch: 1, Route: route,
		Decision: models.RouteDecision{Route: route, Reasons: []models.RouteReason{models.ReasonDefault}},
	})
}

// ask sends a request with the token; header is name and value in turns.
func (d *desk) ask(method, path, body string, header ...string) *httptest.ResponseRecorder {
	return d.stranger(method, path, body, append([]string{"Authorization", "Bearer " + token}, header...)...)
}

// stranger sends a request without a token.
func (d *desk) stranger(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://chat.example"+path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// wants fails the test unless the answer is a problem of the kind.
func (d *desk) wants(w *httptest.ResponseRecorder, status int, code string) Problem {
	d.t.Helper()
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != status || p.Status != status || p.Code != code || p.Detail == "" ||
		w.Header().Get("Content-Type") != "application/problem+json" {
		d.t.Errorf("got %d %v %s, want %d %s", w.Code, w.Header(), w.Body, status, code)
	}
	return p
}

func read[T any](d *desk, w *httptest.ResponseRecorder) (into T) {
	d.t.Helper()
	if w.Code != http.StatusOK {
		d.t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if err := strict(w.Body.Bytes(), &into); err != nil {
		d.t.Fatalf("%v in %s", err, w.Body)
	}
	return into
}
