package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/signaling/redisdb/redistest"
)

func (n *running) readiness() (ready readiness) {
	n.t.Helper()
	if err := json.Unmarshal([]byte(n.get(n.private+"/readyz").body), &ready); err != nil {
		n.t.Fatal(err)
	}
	return ready
}

func TestANodeServesWithNothingConfigured(t *testing.T) {
	n := start(t).serves()
	page := n.get(n.public + "/")
	if !strings.Contains(page.header.Get("Content-Type"), "text/html") || page.header.Get("Content-Security-Policy") == "" {
		t.Errorf("the page came as %d %v", page.status, page.header)
	}
	if ready := n.readiness(); !ready.Ready || ready.Phase != serving || !ready.Checks["database"].OK || !ready.Checks["redis"].OK {
		t.Errorf("got %+v", ready)
	}
	if metrics := n.get(n.private + "/metrics"); !strings.Contains(metrics.body, "omezle_build_info") || !strings.Contains(metrics.body, "go_goroutines") {
		t.Errorf("metrics came as %d", metrics.status)
	}
	if profile := n.get(n.private + "/debug/pprof/cmdline"); profile.status != http.StatusOK {
		t.Errorf("profiles came as %d", profile.status)
	}
	for _, path := range []string{"/metrics", "/readyz", "/debug/pprof/"} {
		if a := n.get(n.public + path); strings.Contains(a.body, "go_goroutines") || strings.Contains(a.body, `"phase"`) || strings.Contains(a.body, "heap profile") {
			t.Errorf("%s is open on the public port", path)
		}
	}
	if err := n.halt(); err != nil {
		t.Errorf("told to stop, the node ended with %v", err)
	}
	if !strings.Contains(n.stderr.String(), "draining") {
		t.Errorf("no word of draining in\n%s", n.stderr.String())
	}
}

func TestTheVisitorsAPIStandsBesideTheClient(t *testing.T) {
	n := start(t, "OMEZLE_CONSENT_VERSION=7").serves()
	if a := n.get(n.public + "/api/config"); a.status != http.StatusOK || !strings.Contains(a.body, `"consent":"7"`) {
		t.Errorf("/api/config came as %d %s", a.status, a.body)
	}
	if a := n.get(n.public + "/stats"); a.status != http.StatusOK || !strings.Contains(a.body, `"active":0`) {
		t.Errorf("/stats came as %d %s", a.status, a.body)
	}
	if a := n.get(n.public + "/api/nothing"); a.status != http.StatusNotFound {
		t.Errorf("an unknown part of the API came as %d", a.status)
	}
	if metrics := n.get(n.private + "/metrics"); !strings.Contains(metrics.body, "omezle_sockets 0") || !strings.Contains(metrics.body, "omezle_bus_queued 0") {
		t.Error("metrics lack the numbers of signalling and bus")
	}
}

func TestTwoNodesFindOneAnother(t *testing.T) {
	stores := []string{"OMEZLE_DATABASE_URL=" + storetest.Postgres(t), "OMEZLE_REDIS_URL=" + redistest.Single(t), "OMEZLE_SECRET=" + strings.Repeat("k", minSecret)}
	first, second := start(t, stores...), start(t, stores...) // both migrate the same database
	first.serves()
	second.serves()
	knows := func(n *running, nodes int) func() bool {
		return func() bool {
			return strings.Contains(n.get(n.private+"/metrics").body, fmt.Sprintf("omezle_nodes %d\n", nodes))
		}
	}
	eventually(t, "the first knows both", knows(first, 2))
	eventually(t, "the second knows both", knows(second, 2))
	for line := range strings.Lines(first.stderr.String() + second.stderr.String()) {
		// How fast this machine's disk is says nothing of the nodes.
		if strings.Contains(line, "level=WARN") && !strings.Contains(line, `msg="slow statement"`) {
			t.Errorf("something is not well: %s", line)
		}
	}
	if err := first.halt(); err != nil {
		t.Error(err)
	}
	eventually(t, "the second knows that the first has stopped", knows(second, 1))
}

func TestRealStoresAreMigratedAndUsed(t *testing.T) {
	database := storetest.Postgres(t)
	n := start(t, "OMEZLE_DATABASE_URL="+database, "OMEZLE_REDIS_URL="+redistest.Single(t)).serves()
	if !strings.Contains(n.stderr.String(), "database=postgres") {
		t.Errorf("Postgres is not in use:\n%s", n.stderr.String())
	}
	db := storetest.Open(t, database)
	if version, err := db.Version(t.Context()); err != nil || version != store.Newest() {
		t.Errorf("schema is %q (%v), want %q", version, err, store.Newest())
	}
}

func TestRedisThatIsAwayAtTheStartIsWaitedFor(t *testing.T) {
	redis := redistest.NewServer(t)
	redis.Stop()
	n := start(t, "OMEZLE_REDIS_URL="+redis.URL())
	eventually(t, "a line that says so", func() bool { return strings.Contains(n.stderr.String(), "waiting for a service that does not answer") })
	if health := n.get(n.private + "/healthz"); health.status != http.StatusOK {
		t.Errorf("a node that waits is called dead: %d", health.status)
	}
	if ready := n.readiness(); ready.Ready || ready.Phase != starting {
		t.Errorf("a node that waits is called ready: %+v", ready)
	}
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	n.serves()
}

func TestAStoreThatStaysAwayEndsTheStartWithASentence(t *testing.T) {
	for name, row := range map[string]struct{ variable, want string }{
		"Redis":    {"OMEZLE_REDIS_URL=redis://u:hunter2@127.0.0.1:1/0", "the Redis redis://"},
		"Postgres": {"OMEZLE_DATABASE_URL=postgres://u:hunter2@127.0.0.1:1/x", "the database postgres://"},
	} {
		t.Run(name, func(t *testing.T) {
			n := launch(t, row.variable, "OMEZLE_START_TIMEOUT=1s")
			<-n.ended
			if n.err == nil || !strings.HasPrefix(n.err.Error(), row.want) || !strings.Contains(n.err.Error(), "did not answer within 1s") {
				t.Errorf("got %v", n.err)
			}
			if strings.Contains(n.err.Error()+n.stderr.String(), "hunter2") {
				t.Error("the password is told")
			}
		})
	}
}

func TestLosingRedisShowsAndEndsNothing(t *testing.T) {
	redis := redistest.NewServer(t)
	n := start(t, "OMEZLE_REDIS_URL="+redis.URL()).serves()
	redis.Stop()
	eventually(t, "not ready", func() bool { return !n.readiness().Ready })
	if ready := n.readiness(); ready.Checks["redis"].OK || ready.Checks["redis"].Error == "" || !ready.Checks["database"].OK {
		t.Errorf("got %+v", ready)
	}
	if health := n.get(n.private + "/healthz"); health.status != http.StatusOK {
		t.Errorf("health is %d", health.status)
	}
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "ready again", func() bool { return n.readiness().Ready })
}

func TestATakenPortIsNamed(t *testing.T) {
	first := start(t).serves()
	address := strings.TrimPrefix(first.public, "http://")
	var out output
	err := run(t.Context(), []string{"serve", "--listen", address, "--private-listen=", "--data-dir", t.TempDir()}, nil, &out, &out)
	if err == nil || !strings.Contains(err.Error(), "public port") || !strings.Contains(err.Error(), "in use") {
		t.Errorf("got %v", err)
	}
}

func TestHTTPSIsServedWithACertificate(t *testing.T) {
	cert, key, roots := selfSigned(t)
	n := start(t, "OMEZLE_TLS_CERT="+cert, "OMEZLE_TLS_KEY="+key).serves()
	if !strings.HasPrefix(n.public, "https://") {
		t.Fatalf("the node is at %s", n.public)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	page := get(t, &http.Client{Transport: transport}, n.public+"/")
	if page.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("got %d %v", page.status, page.header)
	}
}

func TestAFileThatIsNoCertificateEndsTheStart(t *testing.T) {
	n := launch(t, "OMEZLE_TLS_CERT=/dev/null", "OMEZLE_TLS_KEY=/dev/null")
	<-n.ended
	if n.err == nil || !strings.HasPrefix(n.err.Error(), "tls: certificate /dev/null: ") {
		t.Errorf("got %v", n.err)
	}
}

// The process itself: the first signal drains, a second one does not wait.
func TestASecondSignalEndsTheProcessAtOnce(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := exec.CommandContext(context.Background(), self, "serve", "--listen=127.0.0.1:0", "--private-listen=127.0.0.1:0", "--data-dir="+t.TempDir())
	program.Env = append(os.Environ(), asProgram+"=1")
	n := &running{t: t, ended: make(chan struct{})}
	program.Stdout, program.Stderr = &n.stdout, &n.stderr
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(n.ended)
		n.err = program.Wait()
	}()
	t.Cleanup(func() { _ = program.Process.Kill(); <-n.ended })
	n.private = n.address(privateLine)
	n.serves()

	// A request that runs on keeps the drain from ending.
	slow, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(slow, http.MethodGet, n.private+"/debug/pprof/trace?seconds=20", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r) // returns with the first bytes of the trace
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	signal := func() {
		if err := program.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	signal()
	eventually(t, "draining", func() bool { return strings.Contains(n.stderr.String(), "draining") })
	signal()
	<-n.ended
	status, ok := program.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("the process ended with %v, want its second SIGTERM to end it", program.ProcessState)
	}
}

func TestMigrateGoesUpAndDownAndTellsTheVersion(t *testing.T) {
	env := []string{"OMEZLE_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "x.db"), "OMEZLE_DATA_DIR=" + t.TempDir()}
	migrate := func(action string) string {
		t.Helper()
		var out, log output
		if err := run(t.Context(), []string{"migrate", action}, env, &out, &log); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if out := migrate("status"); !strings.HasPrefix(out, "schema none") {
		t.Errorf("a new database tells %q", out)
	}
	if out := migrate("up"); !strings.HasPrefix(out, "schema "+store.Newest()) {
		t.Errorf("up tells %q", out)
	}
	if out := migrate("down"); strings.HasPrefix(out, "schema "+store.Newest()) {
		t.Errorf("down tells %q", out)
	}
}
