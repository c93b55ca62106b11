package signaling

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"omezle/models"
	"omezle/signaling/protocol"
)

// ask makes a request with further headers ("Name: value") and returns status and body.
func (n *node) ask(t *testing.T, method, path, body string, headers ...string) (int, []byte, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, n.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, text, response.Header
}

func (n *node) preflight(t *testing.T, headers ...string) protocol.Preflight {
	t.Helper()
	status, text, _ := n.ask(t, http.MethodGet, "/api/preflight", "", headers...)
	var body protocol.Preflight
	if err := json.Unmarshal(text, &body); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v: %s", status, err, text)
	}
	return body
}

func TestAPreflightGivesServersWithCredentialsOfNobody(t *testing.T) {
	w := newWorld(t)
	w.cfg.ICEServers = []protocol.ICEServer{{URLs: []string{"stun:stun.example"}}}
	n := w.node(t)
	var asked []models.SessionID
	n.PreflightServers = func(session models.SessionID) []protocol.ICEServer {
		asked = append(asked, session)
		return []protocol.ICEServer{{URLs: []string{"turn:turn.example"}, Username: string(session), Credential: "c"}}
	}
	first, second := n.preflight(t), n.preflight(t)
	if len(asked) != 2 || asked[0] == asked[1] || n.lookup(asked[0]) != nil {
		t.Errorf("credentials were made for %v", asked)
	}
	if len(first.ICEServers) != 2 || first.ICEServers[1].Username == second.ICEServers[1].Username || first.MediaServer || first.Version != "test" {
		t.Errorf("got %+v", first)
	}
}

func TestAPreflightWithNothingToOfferSaysSo(t *testing.T) {
	n := newWorld(t).node(t)
	if _, text, _ := n.ask(t, http.MethodGet, "/api/preflight", ""); !bytes.Contains(text, []byte(`"ice_servers":[]`)) {
		t.Errorf("got %s", text)
	}
	if status, _, _ := n.ask(t, http.MethodPost, "/api/preflight/offer", `{"sdp":"v=0"}`); status != http.StatusNotFound {
		t.Errorf("an offer to nobody came as %d", status)
	}
}

func TestAPreflightTellsHowTheServiceSeesTheClient(t *testing.T) {
	w := newWorld(t)
	direct := w.node(t)
	w.cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	behind := w.node(t)
	for name, row := range map[string]struct {
		node    *node
		headers []string
		address string
		proxy   protocol.ProxyState
	}{
		"nobody between":                 {direct, nil, "127.0.0.1", protocol.ProxyNone},
		"a proxy that is not named":      {direct, []string{"X-Forwarded-For: 203.0.113.7"}, "127.0.0.1", protocol.ProxyUntrusted},
		"one that is":                    {behind, []string{"X-Forwarded-For: 203.0.113.7"}, "203.0.113.7", protocol.ProxyTrusted},
		"one that is and tells nothing":  {behind, nil, "127.0.0.1", protocol.ProxyNone},
		"what its client wrote is older": {behind, []string{"X-Forwarded-For: 192.0.2.1, 203.0.113.7"}, "203.0.113.7", protocol.ProxyTrusted},
	} {
		if got := row.node.preflight(t, row.headers...); got.Address != row.address || got.Proxy != row.proxy {
			t.Errorf("%s: got %s, %s", name, got.Address, got.Proxy)
		}
	}
}

func TestAnOfferOfAPreflightGoesToTheMediaServer(t *testing.T) {
	n := newWorld(t).node(t)
	var got string
	var refuse error
	n.PreflightOffer = func(ctx context.Context, offer string) (string, error) {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("the media server may take for ever")
		}
		got = offer
		return "v=0 answer", refuse
	}
	if !n.preflight(t).MediaServer {
		t.Error("a media server is not told of")
	}
	status, text, _ := n.ask(t, http.MethodPost, "/api/preflight/offer", `{"sdp":"v=0\r\n"}`)
	if status != http.StatusOK || !bytes.Contains(text, []byte("v=0 answer")) || got != "v=0\r\n" {
		t.Errorf("status %d: %s; the media server got %q", status, text, got)
	}
	refuse = errors.New("no")
	if status, _, _ := n.ask(t, http.MethodPost, "/api/preflight/offer", `{"sdp":"v=0"}`); status != http.StatusBadGateway {
		t.Errorf("a refused offer came as %d", status)
	}
	got = ""
	for name, body := range map[string]string{
		"no JSON": "v=0", "no offer": `{}`, "another text": `{"sdp":"hello"}`, "too long": `{"sdp":"v=0` + strings.Repeat("x", protocol.MaxSDP) + `"}`,
		"far too long": `{"sdp":"v=0` + strings.Repeat("x", 2*maxPreflightOffer) + `"}`,
	} {
		if status, text, _ := n.ask(t, http.MethodPost, "/api/preflight/offer", body); status != http.StatusBadRequest || got != "" {
			t.Errorf("%s: status %d: %s", name, status, text)
		}
	}
}

func TestPreflightsAreBoundedAndForOurPages(t *testing.T) {
	n := newWorld(t).node(t)
	if status, _, _ := n.ask(t, http.MethodGet, "/api/preflight", "", "Origin: https://elsewhere.example"); status != http.StatusForbidden {
		t.Errorf("another site's page got %d", status)
	}
	for range int(preflightRate.Burst) {
		n.preflight(t)
	}
	for method, path := range map[string]string{http.MethodGet: "/api/preflight", http.MethodPost: "/api/preflight/offer"} {
		status, _, header := n.ask(t, method, path, `{"sdp":"v=0"}`)
		if status != http.StatusTooManyRequests || header.Get("Retry-After") == "" || header.Get("Retry-After") == "0" {
			t.Errorf("%s one too many: status %d, again after %q", path, status, header.Get("Retry-After"))
		}
	}
}
