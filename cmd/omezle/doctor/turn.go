package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"

	"omezle/sfu/turn"
)

// TURN is the servers that browsers get, and what they must not reach.
type TURN struct {
	URLs []string
	// Issue makes a credential of nobody's session.
	Issue func() (username, password string)
	// Internal are names and addresses that nobody may relay to, such as Redis.
	Internal map[string][]netip.Addr
	// Allowed are ranges that the operator has opened: turn.allow_peers.
	Allowed []netip.Prefix
	Roots   *x509.CertPool // nil: those of this machine
	// External says that the server is no node's, which words the fixes.
	External bool
}

// Ask makes relays at each URL, sends through two of them, and tries what must be refused.
func (t TURN) Ask(ctx context.Context, r *Report) {
	a := r.Area("turn")
	if len(t.URLs) == 0 {
		a.Skip("servers", "none: browsers that do not reach each other need a media server, or have text only",
			"add turn to roles and set turn.public_ip and turn.host, or give turn.external_urls")
		return
	}
	var working string
	kinds := map[string]bool{}
	for _, address := range t.URLs {
		server, err := parseServer(address)
		if err != nil {
			a.Fail(address, err.Error(), "write it as turn:turn.example:3478?transport=udp")
			continue
		}
		kinds[server.kind()] = true
		if server.scheme == "stun" {
			t.ask(ctx, a, address, server)
		} else if t.relay(ctx, a, address, server) && working == "" {
			working = address
		}
	}
	for _, kind := range []string{"udp", "tcp", "tls"} {
		if !kinds[kind] {
			t.missing(a, kind)
		}
	}
	if working != "" {
		t.refusals(ctx, a, working)
	}
}

func (t TURN) missing(a *Area, kind string) {
	why := map[string]string{
		"udp": "calls over TCP stutter when packets are lost", "tcp": "networks that let no UDP out get no video",
		"tls": "networks that let only HTTPS out get no video",
	}[kind]
	fix := map[string]string{
		"udp": "set turn.listen_udp, and turn.udp_port to 0", "tcp": "set turn.tcp_port to 0",
		"tls": "give the public port a certificate and set turn.host to a name it is for, or turn.tls_port to where a proxy ends TLS",
	}[kind]
	if t.External {
		fix = "add it to turn.external_urls"
	}
	a.Warn("over "+kind, "not offered: "+why, fix)
}

// ask asks for the own address by STUN.
func (t TURN) ask(ctx context.Context, a *Area, address string, server iceServer) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	begin := time.Now()
	seen, err := binding(ctx, "udp", server.at)
	if err != nil {
		a.Fail(address, "no answer from here: "+err.Error(), "let "+server.at+"/udp in, at the firewall and at the cloud's; behind NAT or Docker map the port, see turn.udp_port")
		return
	}
	a.OK(address, "answers in %s; it sees this machine at %s", short(time.Since(begin)), seen)
}

// trips is how often a packet goes there and back.
const trips = 10

// relay makes two relays and sends from one to the other and back.
func (t TURN) relay(ctx context.Context, a *Area, address string, server iceServer) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	begin := time.Now()
	left, err := t.allocate(ctx, server)
	if err != nil {
		t.explain(a, address, server, err)
		return false
	}
	defer left.close()
	took := time.Since(begin)
	right, err := t.allocate(ctx, server)
	if err != nil {
		t.explain(a, address, server, err)
		return true
	}
	defer right.close()
	at := unmapped(left.relay.LocalAddr())
	trip, err := between(ctx, left.relay, right.relay)
	switch {
	case err != nil:
		a.Fail(address, fmt.Sprintf("relays are made in %s, but what is sent from one at %s does not reach another: %v", short(took), at, err),
			"let turn.relay_min to turn.relay_max in over UDP, and look whether turn.public_ip is this node's")
	case !turn.Reachable(at) && !slices.ContainsFunc(t.Allowed, func(p netip.Prefix) bool { return p.Contains(at) }):
		a.Warn(address, fmt.Sprintf("works (%s to make, %s there and back), but at %s, which is no address of the internet", short(took), short(trip), at),
			"set turn.public_ip to the address at which the internet reaches this node; right only for a network of your own")
	default:
		a.OK(address, "a relay in %s, from one to another and back in %s", short(took), short(trip))
	}
	return true
}

// explain says why there is no relay.
func (t TURN) explain(a *Area, address string, server iceServer, err error) {
	fix := "let " + server.at + "/" + server.network + " in, at the firewall and at the cloud's; behind NAT or Docker map the port and say so in turn.udp_port, tcp_port, tls_port"
	text := "no relay from here: " + err.Error()
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case code(err) == stun.CodeUnauthorized:
		text, fix = "the server refuses our credential", "give all nodes the same secret, set the clocks, and restart nodes whose secret has changed"
		if t.External {
			fix = "set turn.external_secret to the server's static-auth-secret, and use-auth-secret there"
		}
	case code(err) == stun.CodeAllocQuotaReached, code(err) == stun.CodeInsufficientCapacity:
		text, fix = "the server has no room for another relay", "raise turn.max_allocations and widen turn.relay_min to turn.relay_max, or add a node with the role turn"
	case errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &invalid):
		text, fix = "browsers refuse its certificate: "+err.Error(), "serve a certificate that browsers trust and that is for "+server.host+", see turn.host"
	}
	a.Fail(address, text, fix)
}

// between sends from one relay to another and back, and returns the median time of the way there and back.
func between(ctx context.Context, left, right net.PacketConn) (time.Duration, error) {
	for _, conn := range []net.PacketConn{left, right} {
		deadline(ctx, conn)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		echo(right)
	}()
	defer func() {
		_ = right.SetReadDeadline(time.Now()) // a closed one has ended already
		<-ended
	}()
	// Each side's first datagram makes its permission; until both have one, they are dropped.
	buffer := make([]byte, 64)
	if _, err := right.WriteTo(probe, left.LocalAddr()); err != nil {
		return 0, err
	}
	var took []time.Duration
	var last error
	for tries := 0; len(took) < trips && tries < 3*trips && ctx.Err() == nil; tries++ {
		begin := time.Now()
		if _, err := left.WriteTo(probe, right.LocalAddr()); err != nil {
			return 0, err
		}
		_ = left.SetReadDeadline(begin.Add(300 * time.Millisecond)) // lost packets are sent again
		if _, _, last = left.ReadFrom(buffer); last == nil {
			took = append(took, time.Since(begin))
		}
	}
	if len(took) == 0 {
		return 0, last
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

var probe = []byte("omezle doctor looks whether this arrives")

// echo sends back what comes, until the deadline of reading. What it cannot send is missed by the other side.
func echo(conn net.PacketConn) {
	buffer := make([]byte, 64)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		_, _ = conn.WriteTo(buffer[:n], from)
	}
}

func unmapped(addr net.Addr) netip.Addr {
	if udp, ok := addr.(*net.UDPAddr); ok {
		return udp.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// iceServer is a STUN or TURN URL taken apart (RFC 7064, RFC 7065).
type iceServer struct {
	scheme, network, host, at string
}

func parseServer(address string) (iceServer, error) {
	u, err := url.Parse(address)
	if err != nil || !slices.Contains([]string{"stun", "turn", "turns"}, u.Scheme) || u.Opaque == "" {
		return iceServer{}, errors.New("this is no URL of a STUN or TURN server")
	}
	s := iceServer{scheme: u.Scheme, network: "udp"}
	if u.Query().Get("transport") == "tcp" || u.Scheme == "turns" {
		s.network = "tcp"
	}
	var port string
	if s.host, port, err = net.SplitHostPort(u.Opaque); err != nil {
		s.host, port = strings.Trim(u.Opaque, "[]"), "3478"
		if u.Scheme == "turns" {
			port = "5349"
		}
	}
	s.at = net.JoinHostPort(s.host, port)
	return s, nil
}

// kind is how its client is connected: stun, udp, tcp or tls.
func (s iceServer) kind() string {
	switch s.scheme {
	case "stun":
		return "stun"
	case "turns":
		return "tls"
	}
	return s.network
}

// allocation is a relay with what it hangs on.
type allocation struct {
	client   *pion.Client
	password string
	conn     net.PacketConn
	relay    net.PacketConn
}

func (a *allocation) close() {
	_ = a.relay.Close() // the server forgets it in any case
	a.client.Close()
	_ = a.conn.Close()
}
