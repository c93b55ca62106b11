package sfu

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
	"github.com/pion/webrtc/v4"

	"omezle/models"
)

// stranger is a socket that nobody invited.
func stranger(t testing.TB) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// check is a STUN binding request for a leg, with a wrong password.
func check(t testing.TB, ufrag string) []byte {
	t.Helper()
	m, err := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername(ufrag+":xxxx"),
		stun.NewShortTermIntegrity("wrong"), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

func TestClientHelloFromElsewhereComesFirstAndTheCallStillConnects(t *testing.T) {
	n := startNode(t, nil)
	pair := models.NewPairID()
	a, b := newVisitor(t, visitorOptions{}), newVisitor(t, visitorOptions{})
	// The relay waits for the handshake, as a server.
	answer, err := n.Offer(t.Context(), pair, A, strings.ReplaceAll(a.offer(nil), "a=setup:actpass", "a=setup:active"))
	if err != nil {
		t.Fatal(err)
	}
	// The attacker knows even the leg's name.
	conn, to := stranger(t), net.UDPAddrFromAddrPort(n.Local())
	if _, err := conn.WriteTo(check(t, ufragOf(t, n, pair)), to); err != nil {
		t.Fatal(err)
	}
	certificate, err := newIdentity()
	if err != nil {
		t.Fatal(err)
	}
	attacker, err := dtls.ClientWithOptions(conn, to, dtls.WithCertificates(certificate.certificate),
		dtls.WithSRTPProtectionProfiles(profiles...), dtls.WithInsecureSkipVerify(true), dtls.WithLoggerFactory(quiet{}))
	if err != nil {
		t.Fatal(err)
	}
	before := n.Counters().UDP.Received
	var attacking sync.WaitGroup
	attacking.Go(func() {
		if attacker.HandshakeContext(t.Context()) == nil {
			t.Error("the attacker is connected")
		}
	})
	t.Cleanup(func() {
		_ = attacker.Close()
		_ = conn.Close()
		attacking.Wait()
	})
	eventually(t, "the ClientHello arrives", func() bool { return n.Counters().UDP.Received >= before+2 })

	if err := a.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	b.join(n, pair, B)
	a.send()
	b.send()
	flow(t, a, b)
}

// garbage is packets that begin as each kind does and go on as nothing does.
func garbage(t *testing.T, rng *rand.Rand, ufrag string) []byte {
	sizes := []int{0, 1, 4, 11, 12, 13, 20, 28, 60, 400, 1499, 1500, 1501, 1600, 1601, 4000}
	b := make([]byte, sizes[rng.IntN(len(sizes))])
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	if len(b) < 20 {
		return b
	}
	switch rng.IntN(6) {
	case 0: // RTP
		b[0], b[1] = 0x80|b[0]&0x3f, 96
	case 1: // RTCP
		b[0], b[1] = 0x80, 200+b[1]%7
	case 2: // STUN, of any method
		b[0], b[1] = 0, b[1]&3
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)-20))
		binary.BigEndian.PutUint32(b[4:], 0x2112a442)
	case 3: // STUN that lies about its length
		b[0] = 0
		binary.BigEndian.PutUint32(b[4:], 0x2112a442)
	case 4: // DTLS
		b[0], b[1], b[2] = 20+b[0]%5, 0xfe, 0xfd
	case 5: // a check with a wrong password, cut short
		m := check(t, ufrag)
		return m[:20+rng.IntN(len(m)-20)]
	}
	return b
}

func TestGarbageOnThePortIsHarmless(t *testing.T) {
	n := startNode(t, nil)
	pair := models.NewPairID()
	// The visitor's own socket, so that some comes from where authentic media does.
	own := stranger(t)
	mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: own, Logger: quiet{}})
	t.Cleanup(func() { _ = mux.Close() })
	a := newVisitor(t, visitorOptions{settings: func(s *webrtc.SettingEngine) { s.SetICEUDPMux(mux) }})
	b := newVisitor(t, visitorOptions{})
	a.join(n, pair, A)
	b.join(n, pair, B)
	a.send()
	b.send()
	flow(t, a, b)

	rng, ufrag, to := rand.New(rand.NewPCG(1, 2)), ufragOf(t, n, pair), net.UDPAddrFromAddrPort(n.Local())
	other := stranger(t)
	for range 20 {
		for range 100 {
			packet := garbage(t, rng, ufrag)
			for _, from := range []*net.UDPConn{own, other} {
				if _, err := from.WriteTo(packet, to); err != nil {
					t.Fatal(err)
				}
			}
		}
		flow(t, a, b)
	}
	s := n.Statistics(pair)
	if s[A] == nil || s[B] == nil || s[A].Rejected == 0 {
		t.Errorf("%+v", s)
	}
}

// framed is a packet as ICE-TCP carries it (RFC 4571).
func framed(packet []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(packet))), packet...)
}

func TestGarbageOverTCPIsHarmless(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := startNodeWith(t, Deps{Streams: listener}, nil)
	pair, a, b := call(t, n, visitorOptions{settings: func(s *webrtc.SettingEngine) {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	}})
	rng, ufrag := rand.New(rand.NewPCG(3, 4)), ufragOf(t, n, pair)
	for i := range 40 {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() // the node must not wait for those that stay and say nothing
		switch i % 4 {
		case 0: // nothing
		case 1: // half a frame
			_, err = conn.Write([]byte{0xff, 0xff, 0})
		case 2: // the leg's name, then anything
			_, err = conn.Write(framed(check(t, ufrag)))
			for range 200 {
				if err == nil {
					_, err = conn.Write(framed(garbage(t, rng, ufrag)))
				}
			}
		case 3: // nobody's name
			_, err = conn.Write(framed(check(t, "nobody")))
		}
		if err != nil && i%4 != 2 { // those may have been cut off
			t.Fatal(err)
		}
	}
	flow(t, a, b)
}

// waiting is a node with a leg that waits for its visitor.
func waiting(f *testing.F) (*Node, models.PairID) {
	f.Helper()
	n := startNode(f, func(c *Config) { c.ConnectTimeout = 10 * time.Minute })
	v, err := makeVisitor(visitorOptions{})
	if err != nil {
		f.Fatal(err)
	}
	defer v.close()
	offer, err := v.describe(nil)
	if err != nil {
		f.Fatal(err)
	}
	pair := models.NewPairID()
	if _, err := n.Offer(f.Context(), pair, A, offer); err != nil {
		f.Fatal(err)
	}
	return n, pair
}

// Whatever comes to the port, from an unknown source or one that knows a leg's name,
// the node goes on.
func FuzzDatagrams(f *testing.F) {
	n, pair := waiting(f)
	ufrag, _, err := n.leg(pair, A).agent.GetLocalUserCredentials()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(check(f, ufrag))
	f.Add([]byte{0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Add([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1})
	f.Add([]byte{})
	conn, to := stranger(f), net.UDPAddrFromAddrPort(n.Local())
	f.Fuzz(func(t *testing.T, packet []byte) {
		if len(packet) > 2000 {
			return
		}
		before := n.Counters().UDP.Received
		if _, err := conn.WriteTo(packet, to); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is taken", func() bool { return n.Counters().UDP.Received > before })
		if legs, _ := n.Load(); legs != 1 {
			t.Fatal("the leg is gone")
		}
	})
}

// Candidates are text of a stranger's.
func FuzzCandidate(f *testing.F) {
	n, pair := waiting(f)
	f.Add("candidate:1 1 udp 2130706431 203.0.113.7 7000 typ host")
	f.Add("a=candidate:1 1 tcp 1 2001:db8::1 9 typ srflx raddr 0.0.0.0 rport 0 tcptype active generation 0")
	f.Add("")
	f.Fuzz(func(_ *testing.T, text string) {
		l := n.leg(pair, A)
		l.mu.Lock()
		l.trickle = 0
		l.mu.Unlock()
		_ = n.Candidate(pair, A, text)
	})
}
