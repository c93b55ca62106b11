package admin

import (
	"net/http"
	"strings"
	"testing"
)

// mayAsk is who may ask what: all of it.
var mayAsk = map[string]role{
	"GET policy":                  operator,
	"PUT policy":                  operator,
	"GET policy/history":          operator,
	"POST policy/dry-run":         operator,
	"GET calls":                   operator,
	"PUT calls/{pair}/route":      operator,
	"DELETE calls/{pair}/route":   operator,
	"GET frame-rules":             both,
	"PUT frame-rules":             operator,
	"GET frame-rules/history":     both,
	"GET frame-rules/precision":   both,
	"GET flags/counts":            both,
	"GET flags":                   reviewer,
	"GET flags/{flag}":            reviewer,
	"POST flags/{flag}/claim":     reviewer,
	"POST flags/{flag}/release":   reviewer,
	"POST flags/{flag}/decide":    reviewer,
	"POST flags/{flag}/undo":      reviewer,
	"GET flags/{flag}/evidence":   reviewer,
	"PUT flags/{flag}/hold":       reviewer,
	"DELETE flags/{flag}/hold":    reviewer,
	"GET evidence/{item}/preview": reviewer,
	"POST evidence/{item}/reveal": reviewer,
	"GET banks":                   both,
	"GET banks/{bank}":            operator,
	"POST banks/{bank}":           operator,
}

func TestEachRoleMayAskWhatItsTableSaysAndNothingElse(t *testing.T) {
	q := newQueue(t)
	flag, still := q.flag(nil)
	ways := q.server.ways()
	if len(ways) != len(mayAsk) {
		t.Errorf("%d ways, %d in the table", len(ways), len(mayAsk))
	}
	for _, way := range ways {
		may, ok := mayAsk[way.pattern]
		if !ok {
			t.Errorf("%s is not in the table", way.pattern)
		}
		method, path, _ := strings.Cut(way.pattern, " ")
		path = strings.NewReplacer("{pair}", "0123456789abcdefghij", "{flag}", string(flag), "{item}", string(still), "{bank}", "known").Replace(path)
		for who, token := range map[role]string{operator: token, reviewer: reviewerToken} {
			w := q.stranger(method, Prefix+path, "", "Authorization", "Bearer "+token)
			refused := w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), `"code":"role"`)
			if refused == (may&who != 0) {
				t.Errorf("%s by %s: %d %s", way.pattern, who.staff(), w.Code, w.Body)
			}
		}
	}
}

func TestWithOneTokenThereIsOneRole(t *testing.T) {
	for name, row := range map[string]struct {
		operator, reviewer string
		policy, flags      int
	}{
		"the operator's alone":   {token, "", http.StatusOK, http.StatusUnauthorized},
		"the reviewer's alone":   {"", reviewerToken, http.StatusUnauthorized, http.StatusOK},
		"one token for both":     {token, token, http.StatusOK, http.StatusForbidden},
		"none":                   {"", "", http.StatusNotFound, http.StatusNotFound},
		"two tokens for the two": {token, reviewerToken, http.StatusOK, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue(t)
			deps := q.server.Deps
			deps.Token, deps.ReviewerToken = row.operator, row.reviewer
			q.handler = New(deps).Handler()
			if w := q.ask("GET", Prefix+"policy", ""); w.Code != row.policy {
				t.Errorf("policy: %d", w.Code)
			}
			given := reviewerToken
			if row.reviewer == token {
				given = token
			}
			if w := q.stranger("GET", Prefix+"flags", "", "Authorization", "Bearer "+given); w.Code != row.flags {
				t.Errorf("flags: %d", w.Code)
			}
		})
	}
}

func TestWhatIsNotJoinedIsNotThere(t *testing.T) {
	d := newDesk(t)
	for _, path := range []string{"flags", "flags/counts", "frame-rules", "frame-rules/precision", "banks"} {
		d.wants(d.ask("GET", Prefix+path, ""), http.StatusNotFound, "not_found")
	}
}
