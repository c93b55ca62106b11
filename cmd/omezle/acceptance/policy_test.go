package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models/store/storetest"
	"omezle/signaling/redisdb/redistest"
)

// operate sends a request of the operator's and returns the answer.
func operate(t *testing.T, n *stage.Node, method, path, match string, body any) (status int, answer string) {
	t.Helper()
	return staff(t, n, stage.OperatorToken, method, path, match, body)
}

// staff sends a request of whoever has a token.
func staff(t *testing.T, n *stage.Node, token, method, path, match string, body any) (status int, answer string) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, n.URL+"/api/admin/"+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("If-Match", match)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, string(text)
}

// version is the version of the policy that is in force on a node.
func version(t *testing.T, n *stage.Node) (v int) {
	t.Helper()
	status, answer := operate(t, n, http.MethodGet, "policy", "", nil)
	if _, err := fmt.Sscanf(answer, `{"version":%d`, &v); err != nil || status != http.StatusOK {
		t.Fatalf("the policy came as %d %s", status, answer)
	}
	return v
}

// setPolicy makes the next version on a node, of which every call is relayed.
func setPolicy(t *testing.T, n *stage.Node, from int) (status int, answer string) {
	t.Helper()
	return operate(t, n, http.MethodPut, "policy", fmt.Sprintf("%q", fmt.Sprint(from)), map[string]any{
		"note": "acceptance", "policy": map[string]any{"format": 1, "otherwise": map[string]any{"route": "sfu", "forced": true}},
	})
}

// policySpread is how long a change may take to every node. Operators are promised a second; this machine has other
// things to do. The time it took is printed.
const policySpread = 4 * time.Second

func TestAPolicyIsInForceOnEveryNodeWithoutARestart(t *testing.T) {
	redis := redistest.NewServer(t)
	postgres, err := storetest.StartPostgres("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Close(); err != nil {
			t.Error(err)
		}
	})
	database, err := postgres.CreateDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shared := stage.Stores{Redis: redis.URL(), Database: database}
	var nodes []*stage.Node
	for range 3 {
		nodes = append(nodes, stage.Start(t, shared))
	}
	spread := func(want int, within time.Duration) {
		t.Helper()
		began := time.Now()
		for i, n := range nodes {
			stage.Eventually(t, within, func() bool { return version(t, n) == want }, func() string {
				return fmt.Sprintf("node %d has version %d, want %d", i, version(t, n), want)
			})
		}
		t.Logf("version %d was in force on %d nodes after %v", want, len(nodes), time.Since(began).Round(time.Millisecond))
	}
	for v := range 5 {
		if status, answer := setPolicy(t, nodes[v%len(nodes)], v); status != http.StatusOK {
			t.Fatalf("set: %d %s", status, answer)
		}
		spread(v+1, policySpread)
	}
	if status, answer := setPolicy(t, nodes[1], 3); status != http.StatusPreconditionFailed {
		t.Errorf("two editors of one version: %d %s", status, answer)
	}

	// Without the database nothing can be changed, and what is in force stays.
	if err := postgres.Stop(); err != nil {
		t.Fatal(err)
	}
	if status, answer := setPolicy(t, nodes[0], 5); status != http.StatusServiceUnavailable || !strings.Contains(answer, "unavailable") {
		t.Errorf("set without the database: %d %s", status, answer)
	}
	spread(5, policySpread)
	if err := postgres.Start(); err != nil {
		t.Fatal(err)
	}
	stage.Eventually(t, patience, func() bool { status, _ := setPolicy(t, nodes[0], 5); return status == http.StatusOK }, func() string { return "the database is back, and no policy can be set" })
	spread(6, policySpread)

	// Without Redis nobody is told; the others look by themselves.
	redis.Stop()
	if status, answer := setPolicy(t, nodes[0], 6); status != http.StatusOK {
		t.Errorf("set without Redis: %d %s", status, answer)
	}
	spread(7, patience)
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	alive(t, nodes...)
}
