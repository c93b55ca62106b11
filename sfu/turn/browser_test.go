//go:build e2e

package turn

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"omezle/models"
	"omezle/sfu/port"
)

// page is a call of a browser with itself in which both sides relay only, once for each server of /servers. It
// tells /result what came of it.
const page = `<!doctype html><video muted playsinline autoplay></video><script>
const video = document.querySelector('video')
const frames = (count) => new Promise((resolve) => {
  const next = () => (--count ? video.requestVideoFrameCallback(next) : resolve())
  video.requestVideoFrameCallback(next)
})
async function call(stream, [left, right]) {
  const began = performance.now()
  const a = new RTCPeerConnection({ iceServers: [left], iceTransportPolicy: 'relay' })
  const b = new RTCPeerConnection({ iceServers: [right], iceTransportPolicy: 'relay' })
  a.onicecandidate = (e) => e.candidate && b.addIceCandidate(e.candidate)
  b.onicecandidate = (e) => e.candidate && a.addIceCandidate(e.candidate)
  const shown = new Promise((resolve) => (b.ontrack = (e) => { if (e.track.kind === 'video') resolve(e.streams[0]) }))
  for (const track of stream.getTracks()) a.addTrack(track, stream)
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription)
  await b.setLocalDescription()
  await a.setRemoteDescription(b.localDescription)
  video.srcObject = await shown
  await frames(1)
  const first = performance.now() - began
  await frames(30)
  const stats = [...(await a.getStats()).values()]
  const pair = stats.find((s) => s.type === 'candidate-pair' && s.nominated && s.state === 'succeeded')
  const local = stats.find((s) => s.id === pair.localCandidateId)
  const remote = stats.find((s) => s.id === pair.remoteCandidateId)
  a.close()
  b.close()
  return { url: left.urls[0], local: local.candidateType, remote: remote.candidateType, protocol: local.relayProtocol, first: Math.round(first) }
}
addEventListener('load', async () => {
  const results = []
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240, frameRate: 15 } })
    for (const pair of await (await fetch('/servers')).json()) results.push(await call(stream, pair))
    await fetch('/result', { method: 'POST', body: JSON.stringify({ results }) })
  } catch (error) {
    await fetch('/result', { method: 'POST', body: JSON.stringify({ results, error: String(error) }) })
  }
})
</script>`

type result struct {
	Results []struct {
		URL, Local, Remote, Protocol string
		First                        int // ms to the first frame
	}
	Error string
}

type iceServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username"`
	Credential string   `json:"credential"`
}

// outside is an address of this machine that browsers use: they leave loopback out.
func outside(t *testing.T) netip.Addr {
	t.Helper()
	addrs, err := MachineAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range addrs {
		if addr.Is4() && !addr.IsLoopback() {
			return addr
		}
	}
	t.Fatal("this machine has no address but loopback, and browsers do not gather candidates there")
	return netip.Addr{}
}

func TestChromiumCallsThroughTheOnePort(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is not installed: apt-get install -y --no-install-recommends chromium")
	}
	host := outside(t)
	registry, log := prometheus.NewRegistry(), slog.New(slog.DiscardHandler)
	public, err := port.Listen(t.Context(), host.String()+":0", port.DefaultConfig(), port.Deps{TLS: selfSigned(t), Log: log, Metrics: port.NewMetrics(registry)})
	if err != nil {
		t.Fatal(err)
	}
	cfg := testConfig()
	cfg.ListenUDP = host.String() + ":0"
	credentials := NewCredentials(secret, cfg.CredentialTTL)
	server, err := Listen(t.Context(), cfg, Deps{
		Credentials: credentials, Peers: NewPeers(cfg, []netip.Addr{host}), Streams: public.Listener(port.TURN), Log: log, Metrics: NewMetrics(registry),
	})
	if err != nil {
		t.Fatal(err)
	}

	var pairs [][2]iceServer
	for _, address := range []string{
		"turn:" + public.Addr().String() + "?transport=tcp", "turns:" + public.Addr().String() + "?transport=tcp", "turn:" + server.udp.LocalAddr().String() + "?transport=udp",
	} {
		var pair [2]iceServer
		for i := range pair {
			username, password := credentials.Issue(models.NewSessionID(), time.Now())
			pair[i] = iceServer{[]string{address}, username, password}
		}
		pairs = append(pairs, pair)
	}
	done := make(chan result, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(page))
	})
	mux.HandleFunc("GET /servers", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(pairs) })
	mux.HandleFunc("POST /result", func(_ http.ResponseWriter, r *http.Request) {
		var got result
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			got.Error = err.Error()
		}
		done <- got
	})
	pages := &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	public.Prepare(pages)
	listener := public.Listener(port.HTTP)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 3)
	go func() { ended <- server.Run(ctx) }()
	go func() { ended <- pages.Serve(listener) }()
	go func() { ended <- public.Run(ctx) }()
	defer func() {
		cancel()
		pages.Close()
		for range cap(ended) {
			<-ended
		}
	}()

	browser := exec.CommandContext(t.Context(), chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--user-data-dir="+t.TempDir(),
		"--ignore-certificate-errors", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=fps=15",
		"--autoplay-policy=no-user-gesture-required", "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
		"https://"+public.Addr().String()+"/")
	browser.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = syscall.Kill(-browser.Process.Pid, syscall.SIGKILL) // its helpers too
		_ = browser.Wait()
	}()
	select {
	case got := <-done:
		if got.Error != "" || len(got.Results) != len(pairs) {
			t.Fatalf("the page tells %q after %+v", got.Error, got.Results)
		}
		for i, want := range []string{"tcp", "tls", "udp"} {
			r := got.Results[i]
			t.Logf("%s: first frame after %d ms", r.URL, r.First)
			if r.Local != "relay" || r.Remote != "relay" || r.Protocol != want {
				t.Errorf("%s: %s to %s over %s", r.URL, r.Local, r.Remote, r.Protocol)
			}
		}
	case <-time.After(2 * patience):
		t.Fatalf("the page tells nothing; %d relays were made: %s", server.Allocations(), strings.Join(pairs[0][0].URLs, " "))
	}
}
