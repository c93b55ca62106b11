package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"omezle/signaling/redisdb/redistest"
)

// asProgram makes the test binary be the program, for tests about the process.
const asProgram = "OMEZLE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	goleak.VerifyTestMain(redistest.Main(m))
}

// deadline bounds every wait of these tests; none is expected to come near it.
const deadline = 60 * time.Second

// eventually polls until holds is true.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within %v", what, deadline)
		}
	}
}

// output is a writer that can be read while it is written to.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// running is the program on free ports in a folder of its own.
type running struct {
	t               *testing.T
	public, private string // URLs; public is empty until the node serves
	stdout, stderr  output
	stop            context.CancelFunc
	ended           chan struct{}
	err             error // after ended
}

var (
	publicLine  = regexp.MustCompile(`Omezle is at (\S+)`)
	privateLine = regexp.MustCompile(`Health and metrics are at (\S+)`)
)

// start runs "serve" with further environment, and waits for its private port.
func start(t *testing.T, env ...string) *running {
	t.Helper()
	n := launch(t, env...)
	n.private = n.address(privateLine)
	return n
}

// launch runs "serve" and waits for nothing.
func launch(t *testing.T, env ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	n := &running{t: t, stop: stop, ended: make(chan struct{})}
	env = append([]string{"OMEZLE_LISTEN=127.0.0.1:0", "OMEZLE_PRIVATE_LISTEN=127.0.0.1:0", "OMEZLE_DATA_DIR=" + t.TempDir()}, env...)
	go func() {
		defer close(n.ended)
		n.err = run(ctx, []string{"serve"}, env, &n.stdout, &n.stderr)
	}()
	t.Cleanup(func() { _ = n.halt() })
	return n
}

// serves waits until the node has its public port, and is ready.
func (n *running) serves() *running {
	n.t.Helper()
	n.public = n.address(publicLine)
	eventually(n.t, "ready", func() bool { return n.get(n.private+"/readyz").status == http.StatusOK })
	return n
}

func (n *running) address(line *regexp.Regexp) string {
	n.t.Helper()
	var found []string
	eventually(n.t, line.String(), func() bool {
		select {
		case <-n.ended:
			n.t.Fatalf("the node ended: %v\n%s", n.err, n.stderr.String())
		default:
		}
		found = line.FindStringSubmatch(n.stdout.String())
		return found != nil
	})
	return found[1]
}

// halt tells the node to stop and waits for its end.
func (n *running) halt() error {
	n.stop()
	<-n.ended
	return n.err
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (n *running) get(url string) answer { return get(n.t, http.DefaultClient, url) }

func get(t *testing.T, client *http.Client, url string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true // no idle connection outlives the test
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body strings.Builder
	if _, err := io.Copy(&body, response.Body); err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, body.String()}
}
