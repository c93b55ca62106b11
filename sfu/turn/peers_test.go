package turn

import (
	"net/netip"
	"testing"
)

func TestOnlyTheInternetAndOurRelaysAreReached(t *testing.T) {
	cfg := DefaultConfig()
	cfg.PublicIP = []netip.Addr{elsewhere, netip.MustParseAddr("2001:db8::9")}
	cfg.AllowPeers = prefixes("10.20.0.0/16", "fd00:1::/32", "::ffff:10.9.0.0/112")
	cfg.DenyPeers = prefixes("198.51.100.0/24")
	p := NewPeers(cfg, []netip.Addr{netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("::ffff:93.184.216.35")})
	for addr, want := range map[string]bool{
		"8.8.8.8": true, "100.63.255.255": true, "100.128.0.0": true, "172.15.0.1": true, "172.32.0.1": true, "2606:4700::1": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "100.64.0.1": false, "127.0.0.1": false, "127.255.255.254": false,
		"169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false, "192.0.0.8": false, "192.168.0.1": false, "198.18.0.1": false,
		"224.0.0.251": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::a00:1": false, "::ffff:10.0.0.1": false, "::ffff:8.8.8.8": false, "64:ff9b::808:808": false,
		"64:ff9b:1::1": false, "2001::1": false, "2002:a00:1::": false, "fc00::1": false, "fd12::1": false, "fe80::1": false, "fec0::1": false, "ff02::1": false,
		"10.20.3.4": true, "fd00:1::5": true, "::ffff:10.9.0.1": false, // allowed, and still no disguise
		"198.51.100.7":  false,                         // denied
		"93.184.216.34": false, "93.184.216.35": false, // our own
		"203.0.113.9": true, "2001:db8::9": true, "fe80::1%eth0": false,
	} {
		if got := p.Addr(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: got %v, want %v", addr, got, want)
		}
	}
	for _, row := range []struct {
		peer        string
		isRelay, ok bool
	}{
		{"8.8.8.8:53", false, true}, {"8.8.8.8:0", false, false}, {"10.0.0.1:9", false, false}, {"10.0.0.1:9", true, false}, {"10.20.0.1:9", false, true},
		{"203.0.113.9:50000", true, true}, {"203.0.113.9:50000", false, false}, {"[2001:db8::9]:5432", false, false},
	} {
		if got := p.Datagram(netip.MustParseAddrPort(row.peer), row.isRelay); got != row.ok {
			t.Errorf("a datagram to %s, a relay %v: got %v, want %v", row.peer, row.isRelay, got, row.ok)
		}
	}
	if p.Addr(netip.Addr{}) {
		t.Error("no address is reached")
	}
}

func TestThisMachinesAddressesAreKnown(t *testing.T) {
	addrs, err := MachineAddrs()
	if err != nil || len(addrs) == 0 {
		t.Fatalf("got %v, %v", addrs, err)
	}
	p := NewPeers(DefaultConfig(), addrs)
	for _, addr := range addrs {
		if p.Addr(addr) {
			t.Errorf("%v is reached", addr)
		}
	}
}

// FuzzPeers holds that nothing that carries a refused IPv4 address is reached, however it is written.
func FuzzPeers(f *testing.F) {
	for _, seed := range []string{"10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::", "8.8.8.8"} {
		f.Add(netip.MustParseAddr(seed).AsSlice(), uint16(9))
	}
	cfg := DefaultConfig()
	cfg.PublicIP = []netip.Addr{elsewhere}
	p := NewPeers(cfg, nil)
	f.Fuzz(func(t *testing.T, raw []byte, port uint16) {
		addr, ok := netip.AddrFromSlice(raw)
		if !ok {
			return
		}
		plain := addr.Unmap()
		inner := plain.IsPrivate() || plain.IsLoopback() || plain.IsLinkLocalUnicast() || plain.IsMulticast() || plain.IsUnspecified()
		if p.Addr(addr) && (inner || addr.Is4In6()) {
			t.Errorf("%v is reached", addr)
		}
		if p.Datagram(netip.AddrPortFrom(addr, port), port%2 == 0) && !p.Addr(addr) {
			t.Errorf("%v port %d is sent to and not permitted", addr, port)
		}
	})
}

func TestMediaServersAreReachedAtTheirPortsOnly(t *testing.T) {
	public := netip.MustParseAddr("203.0.113.1")
	p := NewPeers(Config{PublicIP: []netip.Addr{public}}, []netip.Addr{netip.MustParseAddr("10.0.0.5")})
	servers := []netip.AddrPort{netip.MustParseAddrPort("203.0.113.1:7000"), netip.MustParseAddrPort("10.0.0.5:7000")}
	p.Serve(func() []netip.AddrPort { return servers })
	for peer, want := range map[string]bool{
		"203.0.113.1:7000": true, "203.0.113.1:6379": false, "10.0.0.5:7000": true, "10.0.0.5:6379": false, "10.0.0.6:7000": false, "192.0.2.1:7000": true,
	} {
		if got := p.Datagram(netip.MustParseAddrPort(peer), false); got != want {
			t.Errorf("%s: %v, want %v", peer, got, want)
		}
	}
	servers = nil
	if p.Datagram(netip.MustParseAddrPort("10.0.0.5:7000"), false) {
		t.Error("a server that is gone is still reached")
	}
}
