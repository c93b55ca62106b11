//go:build e2e

package sfu

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"omezle/models"
)

// debianPython is the interpreter that Debian's packages are for.
const debianPython = "/usr/bin/python3"

// outside is an address of this machine that clients gather: they leave loopback out.
func outside(t *testing.T) string {
	t.Helper()
	found, err := interfaceAddresses(netip.IPv4Unspecified())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range found {
		if a.IP.Is4() && !a.IP.IsLoopback() {
			return a.IP.String()
		}
	}
	t.Fatal("this machine has no address but loopback, and clients do not gather candidates there")
	return ""
}

// program is a client in a process of its own.
type program struct {
	name string
	said chan string // closed at its end
	stop func()
}

func startProgram(t *testing.T, script, url string, width int) *program {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), debianPython, "testdata/"+script, url, fmt.Sprint(width))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var problems strings.Builder
	cmd.Stderr = &problems
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; apt-get install -y --no-install-recommends python3-aiortc python3-gst-1.0 gstreamer1.0-plugins-base "+
			"gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-nice gir1.2-gst-plugins-bad-1.0", err)
	}
	p := &program{name: script, said: make(chan string, 100)}
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(p.said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.said <- lines.Text()
		}
	})
	p.stop = sync.OnceFunc(func() {
		_ = in.Close()
		ended := time.AfterFunc(patience, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		reading.Wait()
		_ = cmd.Wait()
		ended.Stop()
		if t.Failed() {
			t.Logf("%s:\n%s", script, problems.String())
		}
	})
	t.Cleanup(p.stop)
	return p
}

// await reads what the program says until it is done.
func (p *program) await(t *testing.T) {
	t.Helper()
	var all []string
	deadline := time.After(3 * patience)
	for {
		select {
		case line, more := <-p.said:
			all = append(all, line)
			if line == "ok" {
				t.Logf("%s: %s", p.name, strings.Join(all, ", "))
				return
			}
			if !more {
				t.Fatalf("%s ended after %q", p.name, all)
			}
		case <-deadline:
			t.Fatalf("%s said only %q", p.name, all)
		}
	}
}

func TestAiortcAndGStreamerSeeAndHearEachOther(t *testing.T) {
	host := outside(t)
	n := startNode(t, func(c *Config) { c.Listen = net.JoinHostPort(host, "0") })
	pair := models.NewPairID()
	mux := http.NewServeMux()
	for side, path := range []string{"/a", "/b"} {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			offer, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
			answer := ""
			if err == nil {
				answer, err = n.Offer(context.WithoutCancel(r.Context()), pair, Side(side), string(offer))
			}
			if err != nil {
				t.Errorf("%v in the offer\n%s", err, offer)
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			_, _ = io.WriteString(w, answer)
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	a := startProgram(t, "aiortc_peer.py", server.URL+"/a", 320)
	b := startProgram(t, "gstreamer_peer.py", server.URL+"/b", 640)
	defer func() {
		a.stop()
		b.stop()
		if t.Failed() {
			for side, s := range n.Statistics(pair) {
				t.Logf("side %d: %+v", side, s)
			}
		}
	}()
	a.await(t)
	b.await(t)
	for side, s := range n.Statistics(pair) {
		if s == nil || s.Path != "udp" || s.Forwarded < 60 {
			t.Errorf("side %d: %+v", side, s)
		}
	}
}
