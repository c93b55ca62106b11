package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"omezle/admin"
	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/signaling/redisdb/redistest"
)

const operatorToken = "0123456789abcdef0123456789abcdef"

// command runs the program as the operator does.
func command(t *testing.T, url string, args ...string) (out string, err error) {
	t.Helper()
	var stdout, stderr output
	err = run(t.Context(), args, []string{"OMEZLE_URL=" + url, "OMEZLE_OPERATOR_TOKEN=" + operatorToken, "OMEZLE_REVIEWER_TOKEN=" + reviewerToken}, &stdout, &stderr)
	if err != nil {
		var told output
		report(&told, err)
		return told.String(), err
	}
	return stdout.String() + stderr.String(), nil
}

// works fails the test unless the command works and prints all of wants.
func works(t *testing.T, url string, args []string, wants ...string) string {
	t.Helper()
	out, err := command(t, url, args...)
	if err != nil {
		t.Fatalf("%v: %s", args, out)
	}
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("%v: no %q in\n%s", args, want, out)
		}
	}
	return out
}

// refuses fails the test unless the command fails with all of wants.
func refuses(t *testing.T, url string, args []string, wants ...string) {
	t.Helper()
	out, err := command(t, url, args...)
	if err == nil {
		t.Fatalf("%v was done: %s", args, out)
	}
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("%v: no %q in\n%s", args, want, out)
		}
	}
}

func TestAnOperatorWorksOnThePolicyByCommands(t *testing.T) {
	database := storetest.Postgres(t)
	url := start(t, "OMEZLE_OPERATOR_TOKEN="+operatorToken, "OMEZLE_DATABASE_URL="+database, "OMEZLE_REDIS_URL="+redistest.Single(t)).serves().public
	works(t, url, []string{"policy", "show"}, "Version 0, the default\n", "look at hits", "a browser's hit", "otherwise", "p2p with relays, else sfu; sparse sampling")

	// From what was shown, by an editor, back into force.
	file := filepath.Join(t.TempDir(), "policy.json")
	shown := works(t, url, []string{"policy", "show", "--json"}, `"version": 0`)
	edited := strings.Replace(shown, `"rules": [`, `"rules": [{"name": "a <tenth>", "when": {"share_percent": 10}, "then": {"route": "sfu"}},`, 1)
	if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	works(t, url, []string{"policy", "dry-run", file}, "0 of 0 live calls would change.")
	works(t, url, []string{"policy", "set", file, "--note", "look at some"}, "Version 1, ", "operator, look at some", "a <tenth>", "10 % of pairs")
	refuses(t, url, []string{"policy", "set", file, "--note", "again, from version 0"}, "somebody changed the policy meanwhile: omezle policy show again")
	works(t, url, []string{"policy", "set", "--ready", "relay-everything", "--note", "everything"}, "Version 2, ", "sfu forced")
	works(t, url, []string{"policy", "show", "--json"}, `"version": 2`, `"note": "everything"`)
	works(t, url, []string{"policy", "history"}, "VERSION", "1        ", "look at some", "2        ", "everything")
	works(t, url, []string{"policy", "dry-run", "--ready=p2p-only", "--json"}, `"calls": 0`)
	refuses(t, url, []string{"policy", "set", "--ready", "p2p-only", "--note", "x", "--from", "1"}, "somebody changed the policy")
	works(t, url, []string{"calls", "list"}, "PAIR", "0 live calls")
	refuses(t, url, []string{"calls", "route", "0123456789abcdefghij", "sfu", "--forced"}, "there is no such call now")

	entries, err := storetest.Open(t, database).Logs(t.Context(), store.LogFilter{Action: "policy.set"}, 0, 0)
	if err != nil || len(entries) != 2 || entries[0].Admin != admin.Operator || entries[0].Reason != "everything" {
		t.Errorf("the audit log has %+v (%v)", entries, err)
	}
}

func TestAPolicyFromOneNodeIsInForceOnTheOther(t *testing.T) {
	stores := []string{"OMEZLE_DATABASE_URL=" + storetest.Postgres(t), "OMEZLE_REDIS_URL=" + redistest.Single(t), "OMEZLE_SECRET=" + strings.Repeat("k", minSecret), "OMEZLE_OPERATOR_TOKEN=" + operatorToken}
	first, second := start(t, stores...).serves(), start(t, stores...).serves()
	works(t, first.public, []string{"policy", "set", "--ready=relay-everything", "--note=x"})
	eventually(t, "the second has it", func() bool {
		return strings.Contains(second.get(second.private+"/metrics").body, "omezle_policy_version 1\n")
	})
	works(t, second.public, []string{"policy", "show"}, "Version 1, ", "sfu forced")
	third := start(t, stores...).serves()
	works(t, third.public, []string{"policy", "show"}, "Version 1, ")
}

func TestCommandsSayWhatIsWrong(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`{"format":1,"otherwise":{"rout":"p2p"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	off := start(t).serves().public
	other := start(t, "OMEZLE_OPERATOR_TOKEN="+strings.Repeat("x", 32)).serves().public
	nobody := "http://127.0.0.1:1"
	for _, row := range []struct {
		url   string
		args  []string
		wants []string
	}{
		{off, []string{"policy", "show"}, []string{"the operator's API is off on this node: set operator_token"}},
		{other, []string{"policy", "show"}, []string{"OMEZLE_OPERATOR_TOKEN is not the operator_token of " + other}},
		{nobody, []string{"calls", "list"}, []string{"no node answers at http://127.0.0.1:1: ", "connection refused"}},
		{off + "/else", []string{"policy", "show"}, []string{"is it a node of Omezle that visitors connect to?"}},
		{"localhost:8080", []string{"policy", "show"}, []string{`"localhost:8080" is not the address of a node`}},
		{nobody, []string{"policy", "set", bad, "--note=x"}, []string{"2 problems", "otherwise.rout: is unknown: there are route, forced", "otherwise.route: is missing"}},
		{nobody, []string{"policy", "set", "--note=x"}, []string{"name either a file or a ready policy"}},
		{nobody, []string{"policy", "set", bad}, []string{"--note"}},
		{nobody, []string{"policy", "dry-run", "nothing.json"}, []string{"nothing.json: no such file"}},
		{nobody, []string{"policy", "ready", "moon"}, []string{"there are p2p-only, p2p-with-fallback, relay-everything"}},
		{nobody, []string{"calls", "route", "x", "sfu"}, []string{`"x" is not a pair`}},
		{nobody, []string{"calls", "route", "0123456789abcdefghij", "moon"}, []string{`must be one of "p2p","turn","sfu","policy"`}},
	} {
		refuses(t, row.url, row.args, row.wants...)
	}
	var out output
	if err := run(t.Context(), []string{"policy", "show"}, nil, &out, &out); err == nil || !strings.Contains(err.Error(), "OMEZLE_OPERATOR_TOKEN is not set") {
		t.Errorf("without a token: %v", err)
	}
}

// A node whose answers are made up: what this version of a node does not do.
func TestCommandsReadWhatAnyNodeAnswers(t *testing.T) {
	var asked []string
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		call := admin.Call{Pair: "0123456789abcdefghij", Mode: models.ModeVideo, Route: models.RouteP2P, Next: models.RouteSFU, Forced: true, AgeSeconds: 90, Regions: [2]string{"eu", ""}, Epoch: 2, Node: "n1"}
		switch r.URL.Path {
		case "/api/admin/calls":
			page := admin.CallsPage{Calls: []admin.Call{call}, Total: 2}
			if r.URL.Query().Get("after") == "" {
				page.Next = call.Pair
			} else {
				page.Calls[0].Pair, page.Calls[0].Next, page.Calls[0].Reasons = "1123456789abcdefghij", "", []models.RouteReason{models.ReasonHit}
			}
			writeJSON(w, http.StatusOK, page)
		case "/api/admin/policy/dry-run":
			writeJSON(w, http.StatusOK, admin.DryRun{
				Calls: 5, Changed: 3, Routes: []admin.RouteShift{{From: models.RouteP2P, To: models.RouteSFU, Calls: 3}},
				Examples: []admin.Example{{Pair: call.Pair, From: models.RouteP2P, To: models.RouteSFU, Forced: true, Rule: "a\x1brule", Reasons: []models.RouteReason{models.ReasonSample}}},
			})
		case "/api/admin/policy":
			writeJSON(w, http.StatusOK, admin.PolicyVersion{Version: 9, Policy: models.JSON(`{"format":2}`)})
		case "/api/admin/policy/history":
			http.Redirect(w, r, "https://elsewhere.example"+r.URL.RequestURI(), http.StatusPermanentRedirect)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	defer node.Close()
	works(t, node.URL, []string{"calls", "list"}, "p2p > sfu forced", "1m30s", "eu/-", "1123456789abcdefghij", "hit", "2 live calls")
	out := works(t, node.URL, []string{"calls", "list", "--json"})
	var page admin.CallsPage
	if err := json.Unmarshal([]byte(out), &page); err != nil || len(page.Calls) != 2 {
		t.Errorf("%v in %s", err, out)
	}
	works(t, node.URL, []string{"policy", "dry-run", "--ready=relay-everything"}, "3 of 5 live calls would change.", "p2p   sfu  3", "sfu forced", "a rule", "sample")
	works(t, node.URL, []string{"policy", "show"}, `"format": 2`)
	refuses(t, node.URL, []string{"policy", "history"}, "use --url https://elsewhere.example\n")
	asked = nil
	works(t, node.URL, []string{"calls", "route", "0123456789abcdefghij", "turn"}, "The call goes to turn.")
	works(t, node.URL, []string{"calls", "route", "0123456789abcdefghij", "policy"}, "where the policy says")
	if want := []string{"PUT /api/admin/calls/0123456789abcdefghij/route", "DELETE /api/admin/calls/0123456789abcdefghij/route"}; !slices.Equal(asked, want) {
		t.Errorf("asked %v", asked)
	}
}

func TestPayloadsGoToWhomTheyAreFor(t *testing.T) {
	var d dispatch
	var got []string
	d.on("cp", func(from models.NodeID, payload []byte) { got = append(got, string(from)+":"+string(payload)) })
	d.on("o", func(_ models.NodeID, payload []byte) { got = append(got, "policy "+string(payload)) })
	for _, payload := range []string{"c{}", "o7", "pframe", "", "x", "\xff"} {
		d.receive("n", []byte(payload))
	}
	if want := []string{"n:c{}", "policy o7", "n:pframe"}; !slices.Equal(got, want) || d.unknown.Load() != 3 {
		t.Errorf("got %q and %d unknown", got, d.unknown.Load())
	}
}
