package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
)

// onLoopback are the settings of a media server for callers on this machine.
var onLoopback = []string{"SFU_LISTEN=127.0.0.1:0", "SFU_SHARDS=1"}

// callAll brings pairs of callers together and waits until each sees the other. The first of each pair is at home on
// the first node, the second on the last.
func callAll(t *testing.T, crowd *stage.Crowd, pairs int, nodes ...*stage.Node) [][2]*stage.Caller {
	t.Helper()
	first, last := nodes[0], nodes[len(nodes)-1]
	var calls [][2]*stage.Caller
	for range pairs {
		pair := [2]*stage.Caller{crowd.Call(t, []string{first.URL}), crowd.Call(t, []string{last.URL})}
		connected(t, []*stage.Guest{pair[0].Guest, pair[1].Guest})
		for _, c := range pair {
			c.Find(stage.Video())
		}
		stage.Eventually(t, patience, func() bool { return pair[0].Pair() != "" && pair[0].Pair() == pair[1].Pair() }, func() string { return "they do not meet" })
		calls = append(calls, pair)
	}
	seen(t, calls)
	return calls
}

// seen waits until every caller has seen more of the partner than now.
func seen(t *testing.T, calls [][2]*stage.Caller) {
	t.Helper()
	before := make(map[*stage.Caller]int64)
	for _, pair := range calls {
		for _, c := range pair {
			before[c] = c.Frames()
		}
	}
	blind := func() (n int) {
		for c, frames := range before {
			if c.Frames() < frames+10 {
				n++
			}
		}
		return n
	}
	stage.Eventually(t, patience, func() bool { return blind() == 0 }, func() string { return fmt.Sprintf("%d callers see nothing", blind()) })
}

// on waits until all calls are on a route.
func on(t *testing.T, calls [][2]*stage.Caller, route models.Route) {
	t.Helper()
	others := func() (n int) {
		for _, pair := range calls {
			for _, c := range pair {
				if now, _ := c.Route(); now != route {
					n++
				}
			}
		}
		return n
	}
	stage.Eventually(t, patience, func() bool { return others() == 0 }, func() string { return fmt.Sprintf("%d callers are not on %s", others(), route) })
}

// readyPolicy makes a ready policy the one in force, through one node.
func readyPolicy(t *testing.T, n *stage.Node, name string) {
	t.Helper()
	rules, err := os.ReadFile("../../../sfu/route/ready/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	from := fmt.Sprintf("%q", fmt.Sprint(version(t, n)))
	status, answer := operate(t, n, http.MethodPut, "policy", from, map[string]any{"policy": json.RawMessage(rules), "note": "acceptance"})
	if status != http.StatusOK {
		t.Fatalf("policy %s: %d %s", name, status, answer)
	}
}

func longestGap(calls [][2]*stage.Caller) time.Duration {
	var gaps []time.Duration
	for _, pair := range calls {
		gaps = append(gaps, pair[0].Gap(), pair[1].Gap())
	}
	return slices.Max(gaps)
}

func TestAKilledMediaServerLosesNoCall(t *testing.T) {
	const within = 5 * time.Second
	shared := stores(t)
	a, b := stage.Start(t, shared), stage.Start(t, shared)
	media := func() *stage.Node { return stage.Start(t, shared, append([]string{"ROLES=sfu"}, onLoopback...)...) }
	doomed := media()
	crowd := stage.NewCrowd(t)
	readyPolicy(t, a, "relay-everything")
	calls := callAll(t, crowd, 10, a, b)
	on(t, calls, models.RouteSFU)
	media()
	seen(t, calls)
	for _, pair := range calls {
		pair[0].ResetGap()
		pair[1].ResetGap()
	}
	doomed.Kill()
	before := calls
	epochs := func() (n int) {
		for _, pair := range before {
			for _, c := range pair {
				if _, epoch := c.Route(); epoch > 1 {
					n++
				}
			}
		}
		return n
	}
	stage.Eventually(t, patience, func() bool { return epochs() == 2*len(calls) }, func() string { return fmt.Sprintf("%d of %d callers were moved", epochs(), 2*len(calls)) })
	seen(t, calls)
	gap := longestGap(calls)
	t.Logf("20 callers see each other again on another media server, the longest gap was %v", gap.Round(time.Millisecond))
	if gap > within {
		t.Errorf("somebody saw nothing for %v, want %v at the most", gap, within)
	}
	for _, pair := range calls {
		blameless(t, []*stage.Guest{pair[0].Guest, pair[1].Guest})
	}
}

func TestAMediaServerThatStopsHandsItsCallsOn(t *testing.T) {
	shared := stores(t)
	a, b := stage.Start(t, shared), stage.Start(t, shared)
	media := func() *stage.Node { return stage.Start(t, shared, append([]string{"ROLES=sfu"}, onLoopback...)...) }
	first := media()
	crowd := stage.NewCrowd(t)
	readyPolicy(t, a, "relay-everything")
	calls := callAll(t, crowd, 5, a, b)
	media()
	for _, pair := range calls {
		pair[0].ResetGap()
		pair[1].ResetGap()
	}
	if err := first.Terminate(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-first.Ended():
		if err := first.Exit(); err != nil {
			t.Errorf("the media server ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatalf("the media server does not end\n%s", first.LogEnd())
	}
	gap := longestGap(calls) // before anybody could miss what the process took with it
	seen(t, calls)
	on(t, calls, models.RouteSFU)
	for _, pair := range calls {
		for _, c := range pair {
			if _, epoch := c.Route(); epoch != 2 {
				t.Errorf("caller %d is on epoch %d, so was moved more than once: %+v", c.Number, epoch, c.Steps())
			}
			for _, step := range c.Steps() {
				if step.Cause != models.ReasonMoving {
					t.Errorf("caller %d was told %+v", c.Number, step)
				}
			}
		}
		blameless(t, []*stage.Guest{pair[0].Guest, pair[1].Guest})
	}
	t.Logf("5 calls went on to another media server, the longest gap was %v", gap.Round(time.Millisecond))
}
