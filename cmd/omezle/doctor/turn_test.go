package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"omezle/models"
	"omezle/sfu/port"
	"omezle/sfu/turn"
)

var secret = []byte("0123456789abcdef0123456789abcdef")

// relaying starts a TURN server with a public port in front of it, on loopback, and returns what asks it.
func relaying(t *testing.T, change func(*turn.Config), certificates tls.Certificate, roots *x509.CertPool) TURN {
	t.Helper()
	log, registry := slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	public, err := port.Listen(t.Context(), "127.0.0.1:0", port.DefaultConfig(), port.Deps{
		TLS: &tls.Config{Certificates: []tls.Certificate{certificates}}, Log: log, Metrics: port.NewMetrics(registry),
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := turn.DefaultConfig()
	cfg.PublicIP, cfg.Host, cfg.ListenUDP = []netip.Addr{netip.MustParseAddr("203.0.113.9")}, "127.0.0.1", "127.0.0.1:0"
	if change != nil {
		change(&cfg)
	}
	credentials := turn.NewCredentials(secret, time.Minute)
	server, err := turn.Listen(t.Context(), cfg, turn.Deps{
		Credentials: credentials, Peers: turn.NewPeers(cfg, []netip.Addr{netip.MustParseAddr("198.51.100.7")}), Streams: public.Listener(port.TURN), Log: log, Metrics: turn.NewMetrics(registry),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- server.Run(ctx) }()
	go func() { ended <- public.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range cap(ended) {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	return TURN{
		URLs: cfg.URLs(server.UDPPort(), public.Addr().(*net.TCPAddr).Port, true), Roots: roots,
		Issue:    func() (string, string) { return credentials.Issue(models.NewSessionID(), time.Now()) },
		Internal: map[string][]netip.Addr{"our Redis": {netip.MustParseAddr("198.51.100.7")}},
	}
}

func TestATURNServerIsWellWhenItRelaysEveryWayAndReachesNothingOfOurs(t *testing.T) {
	cert, roots := certificate(t, time.Now().Add(1000*time.Hour), "127.0.0.1")
	check, r := relaying(t, nil, cert, roots), &Report{}
	check.Ask(t.Context(), r)
	for _, url := range check.URLs[1:] {
		r.tells(t, OK, "turn", url, "there and back"[len("there "):])
	}
	r.tells(t, OK, "turn", check.URLs[0], "sees this machine at 127.0.0.1")
	r.tells(t, OK, "turn", "peers", "10.0.0.1, 100.64.0.1, 127.0.0.1, 169.254.169.254, 192.168.0.1, ::ffff:10.0.0.1, ::ffff:127.0.0.1, our Redis at 198.51.100.7")
	if r.Count(Fail)+r.Count(Warn) > 0 {
		t.Errorf("complaints about a good one:\n%s", r)
	}
}

func TestATURNServerThatOpensTheNetworkIsToldOf(t *testing.T) {
	cert, roots := certificate(t, time.Now().Add(1000*time.Hour), "127.0.0.1")
	open := netip.MustParsePrefix("10.0.0.0/8")
	check, r := relaying(t, func(c *turn.Config) { c.AllowPeers = []netip.Prefix{open, netip.MustParsePrefix("198.51.100.0/24")} }, cert, roots), &Report{}
	check.Allowed = []netip.Prefix{open}
	check.Ask(t.Context(), r)
	r.tells(t, Warn, "turn", "peer 10.0.0.1", "turn.allow_peers opens it")
	r.tells(t, Fail, "turn", "peer our Redis at 198.51.100.7", "an open door")
	r.tells(t, OK, "turn", "peers", "127.0.0.1")
}

func TestWhatKeepsBrowsersFromRelayingIsToldOf(t *testing.T) {
	good, roots := certificate(t, time.Now().Add(1000*time.Hour), "127.0.0.1")
	old, oldRoots := certificate(t, time.Now().Add(-time.Hour), "127.0.0.1")
	other, otherRoots := certificate(t, time.Now().Add(1000*time.Hour), "turn.example")

	check, r := relaying(t, nil, good, roots), &Report{}
	foreign := turn.NewCredentials([]byte("another secret of another service"), time.Minute)
	check.Issue = func() (string, string) { return foreign.Issue(models.NewSessionID(), time.Now()) }
	check.Ask(t.Context(), r)
	for _, url := range check.URLs[1:] {
		r.tells(t, Fail, "turn", url, "refuses our credential")
	}

	for words, c := range map[string]struct {
		cert  tls.Certificate
		roots *x509.CertPool
	}{"expired": {old, oldRoots}, "IP SANs": {other, otherRoots}, "unknown authority": {good, oldRoots}} {
		check, r := relaying(t, nil, c.cert, c.roots), &Report{}
		check.URLs = check.URLs[3:]
		check.Ask(t.Context(), r)
		r.tells(t, Fail, "turn", check.URLs[0], words)
		r.tells(t, Warn, "turn", "over udp", "not offered")
	}

	full := relaying(t, func(c *turn.Config) { c.MaxPerSession, c.MaxAllocations = 1, 1 }, good, roots)
	r = &Report{}
	full.Ask(t.Context(), r)
	r.tells(t, Fail, "turn", full.URLs[1], "no room")

	private := relaying(t, func(c *turn.Config) { c.PublicIP = []netip.Addr{netip.MustParseAddr("10.1.2.3")} }, good, roots)
	private.URLs = private.URLs[:2]
	r = &Report{}
	private.Ask(t.Context(), r)
	r.tells(t, Warn, "turn", private.URLs[1], "no address of the internet")

	closed, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := closed.Addr().(*net.TCPAddr).Port
	closed.Close()
	r = &Report{}
	TURN{URLs: []string{"turn:127.0.0.1:" + strconv.Itoa(at) + "?transport=tcp", "http://x"}, Issue: check.Issue}.Ask(t.Context(), r)
	r.tells(t, Fail, "turn", "turn:127.0.0.1:"+strconv.Itoa(at)+"?transport=tcp", "refused")
	r.tells(t, Fail, "turn", "http://x", "no URL")
	r = &Report{}
	TURN{}.Ask(t.Context(), r)
	r.tells(t, Skip, "turn", "servers", "text only")
}
