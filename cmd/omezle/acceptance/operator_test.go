package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"omezle/admin"
	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
)

// liveCalls are the live calls that a node tells of, by pair.
func liveCalls(t *testing.T, n *stage.Node) map[models.PairID]admin.Call {
	t.Helper()
	var page admin.CallsPage
	if status, answer := operate(t, n, http.MethodGet, "calls", "", nil); status != http.StatusOK || json.Unmarshal([]byte(answer), &page) != nil {
		t.Fatalf("the calls came as %d %s", status, answer)
	}
	list := map[models.PairID]admin.Call{}
	for _, call := range page.Calls {
		list[call.Pair] = call
	}
	return list
}

func TestTheOperatorMovesLiveCalls(t *testing.T) {
	const pairs = 5
	shared := stores(t)
	a, b := stage.Start(t, shared), stage.Start(t, shared)
	crowd := stage.NewCrowd(t)
	calls := callAll(t, crowd, pairs, a, b)
	stage.Start(t, shared, append([]string{"ROLES=sfu"}, onLoopback...)...)
	for _, n := range []*stage.Node{a, b} {
		stage.Eventually(t, patience, func() bool {
			list := liveCalls(t, n)
			for _, pair := range calls {
				if call := list[pair[0].Pair()]; call.Route != models.RouteP2P || call.Via != models.NetworkDirect {
					return false
				}
			}
			return len(list) == pairs
		}, func() string { return fmt.Sprintf("the live calls are %+v", liveCalls(t, n)) })
	}

	// What would be, before anything is.
	policy := map[string]any{"format": 1, "otherwise": map[string]any{"route": "sfu", "forced": true}}
	status, answer := operate(t, b, http.MethodPost, "policy/dry-run", "", policy)
	var run admin.DryRun
	if err := json.Unmarshal([]byte(answer), &run); err != nil || status != http.StatusOK || run.Calls != pairs || run.Changed != pairs || run.Routes[0].To != models.RouteSFU {
		t.Errorf("the dry run says %d %s", status, answer)
	}

	// One call by hand, through the node that does not lead it, and back.
	one := calls[:1]
	path := "calls/" + string(one[0][0].Pair()) + "/route"
	for _, n := range []*stage.Node{a, b} {
		if status, answer := operate(t, n, http.MethodPut, path, "", map[string]any{"route": "sfu"}); status != http.StatusAccepted {
			t.Fatalf("by hand: %d %s", status, answer)
		}
		on(t, one, models.RouteSFU)
		on(t, calls[1:], models.RouteP2P)
		if call := liveCalls(t, b)[one[0][0].Pair()]; !call.Operator || call.SFUNode == "" || call.Reasons[0] != models.ReasonOperator {
			t.Errorf("the call is told as %+v", call)
		}
		if status, answer := operate(t, n, http.MethodDelete, path, "", nil); status != http.StatusAccepted {
			t.Fatalf("by hand: %d %s", status, answer)
		}
		on(t, one, models.RouteP2P)
	}

	began := time.Now()
	if status, answer := setPolicy(t, a, 0); status != http.StatusOK {
		t.Fatalf("set: %d %s", status, answer)
	}
	on(t, calls, models.RouteSFU)
	t.Logf("%d calls were moved %v after the change of policy", pairs, time.Since(began).Round(time.Millisecond))
	seen(t, calls)
	for _, pair := range calls {
		blameless(t, []*stage.Guest{pair[0].Guest, pair[1].Guest})
	}
}
