package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/logging"
	"github.com/pion/turn/v5"

	"omezle/models"
	"omezle/signaling/bus"
	"omezle/signaling/client"
	"omezle/signaling/protocol"
	"omezle/signaling/redisdb/redistest"
)

// relaying are the settings of a node that relays, as if it were at a public address.
func relaying(roles string) []string {
	return []string{"OMEZLE_ROLES=" + roles, "OMEZLE_TURN_PUBLIC_IP=203.0.113.9", "OMEZLE_TURN_HOST=localhost", "OMEZLE_TURN_LISTEN_UDP=127.0.0.1:0"}
}

// paired lets two visitors meet and returns what each is told. They stay until the test ends. roots are for a node
// with HTTPS.
func (n *running) paired(roots *x509.CertPool) [2]*protocol.Matched {
	n.t.Helper()
	secure := &tls.Config{RootCAs: roots}
	transport := &http.Transport{TLSClientConfig: secure.Clone()}
	defer transport.CloseIdleConnections()
	dialer := websocket.Dialer{Subprotocols: []string{protocol.Subprotocol}, TLSClientConfig: secure, HandshakeTimeout: deadline}
	var sockets [2]*websocket.Conn
	for i := range sockets {
		answer, err := client.Create(n.t.Context(), &http.Client{Transport: transport}, n.public,
			protocol.SessionRequest{Adult: true, Consent: newSettings().Signaling.ConsentVersion})
		if err != nil {
			n.t.Fatal(err)
		}
		ws, response, err := dialer.DialContext(n.t.Context(), "ws"+strings.TrimPrefix(n.public, "http")+"/ws", nil)
		if err != nil {
			n.t.Fatalf("%v, %v", err, response)
		}
		n.t.Cleanup(func() { ws.Close() })
		_ = ws.SetReadDeadline(time.Now().Add(deadline))
		for _, message := range []any{
			protocol.Hello{Type: protocol.KindHello, Token: answer.Token, Fresh: true}, protocol.Find{Type: protocol.KindFind, Mode: models.ModeVideo},
		} {
			if err := ws.WriteJSON(message); err != nil {
				n.t.Fatal(err)
			}
		}
		sockets[i] = ws
	}
	var told [2]*protocol.Matched
	for i, ws := range sockets {
		for told[i] == nil {
			var matched protocol.Matched
			if err := ws.ReadJSON(&matched); err != nil {
				n.t.Fatal(err)
			}
			if matched.Type == protocol.KindMatched {
				told[i] = &matched
			}
		}
	}
	return told
}

// allocate opens a relay at the URL of a server as a browser would.
func allocate(t *testing.T, server protocol.ICEServer, address string, roots *x509.CertPool) net.PacketConn {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	host := strings.Replace(u.Opaque, "localhost", "127.0.0.1", 1)
	var conn net.PacketConn
	if u.Query().Get("transport") == "udp" {
		conn, err = net.ListenPacket("udp4", "127.0.0.1:0")
	} else {
		var stream net.Conn
		if stream, err = net.DialTimeout("tcp4", host, deadline); err == nil && u.Scheme == "turns" {
			stream = tls.Client(stream, &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"})
		}
		conn = turn.NewSTUNConn(stream)
	}
	if err != nil {
		t.Fatal(err)
	}
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	c, err := turn.NewClient(&turn.ClientConfig{TURNServerAddr: host, Conn: conn, Username: server.Username, Password: server.Credential, LoggerFactory: quiet})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	relay, err := c.Allocate()
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	t.Cleanup(func() { relay.Close(); c.Close(); conn.Close() })
	_ = relay.SetDeadline(time.Now().Add(deadline))
	return relay
}

func TestOnePortServesPagesWebsocketsAndRelaysAtOnce(t *testing.T) {
	cert, key, roots := selfSigned(t)
	n := start(t, append(relaying("signaling,turn"), "OMEZLE_TLS_CERT="+cert, "OMEZLE_TLS_KEY="+key)...).serves()
	told := n.paired(roots)
	servers := [2]protocol.ICEServer{told[0].ICEServers[0], told[1].ICEServers[0]}
	if servers[0].Username == servers[1].Username || servers[0].Credential == servers[1].Credential {
		t.Errorf("both visitors got the same credential: %s", servers[0].Username)
	}
	if len(servers[0].URLs) != 4 {
		t.Fatalf("browsers get %q", servers[0].URLs)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	for _, address := range servers[0].URLs[1:] { // the first one is STUN
		a, b := allocate(t, servers[0], address, roots), allocate(t, servers[1], address, roots)
		for _, back := range [][2]net.PacketConn{{a, b}, {b, a}, {a, b}} { // the first one only opens the way for the second
			if _, err := back[0].WriteTo([]byte("hello, stranger"), back[1].LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
		buffer := make([]byte, 64)
		if size, _, err := b.ReadFrom(buffer); err != nil || string(buffer[:size]) != "hello, stranger" {
			t.Errorf("%s: got %q, %v", address, buffer[:size], err)
		}
		if stats := get(t, &http.Client{Transport: transport}, n.public+"/stats"); !strings.Contains(stats.body, `"active":2`) {
			t.Errorf("beside it /stats came as %d %s", stats.status, stats.body)
		}
	}
	for _, line := range []string{
		"omezle_turn_allocations 6\n", `omezle_turn_allocations_total{transport="tcp"} 4`, `omezle_port_connections_total{kind="turn",tls="true"} 2`,
		`omezle_port_connections_total{kind="turn",tls="false"} 2`,
	} {
		if metrics := n.get(n.private + "/metrics"); !strings.Contains(metrics.body, line) {
			t.Errorf("metrics lack %q", line)
		}
	}
	if err := n.halt(); err != nil {
		t.Error(err)
	}
}

func TestANodeThatOnlyRelaysIsGivenByTheOthers(t *testing.T) {
	stores := []string{"OMEZLE_REDIS_URL=" + redistest.Single(t), "OMEZLE_SECRET=" + strings.Repeat("k", minSecret)}
	door := start(t, stores...).serves()
	if told := door.paired(nil); len(told[0].ICEServers) != 0 {
		t.Errorf("without one that relays browsers get %v", told[0].ICEServers)
	}
	relay := start(t, append(relaying("turn"), append(stores, "OMEZLE_DATABASE_URL=postgres://nobody@127.0.0.1:1/none")...)...).serves()
	if page := relay.get(relay.public + "/"); page.status != http.StatusNotFound {
		t.Errorf("a node that only relays has a page: %d", page.status)
	}
	var told [2]*protocol.Matched
	eventually(t, "visitors are told of the relay", func() bool {
		told = door.paired(nil)
		return len(told[1].ICEServers) == 1
	})
	server := told[1].ICEServers[0]
	for _, address := range server.URLs[1:] {
		allocate(t, server, address, nil)
	}
	if err := relay.halt(); err != nil {
		t.Error(err)
	}
	eventually(t, "and that it is gone", func() bool { return len(door.paired(nil)[0].ICEServers) == 0 })
}

func TestAnExternalServerIsGivenWithCredentialsOfItsSecret(t *testing.T) {
	const address = "turn:turn.example:3478?transport=udp"
	n := start(t, "OMEZLE_TURN_EXTERNAL_URLS="+address, "OMEZLE_TURN_EXTERNAL_SECRET=hunter2", `OMEZLE_ICE_SERVERS=[{urls: ["stun:stun.example"]}]`).serves()
	servers := n.paired(nil)[0].ICEServers
	if len(servers) != 2 || servers[0].URLs[0] != "stun:stun.example" || !slices.Equal(servers[1].URLs, []string{address}) || servers[1].Credential == "" {
		t.Errorf("browsers get %+v", servers)
	}
	if strings.Contains(n.stderr.String(), "hunter2") {
		t.Error("the secret is told")
	}
}

func TestARoleThatLacksSomethingEndsTheStartWithASentence(t *testing.T) {
	taken, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for want, env := range map[string][]string{
		"turn.public_ip is empty: the role turn needs": {"OMEZLE_ROLES=signaling,turn"},
		"address already in use":                       append(relaying("turn"), "OMEZLE_TURN_LISTEN_UDP="+taken.LocalAddr().String()),
		"external_urls and external_secret":            {"OMEZLE_TURN_EXTERNAL_SECRET=x"},
		"exclude one another":                          append(relaying("turn"), "OMEZLE_TURN_EXTERNAL_URLS=turn:x", "OMEZLE_TURN_EXTERNAL_SECRET=x"),
	} {
		n := launch(t, env...)
		<-n.ended
		if n.err == nil || !strings.Contains(n.err.Error(), want) {
			t.Errorf("got %v, want %q", n.err, want)
		}
	}
}

func TestARelayThatFewCanReachIsToldOf(t *testing.T) {
	cert, key, _ := selfSigned(t)
	n := start(t, "OMEZLE_ROLES=turn", "OMEZLE_TURN_PUBLIC_IP=10.0.0.5", "OMEZLE_TURN_LISTEN_UDP=127.0.0.1:0", "OMEZLE_TLS_CERT="+cert, "OMEZLE_TLS_KEY="+key)
	eventually(t, "both warnings", func() bool {
		log := n.stderr.String()
		return strings.Contains(log, "turn.public_ip is no address of the internet") && strings.Contains(log, "turn.host is empty")
	})
}

func TestTheRelayThatIsGivenIsNearAndStays(t *testing.T) {
	nodes := []bus.NodeInfo{
		{ID: "a", Region: "eu"}, {ID: "b", Region: "us", TURN: []string{"turn:b"}}, {ID: "c", Region: "eu", TURN: []string{"turn:c"}, Draining: true},
	}
	for region, row := range map[string]struct{ stays, want string }{"eu": {"turn:d", "turn:d"}, "us": {"turn:d", "turn:b"}, "asia": {"", "turn:b"}} {
		all := nodes
		if row.stays != "" {
			all = append(slices.Clone(nodes), bus.NodeInfo{ID: "d", Region: "eu", TURN: []string{row.stays}})
		}
		if got := turnURLs(all, region); !slices.Equal(got, []string{row.want}) {
			t.Errorf("%s: got %q, want %s", region, got, row.want)
		}
	}
	if got := turnURLs(nodes[2:], "us"); !slices.Equal(got, []string{"turn:c"}) {
		t.Errorf("the last one drains: got %q", got)
	}
	if got := turnURLs(nodes[:1], "eu"); got != nil {
		t.Errorf("nobody relays: got %q", got)
	}
}

func TestTheHostsOfServicesAreFoundInTheirURLs(t *testing.T) {
	for service, want := range map[string][]string{
		"":                              nil,
		"sqlite:///var/lib/omezle.db":   nil,
		"postgres://u:p@db.internal/x":  {"db.internal"},
		"redis://[fd00::1]:6379/0":      {"fd00::1"},
		"redis+cluster://:p@a:1,b:2,c/": {"a", "b", "c"},
	} {
		if got := hostsOf(service); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", service, got, want)
		}
	}
}
