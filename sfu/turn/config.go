package turn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Config is what operators set about the embedded TURN server and about an external one.
type Config struct {
	PublicIP []netip.Addr `config:"public_ip" help:"addresses at which the internet reaches this node, one IPv4 and one IPv6 at the most; the role turn needs one"`
	Host     string       `help:"name of this node in the URLs that browsers get; TLS needs one that the certificate has; empty: public_ip"`

	ListenUDP string     `config:"listen_udp" help:"UDP address of TURN and STUN; empty: TCP and TLS only, which the public port serves"`
	RelayIP   netip.Addr `config:"relay_ip" help:"local address of relays; empty: all, which is right unless this machine has several"`
	RelayMin  uint16     `unit:"port" help:"lowest UDP port of relays, which the internet must reach"`
	RelayMax  uint16     `unit:"port" help:"highest UDP port of relays"`

	UDPPort int `config:"udp_port" unit:"port" help:"port of listen_udp as browsers see it; 0: the same; -1: not offered"`
	TCPPort int `config:"tcp_port" unit:"port" help:"port of TURN over TCP as browsers see it; 0: the public port; -1: not offered"`
	TLSPort int `config:"tls_port" unit:"port" help:"port of TURN over TLS as browsers see it; 0: the public port if it has a certificate; -1: not offered"`

	CredentialTTL  time.Duration `config:"credential_ttl" help:"how long after a match its two visitors can begin to relay"`
	MaxPerSession  int           `unit:"allocations" help:"relays of one visitor; a browser opens one for each way and network of its own"`
	MaxAllocations int           `unit:"allocations" help:"relays on this node"`

	AllowPeers []netip.Prefix `help:"address ranges that may be relayed to although they are refused by themselves, such as media servers in a private network"`
	DenyPeers  []netip.Prefix `help:"address ranges that may not be relayed to; this node's own, private and reserved ones are refused anyway"`

	ExternalURLs []string `config:"external_urls" help:"TURN server of yours, such as coturn with use-auth-secret: turn:turn.example:3478?transport=udp; browsers get it with fresh credentials"`
}

// DefaultConfig returns the settings of a node that nobody configured. The range of relay ports is RFC 8656's.
func DefaultConfig() Config {
	return Config{
		ListenUDP: ":3478", RelayMin: 49152, RelayMax: 65535,
		CredentialTTL: 5 * time.Minute, MaxPerSession: 12, MaxAllocations: 4000,
	}
}

// Validate returns every problem, joined. Whether there is a public address is the business of the role: see Ready.
func (c Config) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf("turn: "+format, args...)) }
	families := map[bool]int{}
	for _, ip := range c.PublicIP {
		families[ip.Is4()]++
		if ip.IsUnspecified() || ip.IsMulticast() || ip.Is4In6() || ip.Zone() != "" {
			bad("public_ip: %v is not an address that anybody can reach", ip)
		}
	}
	if families[true] > 1 || families[false] > 1 {
		bad("public_ip: want one IPv4 and one IPv6 address at the most")
	}
	if strings.ContainsAny(c.Host, ":/ ") {
		bad("host: %q is not a host name", c.Host)
	}
	if c.ListenUDP != "" {
		if _, port, err := net.SplitHostPort(c.ListenUDP); err != nil {
			bad("listen_udp: %q is not HOST:PORT or :PORT", c.ListenUDP)
		} else if _, err := net.LookupPort("udp", port); err != nil {
			bad("listen_udp: %q is no port", port)
		}
	}
	if c.RelayMin < 1024 || c.RelayMax < c.RelayMin {
		bad("relay_min %d and relay_max %d are no range from 1024 up", c.RelayMin, c.RelayMax)
	}
	for name, port := range map[string]int{"udp_port": c.UDPPort, "tcp_port": c.TCPPort, "tls_port": c.TLSPort} {
		if port < -1 || port > 65535 {
			bad("%s %d is not within -1 to 65535", name, port)
		}
	}
	if c.CredentialTTL < 10*time.Second || c.CredentialTTL > 24*time.Hour {
		bad("credential_ttl %v is not within 10s to 24h", c.CredentialTTL)
	}
	if c.MaxPerSession < 1 || c.MaxAllocations < c.MaxPerSession {
		bad("max_per_session %d and max_allocations %d: want 1 or more, and no fewer in all", c.MaxPerSession, c.MaxAllocations)
	}
	for _, u := range c.ExternalURLs {
		if parsed, err := url.Parse(u); err != nil || (parsed.Scheme != "turn" && parsed.Scheme != "turns") || parsed.Opaque == "" {
			bad("external_urls: %q is not like turn:turn.example:3478?transport=udp", u)
		}
	}
	return errors.Join(problems...)
}

// Ready says what the embedded server lacks to run.
func (c Config) Ready() error {
	if len(c.PublicIP) == 0 {
		return errors.New("turn.public_ip is empty: the role turn needs the address at which the internet reaches this node")
	}
	return nil
}
