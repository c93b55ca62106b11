package turn

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheDefaultsAreValidAndRelayNothing(t *testing.T) {
	cfg := DefaultConfig()
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	if err := cfg.Ready(); err == nil || !strings.Contains(err.Error(), "turn.public_ip") {
		t.Errorf("without a public address: %v", err)
	}
	if urls := cfg.URLs(3478, 443, true); urls != nil {
		t.Errorf("without a public address browsers get %v", urls)
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	cfg := DefaultConfig()
	cfg.PublicIP = []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.IPv6Unspecified()}
	cfg.Host, cfg.ListenUDP, cfg.RelayMin, cfg.UDPPort = "turn:x", "3478", 80, -2
	cfg.CredentialTTL, cfg.MaxPerSession, cfg.ExternalURLs = time.Second, 0, []string{"http://turn.example"}
	err := cfg.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{"public_ip: ::", "one IPv4", "host", "listen_udp", "relay_min 80", "udp_port -2", "credential_ttl 1s", "max_per_session 0", "external_urls"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("no %q in\n%v", part, err)
		}
	}
}

func TestBrowsersGetWhatIsReachedFromOutside(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	for name, row := range map[string]struct {
		cfg    Config
		secure bool
		want   []string
	}{
		"by address, without TLS": {Config{PublicIP: []netip.Addr{v4}}, false,
			[]string{"stun:192.0.2.1:3478", "turn:192.0.2.1:3478?transport=udp", "turn:192.0.2.1:8080?transport=tcp"}},
		"no certificate is for an address": {Config{PublicIP: []netip.Addr{v6}, UDPPort: -1}, true,
			[]string{"turn:[2001:db8::1]:8080?transport=tcp"}},
		"by name, ports moved by Docker": {Config{PublicIP: []netip.Addr{v4, v6}, Host: "turn.example", UDPPort: 443, TCPPort: 80, TLSPort: 443}, true,
			[]string{"stun:turn.example:443", "turn:turn.example:443?transport=udp", "turn:turn.example:80?transport=tcp", "turns:turn.example:443?transport=tcp"}},
		"TLS that ends before this node": {Config{PublicIP: []netip.Addr{v4}, Host: "turn.example", UDPPort: -1, TCPPort: -1, TLSPort: 443}, false,
			[]string{"turns:turn.example:443?transport=tcp"}},
	} {
		if got := row.cfg.URLs(3478, 8080, row.secure); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %q, want %q", name, got, row.want)
		}
	}
}
