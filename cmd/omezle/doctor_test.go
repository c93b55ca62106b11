package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"omezle/cmd/omezle/doctor"
	"omezle/models/store/storetest"
	"omezle/signaling/redisdb/redistest"
)

// examined is what a run of `omezle doctor --json` has found.
type examined struct {
	t        *testing.T
	findings []doctor.Finding
	failed   bool // its exit status
}

// examine runs doctor as a process of its own, with the settings in env.
func examine(t *testing.T, env []string, args ...string) examined {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, append([]string{"doctor", "--json"}, args...)...)
	command.Env = append([]string{asProgram + "=1", "OMEZLE_PRIVATE_LISTEN="}, env...)
	out, err := command.Output()
	e := examined{t: t, failed: err != nil}
	var read struct{ Findings []doctor.Finding }
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	e.findings = read.Findings
	if fails := slices.ContainsFunc(e.findings, func(f doctor.Finding) bool { return f.Level == doctor.Fail }); fails != e.failed {
		t.Errorf("something fails: %v, and the exit status says %v", fails, e.failed)
	}
	return e
}

// tells fails unless there is such a finding.
func (e examined) tells(level doctor.Level, area, subject, words string) {
	e.t.Helper()
	for _, f := range e.findings {
		if f.Level == level && f.Area == area && f.Subject == subject && strings.Contains(f.Text, words) {
			return
		}
	}
	e.t.Errorf("no %s about %s %s with %q in %+v", level, area, subject, words, e.findings)
}

// fails are the areas and subjects of what fails. Tests run without a client in the binary.
func (e examined) fails() []string {
	var list []string
	for _, f := range e.findings {
		if f.Level == doctor.Fail && f.Text != "the client is not in the binary" {
			list = append(list, f.Area+" "+f.Subject)
		}
	}
	return list
}

var relayingAt = regexp.MustCompile(`stun:127\.0\.0\.1:(\d+)`)

func TestDoctorFindsNothingWrongWithAGoodNodeAndWhatIsWrongWithOthers(t *testing.T) {
	cert, key, _ := selfSigned(t)
	redis := redistest.NewServer(t)
	shared := []string{
		"OMEZLE_REDIS_URL=" + redis.URL(), "OMEZLE_DATABASE_URL=" + storetest.Postgres(t), "OMEZLE_SECRET=" + strings.Repeat("k", minSecret),
		"OMEZLE_ROLES=signaling,turn", "OMEZLE_TURN_PUBLIC_IP=203.0.113.9", "OMEZLE_TURN_HOST=127.0.0.1", "OMEZLE_TLS_CERT=" + cert, "OMEZLE_TLS_KEY=" + key,
	}
	n := start(t, append(shared, "OMEZLE_TURN_LISTEN_UDP=127.0.0.1:0")...)
	n.public = strings.Replace(n.address(publicLine), "localhost", "127.0.0.1", 1)
	var port []string
	eventually(t, "the node says where it relays", func() bool { port = relayingAt.FindStringSubmatch(n.stderr.String()); return port != nil })
	env := append(slices.Clone(shared), "OMEZLE_LISTEN="+strings.TrimPrefix(n.public, "https://"), "OMEZLE_TURN_LISTEN_UDP=127.0.0.1:"+port[1], "SSL_CERT_FILE="+cert)

	e := examine(t, env, "--url", n.public)
	if fails := e.fails(); len(fails) > 0 {
		t.Errorf("of a good node %q fail: %+v", fails, e.findings)
	}
	e.tells(doctor.OK, "settings", "values", "from the environment")
	e.tells(doctor.OK, "database", "answers", "postgres at postgres://")
	e.tells(doctor.OK, "redis", "memory", "noeviction")
	e.tells(doctor.OK, "nodes", "versions", "all run")
	e.tells(doctor.OK, "ports", "public", "a node of version")
	e.tells(doctor.OK, "ports", "turn", "a STUN server answers")
	for _, address := range []string{"turn:127.0.0.1:" + port[1] + "?transport=udp", "turn:" + n.public[len("https://"):] + "?transport=tcp", "turns:" + n.public[len("https://"):] + "?transport=tcp"} {
		e.tells(doctor.OK, "turn", address, "from one to another and back")
	}
	e.tells(doctor.OK, "turn", "peers", "our Redis at 127.0.0.1")
	e.tells(doctor.OK, "site", "websocket", "omezle.v1")
	e.tells(doctor.OK, "site", "origin", "those of other sites are not")
	e.tells(doctor.OK, "site", "headers", "protected")
	e.tells(doctor.OK, "site", "hsts", "max-age")
	e.tells(doctor.OK, "site", "client address", "nothing stands between: the service sees 127.0.0.1")
	e.tells(doctor.Skip, "media", "server", "none is offered")

	e = examine(t, append(env, "OMEZLE_SECRET="+strings.Repeat("x", minSecret)))
	e.tells(doctor.Fail, "turn", "turn:127.0.0.1:"+port[1]+"?transport=udp", "refuses our credential")
	e = examine(t, append(env, "SSL_CERT_FILE=/dev/null"), "--url", n.public)
	e.tells(doctor.Fail, "site", "certificate", "nobody this machine trusts")
	e.tells(doctor.OK, "site", "websocket", "omezle.v1")
	e = examine(t, append(env, "OMEZLE_REDIS_URL="+redistest.NewServer(t, "--maxmemory-policy", "allkeys-lru", "--maxmemory", "50mb").URL()))
	e.tells(doctor.Fail, "redis", "memory", "policy allkeys-lru at 50 MiB")
	e = examine(t, append(env, "OMEZLE_REDIS_URL=redis://127.0.0.1:1", "OMEZLE_DATABASE_URL=postgres://nobody@127.0.0.1:1/none"))
	e.tells(doctor.Fail, "redis", "answers", "refused")
	e.tells(doctor.Fail, "database", "answers", "refused")
}

func TestDoctorTellsAPortThatIsTakenAndSettingsThatAreWrong(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	e := examine(t, []string{"OMEZLE_LISTEN=" + other.Listener.Addr().String(), "OMEZLE_DATA_DIR=" + t.TempDir(), "OMEZLE_REGON=eu", "OMEZLE_GC_PERCENT=1"})
	e.tells(doctor.Fail, "ports", "public", "is taken")
	e.tells(doctor.Fail, "settings", "value", "gc_percent: 1 is not within")
	e.tells(doctor.Warn, "settings", "name", "OMEZLE_REGON is no setting")
	e.tells(doctor.Skip, "turn", "servers", "text only")
	e.tells(doctor.Skip, "site", "url", "not looked at")
	if !e.failed {
		t.Error("it ends as if all were well")
	}
	empty := examine(t, []string{"OMEZLE_LISTEN=127.0.0.1:0", "OMEZLE_DATA_DIR=" + t.TempDir()}, "--roles", "signaling,turn", "--turn-public-ip", "203.0.113.9", "--turn-listen-udp", "127.0.0.1:0")
	empty.tells(doctor.OK, "settings", "values", "3 from flags")
	empty.tells(doctor.Skip, "turn", "servers", "no node runs here")
	if empty.failed {
		t.Errorf("before the first start: %+v", empty.findings)
	}
}

func TestDoctorConnectsToTheMediaServerOfThisMachine(t *testing.T) {
	cert, key, _ := selfSigned(t)
	settings := []string{"OMEZLE_ROLES=signaling,sfu", "OMEZLE_SFU_SHARDS=1", "OMEZLE_TLS_CERT=" + cert, "OMEZLE_TLS_KEY=" + key, "OMEZLE_REDIS_URL=" + redistest.Single(t),
		"OMEZLE_SECRET=" + strings.Repeat("k", minSecret), "OMEZLE_DATABASE_URL=" + storetest.SQLite(t)}
	n := start(t, append(settings, "OMEZLE_SFU_LISTEN=127.0.0.1:0")...).serves()
	at := mediaAt.FindStringSubmatch(n.stderr.String())
	if at == nil {
		t.Fatalf("nobody says where media goes: %s", n.stderr.String())
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(n.public, "https://"), ":")
	here := append(settings, "OMEZLE_LISTEN=127.0.0.1:"+port, "SSL_CERT_FILE="+cert)

	e := examine(t, append(here, "OMEZLE_SFU_LISTEN="+at[1]), "--url", "https://127.0.0.1:"+port)
	if fails := e.fails(); len(fails) > 0 {
		t.Errorf("of a good node %q fail: %+v", fails, e.findings)
	}
	e.tells(doctor.OK, "sfu", "ice-udp", "takes calls")
	e.tells(doctor.OK, "sfu", "ice-tcp", "takes calls")
	e.tells(doctor.Warn, "sfu", "advertise", at[1]+"/udp is no address of the internet")
	e.tells(doctor.OK, "sfu", "advertise tcp", "127.0.0.1:"+port+"/tcp")
	var load string
	for _, f := range e.findings {
		if f.Area == "sfu" && strings.Contains(f.Text, "of 2000 legs, at "+at[1]) {
			load = f.Text
		}
	}
	if load == "" {
		t.Errorf("nothing of the load of this node's media server: %+v", e.findings)
	}
	e.tells(doctor.OK, "media", "ice-udp", "connected and encrypted")
	e.tells(doctor.OK, "media", "ice-tcp", "connected and encrypted")

	e = examine(t, append(here, "OMEZLE_SFU_LISTEN=127.0.0.1:0", "OMEZLE_SFU_ADVERTISE=203.0.113.9:7000", "OMEZLE_SFU_TCP_PORT=-1"))
	e.tells(doctor.Warn, "sfu", "port", "another after each start")
	e.tells(doctor.Warn, "sfu", "advertise tcp", "not offered")
	e.tells(doctor.Skip, "sfu", "ice-udp", "other nodes answer")
}

var mediaAt = regexp.MustCompile(`msg="media server".* addresses=\[([^\] ]+)`)

func TestDoctorKnowsANodeThatOnlyCarriesMedia(t *testing.T) {
	settings := []string{"OMEZLE_ROLES=sfu", "OMEZLE_SFU_SHARDS=1", "OMEZLE_REDIS_URL=" + redistest.Single(t), "OMEZLE_SECRET=" + strings.Repeat("k", minSecret)}
	n := start(t, append(settings, "OMEZLE_SFU_LISTEN=127.0.0.1:0")...).serves()
	at := mediaAt.FindStringSubmatch(n.stderr.String())
	if at == nil {
		t.Fatalf("nobody says where media goes: %s", n.stderr.String())
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(n.public, "http://"), ":")
	e := examine(t, append(settings, "OMEZLE_LISTEN=127.0.0.1:"+port, "OMEZLE_SFU_LISTEN="+at[1]))
	e.tells(doctor.OK, "ports", "public", "a node answers at")
	e.tells(doctor.OK, "sfu", "port", "which is alive, tells browsers of it")
	if fails := e.fails(); len(fails) > 0 {
		t.Errorf("of a good node %q fail: %+v", fails, e.findings)
	}
}

// proxied puts a reverse proxy before a node; change may alter what it passes on.
func proxied(t *testing.T, n *running, change func(*httputil.ProxyRequest)) string {
	t.Helper()
	to, err := url.Parse(n.public)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
		change(r)
	}})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

func TestDoctorSeesWhatProxiesDoToClients(t *testing.T) {
	plain := start(t).serves()
	trusting := start(t, "OMEZLE_TRUSTED_PROXIES=127.0.0.0/8").serves()
	gullible := start(t, "OMEZLE_TRUSTED_PROXIES=0.0.0.0/0").serves()
	appends := func(r *httputil.ProxyRequest) {
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
		r.SetXForwarded()
	}
	replaces := func(r *httputil.ProxyRequest) { r.Out.Header.Set("X-Forwarded-For", "203.0.113.5") }
	silent := func(*httputil.ProxyRequest) {} // ReverseProxy takes the header away
	for _, row := range []struct {
		name  string
		url   string
		level doctor.Level
		words string
	}{
		{"not trusted", proxied(t, plain, appends), doctor.Fail, "a proxy at 127.0.0.1 stands between and is not trusted"},
		{"takes the header away", proxied(t, plain, silent), doctor.Fail, "takes X-Forwarded-For away"},
		{"trusted", proxied(t, trusting, replaces), doctor.OK, "a trusted proxy tells it: the service sees 203.0.113.5"},
		{"its clients are trusted", proxied(t, gullible, appends), doctor.Fail, "whoever writes X-Forwarded-For is believed"},
		{"nobody", plain.public, doctor.OK, "nothing stands between"},
	} {
		e := examine(t, []string{"OMEZLE_DATA_DIR=" + t.TempDir(), "OMEZLE_LISTEN=127.0.0.1:0"}, "--url", row.url)
		e.tells(row.level, "site", "client address", row.words)
		e.tells(doctor.OK, "site", "websocket", "omezle.v1")
		if t.Failed() {
			t.Fatalf("with a proxy that: %s", row.name)
		}
	}
	deaf := proxied(t, plain, func(r *httputil.ProxyRequest) { r.Out.Header.Del("Upgrade"); r.Out.Header.Del("Connection") })
	e := examine(t, []string{"OMEZLE_DATA_DIR=" + t.TempDir(), "OMEZLE_LISTEN=127.0.0.1:0"}, "--url", deaf)
	e.tells(doctor.Fail, "site", "websocket", "instead of 101")
}
