package turn

import (
	"crypto/tls"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"omezle/models"
)

func TestTwoClientsMeetThroughTheirRelaysWhateverTheyAreConnectedBy(t *testing.T) {
	f := start(t, testConfig())
	for _, a := range ways {
		for _, b := range ways {
			left, _ := f.relay(t, a)
			right, rightClient := f.relay(t, b)
			if ip := left.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(); ip != elsewhere {
				t.Fatalf("a relay is at %v, want %v", ip, elsewhere)
			}
			if err := rightClient.CreatePermission(left.LocalAddr()); err != nil {
				t.Fatal(err)
			}
			buffer := make([]byte, 1500)
			for i := range 20 { // the first ones as indications, then over a channel
				text := strings.Repeat("x", 60*i) + "datagram " + strconv.Itoa(i) // pion holds frames of less than 9 bytes back
				if _, err := left.WriteTo([]byte(text), right.LocalAddr()); err != nil {
					t.Fatal(err)
				}
				n, from, err := right.ReadFrom(buffer)
				if err != nil || string(buffer[:n]) != text || from.String() != left.LocalAddr().String() {
					t.Fatalf("%s to %s: got %q from %v, %v", a, b, buffer[:n], from, err)
				}
				if _, err := right.WriteTo([]byte(text), from); err != nil {
					t.Fatal(err)
				}
				if n, _, err = left.ReadFrom(buffer); err != nil || string(buffer[:n]) != text {
					t.Fatalf("%s back to %s: got %q, %v", b, a, buffer[:n], err)
				}
			}
		}
	}
}

func TestARelayReachesAPeerThatIsAllowed(t *testing.T) {
	cfg := testConfig()
	cfg.AllowPeers = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	f := start(t, cfg)
	peer, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	_ = peer.SetReadDeadline(time.Now().Add(patience))
	relay, _ := f.relay(t, overTCP)
	if _, err := relay.WriteTo([]byte("ping"), peer.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 64)
	n, from, err := peer.ReadFrom(buffer)
	if err != nil || string(buffer[:n]) != "ping" {
		t.Fatalf("got %q, %v", buffer[:n], err)
	}
	if _, err := peer.WriteTo([]byte("and back again"), from); err != nil {
		t.Fatal(err)
	}
	if n, _, err := relay.ReadFrom(buffer); err != nil || string(buffer[:n]) != "and back again" {
		t.Fatalf("back: %q, %v", buffer[:n], err)
	}
}

func TestProbesOfWhatIsNoPeerAreRefused(t *testing.T) {
	f := start(t, testConfig())
	for _, over := range ways {
		_, client := f.relay(t, over)
		for _, peer := range []string{
			"127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
		} {
			err := client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(peer), Port: 6379})
			refusedWith(t, peer+" over "+string(over), err, "403")
		}
		if err := client.CreatePermission(&net.UDPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 9}); err != nil {
			t.Errorf("a peer on the internet: %v", err)
		}
	}
}

// Clients do not write an IPv4 address into an IPv6 attribute; attackers do.
func TestIPv4InTheDisguiseOfIPv6IsRefused(t *testing.T) {
	f := start(t, testConfig())
	_, client := f.relay(t, overUDP)
	for _, peer := range []string{"::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:198.51.100.7", "::127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1"} {
		raw := netip.MustParseAddr(peer).As16()
		nonce, realm := challenge(t, f)
		username := client.Username().String()
		key := stun.NewLongTermIntegrity(username, realm, f.Credentials.password(username))
		request := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodCreatePermission, stun.ClassRequest),
			peerIPv6(raw), stun.NewUsername(username), stun.NewRealm(realm), stun.NewNonce(nonce), key)
		result, err := client.PerformTransaction(request, f.udp.LocalAddr(), false)
		if err != nil {
			t.Fatal(err)
		}
		if result.Msg.Type.Class != stun.ClassErrorResponse {
			t.Errorf("%s: got %v, want an error", peer, result.Msg.Type)
		}
	}
}

// peerIPv6 is XOR-PEER-ADDRESS of family IPv6 whatever is in it (RFC 8656, 18.3).
type peerIPv6 [16]byte

func (p peerIPv6) AddTo(m *stun.Message) error {
	value := []byte{0, 2, 0x21 ^ 0x18, 0x12 ^ 0xeb} // family, port 6393
	mask := append([]byte{0x21, 0x12, 0xa4, 0x42}, m.TransactionID[:]...)
	for i, b := range p {
		value = append(value, b^mask[i])
	}
	m.Add(stun.AttrXORPeerAddress, value)
	return nil
}

// challenge is what the server answers who has not proved anything.
func challenge(t *testing.T, f *fixture) (nonce, realm string) {
	t.Helper()
	conn, server := f.connect(t, overUDP, "127.0.0.1")
	client := dial(t, conn, server, login{})
	request := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest))
	result, err := client.PerformTransaction(request, f.udp.LocalAddr(), false)
	if err != nil {
		t.Fatal(err)
	}
	var n stun.Nonce
	var r stun.Realm
	if err := n.GetFrom(result.Msg); err != nil {
		t.Fatal(err)
	}
	if err := r.GetFrom(result.Msg); err != nil {
		t.Fatal(err)
	}
	return n.String(), r.String()
}

func TestOurOwnAddressIsReachedAtRelaysOnly(t *testing.T) {
	cfg := testConfig()
	cfg.PublicIP = []netip.Addr{netip.MustParseAddr("127.0.0.1")} // as on a machine without NAT
	f := start(t, cfg)
	database, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	_ = database.SetReadDeadline(time.Now().Add(patience))
	relay, _ := f.relay(t, overUDP)
	if _, err := relay.WriteTo([]byte("SHUTDOWN"), database.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	// Seen to be refused before anything else is sent, so that what arrives next is all that does.
	for late := time.Now().Add(patience); f.refusals(refusedDatagram) == 0; {
		if time.Now().After(late) {
			t.Fatal("not refused")
		}
		time.Sleep(time.Millisecond) // a poll
	}
	own, err := net.Dial("udp4", database.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if _, err := own.Write([]byte("mine")); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 16)
	if n, _, err := database.ReadFrom(buffer); err != nil || string(buffer[:n]) != "mine" {
		t.Errorf("got %q, %v", buffer[:n], err)
	}
}

func TestForeignCredentialsAreRefused(t *testing.T) {
	f := start(t, testConfig())
	good, other := f.login(), f.login()
	username, password := NewCredentials([]byte("another secret of another service"), time.Hour).Issue(models.NewSessionID(), f.clock.now())
	later := strings.Replace(good.username, good.username[:4], "9999", 1)
	for name, as := range map[string]login{
		"another service's":              {username, password},
		"another session's password":     {good.username, other.password},
		"a later expiry":                 {later, good.password},
		"no session":                     {strings.Split(good.username, ":")[0], good.password},
		"a name that is no name of ours": {"admin", "admin"},
		"nothing":                        {"", ""},
	} {
		for _, over := range ways {
			_, err := f.client(t, over, "127.0.0.1", as).Allocate()
			if err == nil {
				t.Errorf("%s over %s: accepted", name, over)
			}
		}
	}
	if f.refusals(refusedForeign) == 0 || f.Allocations() != 0 {
		t.Error("not counted, or relays are left")
	}
}

func TestAnExpiredCredentialBeginsNothingButWhatItBeganGoesOn(t *testing.T) {
	f := start(t, testConfig())
	as := f.login()
	client := f.client(t, overTLS, "127.0.0.1", as)
	relay, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	f.clock.advance(f.cfg.CredentialTTL + time.Second)
	for _, over := range ways {
		_, err := f.client(t, over, "127.0.0.1", as).Allocate()
		refusedWith(t, "over "+string(over), err, "401")
	}
	if f.refusals(refusedExpired) < 3 {
		t.Error("not counted as expired")
	}
	if err := client.CreatePermission(&net.UDPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 9}); err != nil {
		t.Errorf("a permission of a call that goes on: %v", err)
	}
	if _, err := relay.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(198, 51, 100, 8), Port: 9}); err != nil { // a channel as well
		t.Errorf("a datagram of a call that goes on: %v", err)
	}
}

func TestACredentialThatWasPassedOnIsRefused(t *testing.T) {
	f := start(t, testConfig())
	for _, over := range ways {
		as := f.login()
		relay, err := f.client(t, over, "127.0.0.1", as).Allocate()
		if err != nil {
			t.Fatal(err)
		}
		defer relay.Close()
		_, err = f.client(t, over, "127.0.0.2", as).Allocate()
		refusedWith(t, "over "+string(over), err, "401")
		again, err := f.client(t, over, "127.0.0.1", as).Allocate()
		if err != nil {
			t.Errorf("its owner is refused over %s: %v", over, err)
		} else {
			defer again.Close()
		}
	}
	if f.refusals(refusedReused) < 3 {
		t.Error("not counted as reused")
	}
}

func TestRelaysAreBoundedForASessionAndInAll(t *testing.T) {
	cfg := testConfig()
	cfg.MaxPerSession, cfg.MaxAllocations = 2, 3
	f := start(t, cfg)
	as := f.login()
	var held []net.PacketConn
	for range cfg.MaxPerSession {
		relay, err := f.client(t, overUDP, "127.0.0.1", as).Allocate()
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, relay)
	}
	_, err := f.client(t, overTCP, "127.0.0.1", as).Allocate()
	refusedWith(t, "one too many of a session", err, "486")
	relay, err := f.client(t, overTCP, "127.0.0.1", f.login()).Allocate()
	if err != nil {
		t.Fatal(err)
	}
	held = append(held, relay)
	_, err = f.client(t, overTCP, "127.0.0.1", f.login()).Allocate()
	refusedWith(t, "one too many in all", err, "486")
	for _, relay := range held {
		relay.Close() // tells the server
	}
	for late := time.Now().Add(patience); f.Allocations() != 0; {
		if time.Now().After(late) {
			t.Fatalf("%d relays are left", f.Allocations())
		}
		time.Sleep(time.Millisecond) // a poll
	}
}

func TestWhatBrowsersDoNotUseIsRefused(t *testing.T) {
	f := start(t, testConfig())
	_, err := f.client(t, overTCP, "127.0.0.1", f.login()).AllocateTCP() // RFC 6062
	refusedWith(t, "TCP to peers", err, "508")
	if f.Allocations() != 0 {
		t.Error("a relay is left")
	}
}

func TestTheServerTellsClientsTheirAddress(t *testing.T) {
	f := start(t, testConfig())
	conn, server := f.connect(t, overUDP, "127.0.0.1")
	got, err := dial(t, conn, server, login{}).SendBindingRequest()
	if err != nil || got.String() != conn.LocalAddr().String() {
		t.Errorf("got %v, %v; want %v", got, err, conn.LocalAddr())
	}
}

func TestAClientThatGoesTakesItsRelayAlong(t *testing.T) {
	f := start(t, testConfig())
	dialed, err := tls.Dial("tcp", f.port.Addr().String(), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a test of what is inside
	if err != nil {
		t.Fatal(err)
	}
	dialed.Close() // says nothing
	conn, server := f.connect(t, overTLS, "127.0.0.1")
	relay, err := dial(t, conn, server, f.login()).Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	conn.Close() // without a word
	for late := time.Now().Add(patience); f.Allocations() != 0; {
		if time.Now().After(late) {
			t.Fatalf("%d relays are left", f.Allocations())
		}
		time.Sleep(time.Millisecond) // a poll
	}
}
