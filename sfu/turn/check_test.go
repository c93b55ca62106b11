package turn

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"omezle/models"
)

func (f *fixture) checkLogin() login {
	username, password := f.Credentials.IssueCheck(models.NewSessionID(), f.clock.now())
	return login{username, password}
}

func TestACredentialForACheckMakesRelaysThatReachNobody(t *testing.T) {
	cfg := testConfig()
	cfg.AllowPeers = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	f := start(t, cfg)
	theirs, _ := f.relay(t, overUDP)
	for _, over := range ways {
		client := f.client(t, over, "127.0.0.1", f.checkLogin())
		relay, err := client.Allocate()
		if err != nil {
			t.Fatalf("over %s: %v", over, err)
		}
		defer relay.Close()
		for name, peer := range map[string]net.Addr{
			"the internet": &net.UDPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 9}, "what is allowed": &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9},
			"another relay": theirs.LocalAddr(),
		} {
			refusedWith(t, name+" over "+string(over), client.CreatePermission(peer), "403")
		}
	}
}

func TestACredentialForACheckIsShortAndItsRelaysAreNotRenewed(t *testing.T) {
	f := start(t, testConfig())
	as := f.checkLogin()
	client := f.client(t, overUDP, "127.0.0.1", as)
	relay, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	f.clock.advance(checkTTL + time.Second)
	_, err = f.client(t, overUDP, "127.0.0.1", as).Allocate()
	refusedWith(t, "another relay", err, "401")
	nonce, realm := challenge(t, f)
	refresh := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodRefresh, stun.ClassRequest), lifetime(200), stun.NewUsername(as.username),
		stun.NewRealm(realm), stun.NewNonce(nonce), stun.NewLongTermIntegrity(as.username, realm, as.password))
	result, err := client.PerformTransaction(refresh, f.udp.LocalAddr(), false)
	if err != nil || result.Msg.Type.Class != stun.ClassErrorResponse {
		t.Errorf("a refresh: got %v, %v; want an error", result.Msg, err)
	}
}

// lifetime is LIFETIME in seconds (RFC 8656, 18.2).
type lifetime byte

func (l lifetime) AddTo(m *stun.Message) error {
	m.Add(stun.AttrLifetime, []byte{0, 0, 0, byte(l)})
	return nil
}

func TestACheckMarkCannotBeTakenOffOrPutOn(t *testing.T) {
	f := start(t, testConfig())
	check, call := f.checkLogin(), f.login()
	for name, as := range map[string]login{
		"taken off": {check.username[:len(check.username)-len(checkMark)], check.password}, "put on": {call.username + checkMark, call.password},
	} {
		_, err := f.client(t, overUDP, "127.0.0.1", as).Allocate()
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
