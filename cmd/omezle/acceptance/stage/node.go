//go:build unix

package stage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startPatience is how long a node may take to serve.
const startPatience = 60 * time.Second

// secret signs the tokens of all nodes.
const secret = "the same thirty-two bytes for all of them"

// OperatorToken opens the operator's API of all nodes.
const OperatorToken = "what only the operator of this stage knows"

// ReviewerToken opens the reviewer's part of it.
const ReviewerToken = "what only the reviewer of this stage knows"

// Node is one process of the program. Its methods are for one goroutine, except
// those that only ask.
type Node struct {
	// URL is the public address, Private the one with health, metrics and profiles.
	URL, Private string

	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	err  error         // of Wait, valid after done
	log  string
}

// Stores are the URLs of what nodes share. Empty ones mean what is embedded, for a node by itself.
type Stores struct{ Redis, Database string }

// Start starts a node and returns when it serves. Settings are environment
// variables without their prefix, as "MAX_PENDING=4096".
func Start(tb testing.TB, stores Stores, settings ...string) *Node {
	tb.Helper()
	path, err := build()
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	n := &Node{cmd: exec.Command(path, "serve"), done: make(chan struct{}), log: filepath.Join(dir, "log")}
	settings = append([]string{
		"LISTEN=127.0.0.1:0", "PRIVATE_LISTEN=127.0.0.1:0", "DATA_DIR=" + dir, "SECRET=" + secret, "OPERATOR_TOKEN=" + OperatorToken, "REVIEWER_TOKEN=" + ReviewerToken,
		"REDIS_URL=" + stores.Redis, "DATABASE_URL=" + stores.Database,
	}, settings...)
	n.cmd.Env = environment()
	for _, setting := range settings {
		n.cmd.Env = append(n.cmd.Env, "OMEZLE_"+setting)
	}
	n.cmd.SysProcAttr = endWithParent()
	log, err := os.Create(n.log)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = log.Close() }() // the process has its own
	n.cmd.Stderr = log
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		n.Kill()
		if tb.Failed() {
			tb.Logf("end of the log of %s:\n%s", n.URL, n.LogEnd())
		}
	})
	served := make(chan bool, 1)
	go func() {
		defer close(n.done)
		served <- n.readAddresses(out)
		_, _ = io.Copy(io.Discard, out)
		n.err = n.cmd.Wait()
	}()
	select {
	case ok := <-served:
		if !ok {
			tb.Fatalf("the node ended at its start:\n%s", n.LogEnd())
		}
	case <-time.After(startPatience):
		tb.Fatalf("the node does not serve:\n%s", n.LogEnd())
	}
	return n
}

// environment is this process's without settings of the program.
func environment() []string {
	var env []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "OMEZLE_") {
			env = append(env, pair)
		}
	}
	return env
}

// readAddresses reads what the program prints at its start; false if it ended first.
func (n *Node) readAddresses(out io.Reader) bool {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "Health and metrics are at "); ok {
			n.Private = url
		}
		if _, url, ok := strings.Cut(lines.Text(), "Omezle is at "); ok {
			n.URL = url
			return true
		}
	}
	return false
}

// PID is the process id.
func (n *Node) PID() int { return n.cmd.Process.Pid }

// Kill ends the process as a crash does and returns when it has ended.
func (n *Node) Kill() {
	_ = n.cmd.Process.Kill() // fails only when it has ended already
	<-n.done
}

// Terminate tells the process to stop, as an operator does, and does not wait.
func (n *Node) Terminate() error { return n.cmd.Process.Signal(syscall.SIGTERM) }

// Ended is closed when the process has ended.
func (n *Node) Ended() <-chan struct{} { return n.done }

// Exit returns how the process ended; call it after Ended.
func (n *Node) Exit() error { return n.err }

// LogEnd returns the last lines of the log.
func (n *Node) LogEnd() string {
	data, err := os.ReadFile(n.log)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-6000):])
}

// Ready asks /readyz and returns whether the node is, and what it said.
func (n *Node) Ready(ctx context.Context) (ready bool, said string) {
	status, body, err := n.get(ctx, "/readyz")
	if err != nil {
		return false, err.Error()
	}
	return status == http.StatusOK, string(body)
}

// Profile returns a pprof profile, such as "heap" or "profile?seconds=5".
func (n *Node) Profile(ctx context.Context, name string) ([]byte, error) {
	status, body, err := n.get(ctx, "/debug/pprof/"+name)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("stage: profile %s: status %d", name, status)
	}
	return body, err
}

func (n *Node) get(ctx context.Context, path string) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Private+path, nil)
	if err != nil {
		return 0, nil, fmt.Errorf("stage: %w", err)
	}
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, fmt.Errorf("stage: %w", err)
	}
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, errors.Join(err, answer.Body.Close())
}

// Metric is the value of a metric without labels, as the node publishes it.
func (n *Node) Metric(tb testing.TB, name string) float64 {
	tb.Helper()
	value, found := n.metric(tb, name)
	if !found {
		tb.Fatalf("there is no metric %s", name)
	}
	return value
}

// Counted is the value of a counter with its labels, such as `x_total{outcome="good"}`: 0 before it first happened.
func (n *Node) Counted(tb testing.TB, series string) float64 {
	tb.Helper()
	value, _ := n.metric(tb, series)
	return value
}

func (n *Node) metric(tb testing.TB, series string) (value float64, found bool) {
	tb.Helper()
	_, body, err := n.get(tb.Context(), "/metrics")
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(body)) {
		if text, ok := strings.CutPrefix(line, series+" "); ok {
			if value, err = strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil {
				tb.Fatal(err)
			}
			return value, true
		}
	}
	return 0, false
}
