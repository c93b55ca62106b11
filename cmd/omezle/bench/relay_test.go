package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
)

const (
	relayRounds = 2
	relayWarmUp = 3 * time.Second
	relayWindow = 6 * time.Second
)

// relayed is one measurement of one server.
type relayed struct {
	cpu        time.Duration
	packets    int64 // forwarded, as the receivers counted
	sent       int64
	bytes      int64 // memory gained by all pairs
	goroutines int   // likewise
	shed       int   // looks that were lost
	latency    stage.Sorted
}

func (r relayed) perMillion() float64 { return r.cpu.Seconds() / float64(r.packets) * 1e6 }

// BenchmarkRelay measures pairs of 1 Mbit/s video and Opus each way through the SFU,
// through a naive relay, through the floor and without a server, in turns, a fresh
// server each time.
func BenchmarkRelay(b *testing.B) {
	program := buildRelay(b)
	for _, pairs := range []int{20, 40} {
		b.Run(fmt.Sprintf("pairs=%d", pairs), func(b *testing.B) {
			for b.Loop() {
				benchmarkRelay(b, program, pairs)
			}
		})
	}
}

// buildRelay compiles the servers.
func buildRelay(b *testing.B) (program string) {
	b.Helper()
	program = filepath.Join(b.TempDir(), "relayserver")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, "omezle/cmd/omezle/bench/relayserver").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// relayKinds are what is measured in one round: the SFU with and without gathering of
// packets, what it is compared with, and clients connected to each other.
var relayKinds = []string{"naive", "node", "gather", "floor", "direct"}

func benchmarkRelay(b *testing.B, program string, pairs int) {
	sums := map[string]relayed{}
	for range relayRounds {
		for _, kind := range relayKinds {
			one := measureRelay(b, program, kind, pairs, 0)
			b.Logf("%-6s %2d pairs: %5.1f cpu-s/Mpkt, p50 %v, p99 %v, lost %d of %d", kind, pairs, one.perMillion(),
				one.latency.At(.5), one.latency.At(.99), one.sent-one.packets, one.sent)
			sum := sums[kind]
			sum.cpu += one.cpu
			sum.packets += one.packets
			sum.sent += one.sent
			sum.bytes, sum.goroutines = one.bytes, one.goroutines
			if sum.latency == nil || one.latency.At(.99) < sum.latency.At(.99) {
				sum.latency = one.latency // of the quieter round
			}
			sums[kind] = sum
		}
	}
	node, gather, direct := sums["node"], sums["gather"], sums["direct"]
	added := func(p float64) float64 {
		return float64(max(node.latency.At(p)-direct.latency.At(p), 0).Microseconds())
	}
	b.ReportMetric(node.perMillion(), "cpu-s/Mpkt")
	b.ReportMetric(node.perMillion()/sums["naive"].perMillion(), "x-naive")
	b.ReportMetric(gather.perMillion()/sums["naive"].perMillion(), "x-naive-gathering")
	b.ReportMetric(node.perMillion()/sums["floor"].perMillion(), "x-floor")
	b.ReportMetric(added(.5), "p50-us")
	b.ReportMetric(added(.99), "p99-us")
	b.ReportMetric(float64(node.sent-node.packets)/float64(node.sent)*100, "loss-%")
	b.ReportMetric(float64(node.bytes)/float64(pairs)/(1<<20), "MB/pair")
	b.ReportMetric(float64(node.goroutines)/float64(pairs), "goroutines/pair")
	b.ReportMetric(0, "ns/op")
}

// relayServer is a running server.
type relayServer struct {
	b    *testing.B
	base string
	cmd  *exec.Cmd
}

func startRelay(b *testing.B, program, kind string) (s *relayServer, stop func()) {
	b.Helper()
	cmd := exec.Command(program, kind)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGKILL) // naive has no end of its own
		_ = cmd.Wait()
	})
	b.Cleanup(stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return &relayServer{b: b, base: strings.TrimSpace(line), cmd: cmd}, stop
}

func (s *relayServer) join(pair, side int, body string) (string, error) {
	url := fmt.Sprintf("%s/join?pair=%d&side=%d", s.base, pair, side)
	request, err := http.NewRequestWithContext(s.b.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, answer)
	}
	return string(answer), err
}

// relayStats is what a server knows of itself.
type relayStats struct{ Goroutines, Shed, Judged int }

func (s *relayServer) stats() (stats relayStats) {
	s.b.Helper()
	response, err := http.Get(s.base + "/stats")
	if err != nil {
		s.b.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&stats); err != nil {
		s.b.Fatal(err)
	}
	return stats
}

func (s *relayServer) usage() (time.Duration, int64) {
	s.b.Helper()
	cpu, err := stage.CPU(s.cmd.Process.Pid)
	if err != nil {
		s.b.Fatal(err)
	}
	rss, err := stage.RSS(s.cmd.Process.Pid)
	if err != nil {
		s.b.Fatal(err)
	}
	return cpu, rss
}

// measureRelay runs a server and a load of pairs against it, whose keyframes have so many packets.
func measureRelay(b *testing.B, program, kind string, pairs, keyPackets int) (r relayed) {
	b.Helper()
	load := newRelayLoad()
	load.keyPackets = keyPackets
	defer load.close()
	if kind == "direct" {
		for range pairs {
			if err := load.joinDirect(); err != nil {
				b.Fatal(err)
			}
		}
		return load.measure(b, func() {})
	}
	server, stop := startRelay(b, program, kind)
	defer stop()
	load.server = server
	before := server.stats()
	_, empty := server.usage()
	for pair := range pairs {
		for side := range 2 {
			join := load.join
			if kind == "floor" {
				join = load.joinPlain
			}
			if err := join(pair, side); err != nil {
				b.Fatal(err)
			}
		}
	}
	var cpu []time.Duration
	var rss int64
	r = load.measure(b, func() {
		used, memory := server.usage()
		cpu, rss = append(cpu, used), memory
	})
	after := server.stats()
	r.cpu, r.bytes = cpu[1]-cpu[0], rss-empty
	r.goroutines, r.shed = after.Goroutines-before.Goroutines, after.Shed
	return r
}

// measure lets the load run for a window, and calls edge at its begin and end.
func (l *relayLoad) measure(b *testing.B, edge func()) relayed {
	b.Helper()
	until(b, l.connected, "not all pairs are connected")
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	l.start(ctx)
	pause(b.Context(), relayWarmUp)
	l.open()
	edge()
	pause(b.Context(), relayWindow)
	edge()
	return l.result(b.Context())
}
