package admin

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"omezle/models"
)

var everything = [][2]string{
	{"GET", "policy"}, {"PUT", "policy"}, {"GET", "policy/history"}, {"POST", "policy/dry-run"}, {"GET", "calls"},
	{"PUT", "calls/0123456789abcdefghij/route"}, {"DELETE", "calls/0123456789abcdefghij/route"}, {"GET", ""}, {"OPTIONS", "policy"},
	{"GET", "frame-rules"}, {"PUT", "frame-rules"}, {"GET", "frame-rules/precision"}, {"GET", "flags/counts"}, {"GET", "flags"},
	{"GET", "flags/0123456789abcdefghij"}, {"POST", "flags/0123456789abcdefghij/claim"}, {"POST", "flags/0123456789abcdefghij/decide"},
	{"GET", "evidence/0123456789abcdefghij/preview"}, {"POST", "evidence/0123456789abcdefghij/reveal"}, {"GET", "banks"}, {"POST", "banks/known"},
}

func TestNothingIsAnsweredWithoutTheToken(t *testing.T) {
	for _, ask := range everything {
		for name, header := range map[string][]string{
			"none": nil, "wrong": {"Authorization", "Bearer " + strings.Repeat("x", len(token))}, "empty": {"Authorization", "Bearer "},
			"half": {"Authorization", "Bearer " + token[:20]}, "of another kind": {"Authorization", "Basic " + token},
		} {
			d := newDesk(t)
			d.call("0123456789abcdefghij", models.RouteP2P)
			w := d.stranger(ask[0], Prefix+ask[1], `{"route":"sfu"}`, header...)
			d.wants(w, http.StatusUnauthorized, "token")
			if w.Header().Get("WWW-Authenticate") == "" || len(d.routed)+len(d.entries) > 0 {
				t.Errorf("%v with a token that is %s: %v", ask, name, w.Header())
			}
		}
	}
}

func TestWithoutATokenConfiguredTheAPIIsOff(t *testing.T) {
	d := newDesk(t)
	d.server.tokens = nil
	for _, ask := range everything {
		for _, header := range [][]string{nil, {"Authorization", "Bearer "}} {
			if p := d.wants(d.stranger(ask[0], Prefix+ask[1], "", header...), http.StatusNotFound, "off"); !strings.Contains(p.Detail, "OMEZLE_OPERATOR_TOKEN") {
				t.Errorf("it says %q", p.Detail)
			}
		}
	}
}

func TestPagesOfOtherSitesAreRefused(t *testing.T) {
	d := newDesk(t)
	for _, header := range [][]string{
		{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "http://chat.example:81"},
	} {
		w := d.ask("GET", Prefix+"policy", "", header...)
		d.wants(w, http.StatusForbidden, "origin")
		if w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%v: it allows an origin", header)
		}
	}
	for _, header := range [][]string{{}, {"Origin", "http://chat.example"}, {"Sec-Fetch-Site", "same-origin"}} {
		if w := d.ask("GET", Prefix+"policy", "", header...); w.Code != http.StatusOK {
			t.Errorf("%v: %d", header, w.Code)
		}
	}
}

func TestAnAddressWithTooManyWrongTokensWaits(t *testing.T) {
	d := newDesk(t)
	from := func(addr, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "http://chat.example"+Prefix+"policy", nil)
		r.RemoteAddr = addr
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		return w
	}
	for range maxFailures {
		d.wants(from("[2001:db8::1]:1", "wrong"), http.StatusUnauthorized, "token")
	}
	w := from("[2001:db8::2]:1", token) // of the same network
	d.wants(w, http.StatusTooManyRequests, "too_many_failures")
	if w.Header().Get("Retry-After") == "" {
		t.Error("it does not say for how long")
	}
	if w := from("[2001:db8:0:1::1]:1", token); w.Code != http.StatusOK {
		t.Errorf("another network: %d", w.Code)
	}
	if wait := d.server.failures.wait(netip.MustParseAddr("2001:db8::1"), time.Now().Add(window)); wait != 0 {
		t.Errorf("after a minute it waits %v more", wait)
	}
}

func TestTheMemoryOfFailuresIsBounded(t *testing.T) {
	var f failures
	now := time.Now()
	for i := range 3 * maxAddrs {
		f.add(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if len(f.counts) > maxAddrs+1 {
		t.Errorf("%d addresses are kept", len(f.counts))
	}
	if f.wait(netip.MustParseAddr("192.0.2.1"), now) == 0 {
		t.Error("in the flood an address that nobody knows may try")
	}
	if f.wait(netip.MustParseAddr("192.0.2.1"), now.Add(window)) != 0 {
		t.Error("after it as well it has to wait")
	}
	f.add(netip.MustParseAddr("192.0.2.1"), now.Add(window))
	if len(f.counts) > 2 {
		t.Errorf("%d addresses are kept after their minute", len(f.counts))
	}
}

func TestThePolicyIsShownAndChangedFromTheVersionThatWasSeen(t *testing.T) {
	d := newDesk(t)
	w := d.ask("GET", Prefix+"policy", "")
	if v := read[PolicyVersion](d, w); v.Version != 0 || v.At != nil || string(v.Policy) != `{"all":"p2p"}` || w.Header().Get("ETag") != `"0"` {
		t.Errorf("got %v %s", w.Header(), w.Body)
	}
	change := `{"policy":{"all":"sfu"},"note":" we look at everything "}`
	d.wants(d.ask("PUT", Prefix+"policy", change), http.StatusPreconditionRequired, "if_match")
	d.wants(d.ask("PUT", Prefix+"policy", change, "If-Match", "*"), http.StatusPreconditionRequired, "if_match")
	w = d.ask("PUT", Prefix+"policy", change, "If-Match", `"0"`)
	if v := read[PolicyVersion](d, w); v.Version != 1 || v.Note != "we look at everything" || v.By != Operator || v.At == nil || w.Header().Get("ETag") != `"1"` {
		t.Errorf("got %v %s", w.Header(), w.Body)
	}
	d.wants(d.ask("PUT", Prefix+"policy", change, "If-Match", `"0"`), http.StatusPreconditionFailed, "conflict")
	if h := read[PolicyHistory](d, d.ask("GET", Prefix+"policy/history", "")); len(h.Versions) != 1 || h.Versions[0].Version != 1 {
		t.Errorf("history is %+v", h)
	}
	if len(d.entries) != 1 || d.entries[0].Action != "policy.set" || d.entries[0].Admin != Operator || d.entries[0].Target != "policy:route" ||
		d.entries[0].Reason != "we look at everything" || string(d.entries[0].Metadata) != `{"from":0,"version":1}` {
		t.Errorf("the audit log has %+v", d.entries)
	}
}

func TestWhatIsWrongWithAChangeIsSaid(t *testing.T) {
	for name, row := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"no JSON":         {`{`, http.StatusBadRequest, "bad_request"},
		"another member":  {`{"policy":{"all":"sfu"},"note":"x","force":true}`, http.StatusBadRequest, "bad_request"},
		"two values":      {`{"policy":{"all":"sfu"},"note":"x"} {}`, http.StatusBadRequest, "bad_request"},
		"no note":         {`{"policy":{"all":"sfu"},"note":"  "}`, http.StatusUnprocessableEntity, "note"},
		"a long note":     {`{"policy":{"all":"sfu"},"note":"` + strings.Repeat("x", 501) + `"}`, http.StatusUnprocessableEntity, "note"},
		"no policy":       {`{"note":"x"}`, http.StatusUnprocessableEntity, "invalid_policy"},
		"an invalid one":  {`{"policy":{"all":"moon"},"note":"x"}`, http.StatusUnprocessableEntity, "invalid_policy"},
		"a very long one": {`{"policy":"` + strings.Repeat("x", maxBody) + `"}`, http.StatusRequestEntityTooLarge, "too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			p := d.wants(d.ask("PUT", Prefix+"policy", row.body, "If-Match", `"0"`), row.status, row.code)
			if (row.code == "invalid_policy") != slices.Equal(p.Problems, []string{"all: want a route", "and something else"}) {
				t.Errorf("problems are %v", p.Problems)
			}
			if len(d.versions) != 1 || len(d.entries) != 0 {
				t.Errorf("it was done: %+v, %+v", d.versions, d.entries)
			}
		})
	}
}

func TestADryRunCountsTheCallsThatWouldChange(t *testing.T) {
	d := newDesk(t)
	for i := range 25 {
		d.call(models.PairID(fmt.Sprintf("%020d", 99-i)), models.RouteP2P)
	}
	for i := range 3 {
		d.call(models.PairID(fmt.Sprintf("1%019d", i)), models.RouteTURN)
	}
	d.call("20000000000000000000", models.RouteSFU)
	run := read[DryRun](d, d.ask("POST", Prefix+"policy/dry-run?examples=5", `{"all":"sfu"}`))
	want := []RouteShift{{models.RouteP2P, models.RouteSFU, 25}, {models.RouteTURN, models.RouteSFU, 3}}
	if run.Calls != 29 || run.Changed != 28 || !slices.Equal(run.Routes, want) || len(run.Examples) != 5 {
		t.Errorf("got %+v", run)
	}
	if e := run.Examples[0]; e.Pair != models.PairID(fmt.Sprintf("%020d", 75)) || e.From != models.RouteP2P || e.To != models.RouteSFU || e.Rule != "all" || len(e.Reasons) != 1 {
		t.Errorf("the first example is %+v", e)
	}
	d.wants(d.ask("POST", Prefix+"policy/dry-run", `{}`), http.StatusUnprocessableEntity, "invalid_policy")
	d.wants(d.ask("POST", Prefix+"policy/dry-run?examples=0", `{"all":"sfu"}`), http.StatusBadRequest, "bad_request")
	if len(d.versions) != 1 || len(d.entries) != 0 {
		t.Error("a dry run changed something")
	}
}

func TestLiveCallsComeInPages(t *testing.T) {
	d := newDesk(t)
	for i := range 250 {
		d.call(models.PairID(fmt.Sprintf("%020d", i*7%250)), models.RouteP2P)
	}
	var seen []models.PairID
	path := Prefix + "calls"
	for pages := 0; path != ""; pages++ {
		page := read[CallsPage](d, d.ask("GET", path, ""))
		if page.Total != 250 || len(page.Calls) > 100 || pages > 3 {
			t.Fatalf("page %d has %d of %d", pages, len(page.Calls), page.Total)
		}
		for _, c := range page.Calls {
			seen = append(seen, c.Pair)
		}
		path = ""
		if page.Next != "" {
			path = Prefix + "calls?after=" + string(page.Next)
		}
	}
	if len(seen) != 250 || !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != 250 {
		t.Errorf("%d calls on the pages", len(seen))
	}
	if c := read[CallsPage](d, d.ask("GET", Prefix+"calls?limit=1", "")).Calls[0]; c.AgeSeconds < 60 || c.Node != "n1" || c.Route != models.RouteP2P {
		t.Errorf("got %+v", c)
	}
	d.wants(d.ask("GET", Prefix+"calls?limit=501", ""), http.StatusBadRequest, "bad_request")
	d.wants(d.ask("GET", Prefix+"calls?after=x", ""), http.StatusBadRequest, "bad_request")
	d.calls = nil
	if w := d.ask("GET", Prefix+"calls", ""); !strings.Contains(w.Body.String(), `"calls":[]`) {
		t.Errorf("no calls are %s", w.Body)
	}
}

func TestTheOperatorChoosesTheRouteOfOneCall(t *testing.T) {
	d := newDesk(t)
	d.call("0123456789abcdefghij", models.RouteP2P)
	path := Prefix + "calls/0123456789abcdefghij/route"
	if w := d.ask("PUT", path, `{"route":"sfu","forced":true}`); w.Code != http.StatusAccepted {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w := d.ask("DELETE", path, ""); w.Code != http.StatusAccepted {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if !slices.Equal(d.routed, []RouteChoice{{models.RouteSFU, true}, {}}) {
		t.Errorf("asked for %+v", d.routed)
	}
	if len(d.entries) != 2 || d.entries[0].Action != "call.route" || d.entries[0].Target != "pair:0123456789abcdefghij" ||
		string(d.entries[0].Metadata) != `{"route":"sfu","forced":true}` || d.entries[1].Action != "call.route_by_policy" {
		t.Errorf("the audit log has %+v", d.entries)
	}
	d.wants(d.ask("PUT", path, `{"route":""}`), http.StatusUnprocessableEntity, "route")
	d.wants(d.ask("PUT", path, `{"rout":"sfu"}`), http.StatusBadRequest, "bad_request")
	d.wants(d.ask("PUT", Prefix+"calls/x/route", `{"route":"sfu"}`), http.StatusBadRequest, "bad_request")
	d.wants(d.ask("PUT", Prefix+"calls/00000000000000000000/route", `{"route":"sfu"}`), http.StatusNotFound, "no_call")
	d.wants(d.ask("PATCH", Prefix+"policy", ""), http.StatusNotFound, "not_found")
	if len(d.entries) != 2 {
		t.Errorf("refusals are in the audit log: %+v", d.entries)
	}
}

func TestWhatCannotBeDoneNowSaysSoWithoutDetails(t *testing.T) {
	d := newDesk(t)
	d.call("0123456789abcdefghij", models.RouteP2P)
	d.broken = errors.New("secret host does not answer")
	for _, w := range []*httptest.ResponseRecorder{
		d.ask("GET", Prefix+"policy/history", ""), d.ask("GET", Prefix+"calls", ""), d.ask("POST", Prefix+"policy/dry-run", `{"all":"sfu"}`),
		d.ask("PUT", Prefix+"policy", `{"policy":{"all":"sfu"},"note":"x"}`, "If-Match", "0"), d.ask("DELETE", Prefix+"calls/0123456789abcdefghij/route", ""),
	} {
		d.wants(w, http.StatusServiceUnavailable, "unavailable")
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("it tells %s", w.Body)
		}
	}
}

func TestAChangeThatTheAuditLogLacksIsAnError(t *testing.T) {
	d := newDesk(t)
	d.call("0123456789abcdefghij", models.RouteP2P)
	d.mute = errors.New("away")
	d.wants(d.ask("PUT", Prefix+"policy", `{"policy":{"all":"sfu"},"note":"x"}`, "If-Match", "0"), http.StatusInternalServerError, "not_audited")
	d.wants(d.ask("DELETE", Prefix+"calls/0123456789abcdefghij/route", ""), http.StatusInternalServerError, "not_audited")
}

// Whatever is asked, the answer is JSON with a status of HTTP, and nothing wrong reaches the joined parts.
func FuzzRequest(f *testing.F) {
	for _, ask := range everything {
		f.Add(ask[0], ask[1], "examples=3&limit=2&after=0123456789abcdefghij", `{"policy":{"all":"sfu"},"note":"x","route":"sfu"}`, `"0"`)
	}
	f.Fuzz(func(t *testing.T, method, path, query, body, match string) {
		d := newDesk(t)
		d.call("0123456789abcdefghij", models.RouteP2P)
		r := httptest.NewRequest("GET", "http://chat.example"+Prefix, strings.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, Prefix+path, query
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("If-Match", match)
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		if w.Code < 200 || w.Code > 499 || w.Code != http.StatusAccepted && w.Code < 300 && !strings.HasPrefix(w.Body.String(), "{") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		for _, choice := range d.routed {
			if choice.Route != "" && !choice.Route.Valid() {
				t.Fatalf("asked for %+v", choice)
			}
		}
		if len(d.versions) > 1 && (d.versions[1].Note == "" || len(d.entries) != 1) {
			t.Fatalf("set %+v, in the audit log %+v", d.versions[1], d.entries)
		}
	})
}
