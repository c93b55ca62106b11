package turn

import (
	"net"
	"net/netip"
	"testing"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"
)

// raw sends a request of a client for a peer whose address is written as it stands, over the family it is written in.
func (f *fixture) raw(t *testing.T, client *pion.Client, method stun.Method, peer stun.Setter) stun.MessageClass {
	t.Helper()
	nonce, realm := challenge(t, f)
	username := client.Username().String()
	setters := []stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest), peer}
	if method == stun.MethodChannelBind {
		setters = append(setters, channel{})
	}
	request := stun.MustBuild(append(setters, stun.NewUsername(username), stun.NewRealm(realm), stun.NewNonce(nonce),
		stun.NewLongTermIntegrity(username, realm, f.Credentials.password(username)))...)
	result, err := client.PerformTransaction(request, f.udp.LocalAddr(), false)
	if err != nil {
		t.Fatal(err)
	}
	return result.Msg.Type.Class
}

// channel is CHANNEL-NUMBER, the first there is (RFC 8656, 18.1).
type channel struct{}

func (channel) AddTo(m *stun.Message) error {
	m.Add(stun.AttrChannelNumber, []byte{0x40, 0, 0, 0})
	return nil
}

// peerIPv4 is XOR-PEER-ADDRESS of family IPv4.
type peerIPv4 [4]byte

func (p peerIPv4) AddTo(m *stun.Message) error {
	m.Add(stun.AttrXORPeerAddress, []byte{0, 1, 0x21 ^ 0x18, 0x12 ^ 0xeb, p[0] ^ 0x21, p[1] ^ 0x12, p[2] ^ 0xa4, p[3] ^ 0x42})
	return nil
}

// A channel opens a way without a permission before it (RFC 8656, 12.2).
func TestChannelsToWhatIsNoPeerAreRefusedAsPermissionsAre(t *testing.T) {
	f := start(t, testConfig())
	for _, method := range []stun.Method{stun.MethodCreatePermission, stun.MethodChannelBind} {
		for _, peer := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254"} {
			_, client := f.relay(t, overUDP)
			if class := f.raw(t, client, method, peerIPv4(netip.MustParseAddr(peer).As4())); class != stun.ClassErrorResponse {
				t.Errorf("%v to %s: %v, want an error", method, peer, class)
			}
		}
		for _, peer := range []string{"::ffff:10.0.0.1", "::ffff:127.0.0.1", "::1"} {
			_, client := f.relay(t, overUDP)
			if class := f.raw(t, client, method, peerIPv6(netip.MustParseAddr(peer).As16())); class != stun.ClassErrorResponse {
				t.Errorf("%v to %s: %v, want an error", method, peer, class)
			}
		}
	}
}

func TestProbesFromAnIPv6RelayAreRefused(t *testing.T) {
	cfg := testConfig()
	cfg.PublicIP, cfg.ListenUDP = append(cfg.PublicIP, netip.MustParseAddr("2001:db8::9")), "[::1]:0"
	f := start(t, cfg)
	conn, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Fatalf("this machine has no IPv6 on loopback: sysctl -w net.ipv6.conf.lo.disable_ipv6=0: %v", err)
	}
	client := dial(t, conn, f.udp.LocalAddr().String(), f.login())
	relay, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	for _, peer := range []string{"::1", "fe80::1", "fd00::1", "64:ff9b::a00:1", "2002:a00:1::1", "ff02::1"} {
		refusedWith(t, peer, client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(peer), Port: 6379}), "403")
	}
	if err := client.CreatePermission(&net.UDPAddr{IP: net.ParseIP("2606:4700::1"), Port: 9}); err != nil {
		t.Errorf("a peer on the internet: %v", err)
	}
}
