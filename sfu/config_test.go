package sfu

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func addresses(t *testing.T, texts ...string) []Address {
	t.Helper()
	var list []Address
	for _, text := range texts {
		var a Address
		if err := a.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}

func TestConfigNamesAllThatIsWrong(t *testing.T) {
	c := DefaultConfig()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	c = Config{
		Listen: "here", Advertise: addresses(t, "0.0.0.0:1", "ff02::1"), Shards: -1, TCPPort: 70000,
		TCPAdvertise: []netip.Addr{netip.IPv6Unspecified()},
	}
	err := c.Validate()
	for _, part := range []string{"listen", "0.0.0.0:1", "ff02::1", "shards", "tcp_port", "tcp_advertise", "connect_timeout", "silence_timeout", "max_legs", "max_bps", "target_bps"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("nothing of %q in %v", part, err)
		}
	}
}

func TestAddressesAreReadAndShown(t *testing.T) {
	for _, text := range []string{"203.0.113.7", "203.0.113.7:443", "2001:db8::7", "[2001:db8::7]:443"} {
		if got := addresses(t, text)[0].String(); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
	for _, text := range []string{"", "example.org", "203.0.113.7:x", "203.0.113.7:70000"} {
		var a Address
		if err := a.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q became %s", text, a)
		}
	}
}

func TestAdvertisedPortAllowsNoFurtherOne(t *testing.T) {
	c := DefaultConfig()
	c.Shards, c.Advertise = 8, addresses(t, "203.0.113.7")
	if c.shards() != 8 {
		t.Error(c.shards())
	}
	c.Advertise = addresses(t, "203.0.113.7", "203.0.113.7:443")
	if c.shards() != 1 {
		t.Error(c.shards())
	}
}

func TestCandidatesAreWhatBrowsersSee(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := startNodeWith(t, Deps{Streams: listener}, func(c *Config) {
		c.Advertise, c.TCPPort = addresses(t, "203.0.113.7:443", "2001:db8::7:0"), 8443
		c.TCPAdvertise = []netip.Addr{netip.MustParseAddr("203.0.113.8")}
	})
	for i, want := range []string{" udp ", " 203.0.113.7 443 typ host", " 203.0.113.8 8443 typ host tcptype passive"} {
		if !slices.ContainsFunc(n.shards[0].lines, func(line string) bool { return strings.Contains(line, want) }) {
			t.Errorf("%d: no %q in %q", i, want, n.shards[0].lines)
		}
	}
}

func TestAdvertisedAddressesAreThoseThatANodeGives(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := startNodeWith(t, Deps{Streams: listener}, func(c *Config) {
		c.Advertise, c.TCPAdvertise = addresses(t, "203.0.113.7:443", "2001:db8::7"), []netip.Addr{netip.MustParseAddr("203.0.113.8")}
	})
	c := n.config
	c.Listen = n.Local().String()
	public, _ := listener.Addr().(*net.TCPAddr)
	told, err := c.Advertised(public)
	if err != nil || told.Ports != 1 || !slices.Equal(told.UDP, n.Addresses()) || !slices.Equal(told.TCP, n.tcpAddresses) {
		t.Errorf("told %+v, %v; a node gives %v and %v", told, err, n.Addresses(), n.tcpAddresses)
	}
	if told, err := c.Advertised(nil); err != nil || told.TCP != nil {
		t.Errorf("without a listener: %+v, %v", told, err)
	}
}
