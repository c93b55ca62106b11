package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestACertificateIsJudgedAsBrowsersDo(t *testing.T) {
	now := time.Now()
	good, roots := certificate(t, now.Add(1000*time.Hour), "chat.example")
	_, others := certificate(t, now.Add(time.Hour), "chat.example")
	for name, row := range map[string]struct {
		host  string
		roots *x509.CertPool
		at    time.Time
		level Level
		words string
	}{
		"good":       {"chat.example", roots, now, OK, "for chat.example, valid for another 41 days"},
		"soon":       {"chat.example", roots, now.Add(900 * time.Hour), Warn, "it expires in"},
		"expired":    {"chat.example", roots, now.Add(1001 * time.Hour), Fail, "it expired 1h0m"},
		"too early":  {"chat.example", roots, now.Add(-time.Hour), Fail, "not valid yet"},
		"wrong name": {"www.example", roots, now, Fail, "it is not for www.example, but for chat.example"},
		"untrusted":  {"chat.example", others, now, Fail, "nobody this machine trusts"},
	} {
		r := &Report{}
		if Chain(r.Area("site"), "certificate", row.host, []*x509.Certificate{good.Leaf}, row.roots, row.at) != (row.level != Fail) {
			t.Errorf("%s: taken for what it is not", name)
		}
		r.tells(t, row.level, "site", "certificate", row.words)
	}
}

func TestASiteWithAnExpiredCertificateIsLookedAtAllTheSame(t *testing.T) {
	old, roots := certificate(t, time.Now().Add(-time.Hour), "127.0.0.1")
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{old}}
	server.StartTLS()
	defer server.Close()
	r := &Report{}
	(&Site{URL: server.URL, Roots: roots}).Ask(t.Context(), r)
	r.tells(t, Fail, "site", "certificate", "it expired")
	r.tells(t, Fail, "site", "page", "something else answers (status 404")
}

func TestASiteThatIsNoneIsToldOf(t *testing.T) {
	closed, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for url, row := range map[string][2]string{
		"chat.example":                      {"url", "no address of a site"},
		"https://nowhere.invalid":           {"name", "nowhere.invalid"},
		"http://" + closed.Addr().String():  {"page", "refused"},
		"https://" + closed.Addr().String(): {"certificate", "refused"},
	} {
		r := &Report{}
		(&Site{URL: url}).Ask(t.Context(), r)
		r.tells(t, Fail, "site", row[0], row[1])
	}
}

func TestAPortIsFreeOursOrTaken(t *testing.T) {
	ours := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"version":"1.2"}`)) }))
	defer ours.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	free := httptest.NewServer(http.NotFoundHandler())
	free.Close()
	for _, row := range []struct {
		address string
		holder  Holder
		level   Level
		words   string
	}{
		{ours.Listener.Addr().String(), Us, OK, "a node of version 1.2 answers"},
		{other.Listener.Addr().String(), Others, Fail, "no node of this service answers there"},
		{free.Listener.Addr().String(), Nobody, OK, "is free"},
		{"192.0.2.200:80", Others, Fail, "cannot assign"},
	} {
		r := &Report{}
		port := Port{Name: "public", Address: row.address, Path: "/api/config", Member: "version"}
		if got := port.Ask(t.Context(), r); got != row.holder {
			t.Errorf("%s: got %v", row.address, got)
		}
		r.tells(t, row.level, "ports", "public", row.words)
	}
}

func TestUDPPortsOfRelaysAreLookedAt(t *testing.T) {
	taken, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	at := taken.LocalAddr().(*net.UDPAddr).Port
	r := &Report{}
	RelayPorts(r, "127.0.0.1", at, at, 1)
	r.tells(t, Warn, "ports", "relay ports", "1 are taken")
	r = &Report{}
	RelayPorts(r, "127.0.0.1", 49152, 49251, 4000)
	r.tells(t, Warn, "ports", "relay ports", "100 ports, fewer than the 4000 relays")
	r = &Report{}
	RelayPorts(r, "127.0.0.1", 49152, 65535, 4000)
	r.tells(t, OK, "ports", "relay ports", "that were tried")
}

func TestTheMachinesLimitsAreToldOf(t *testing.T) {
	r := &Report{}
	Machine(r, 1, true)
	r.tells(t, OK, "machine", "descriptors", "a full node has 1")
	r = &Report{}
	Machine(r, 1<<40, false)
	r.tells(t, Warn, "machine", "descriptors", "refuses visitors before")
}
