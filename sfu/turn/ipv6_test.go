package turn

import (
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestRelaysAtIPv6AddressesMeetToo(t *testing.T) {
	cfg := testConfig()
	cfg.PublicIP = append(cfg.PublicIP, netip.MustParseAddr("2001:db8::9"))
	cfg.ListenUDP = "[::1]:0"
	f := start(t, cfg)
	open := func() net.PacketConn {
		conn, err := net.ListenPacket("udp6", "[::1]:0")
		if err != nil {
			t.Fatalf("this machine has no IPv6 on loopback: sysctl -w net.ipv6.conf.lo.disable_ipv6=0: %v", err)
		}
		relay, err := dial(t, conn, f.udp.LocalAddr().String(), f.login()).Allocate()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { relay.Close() })
		return relay
	}
	left, right := open(), open()
	_ = right.SetReadDeadline(time.Now().Add(patience))
	if ip := left.LocalAddr().(*net.UDPAddr).AddrPort().Addr(); ip != cfg.PublicIP[1] {
		t.Fatalf("a relay is at %v, want %v", ip, cfg.PublicIP[1])
	}
	for _, way := range [][2]net.PacketConn{{left, right}, {right, left}, {left, right}} { // the first one only opens the way
		if _, err := way[0].WriteTo([]byte("hello, stranger"), way[1].LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	buffer := make([]byte, 64)
	if n, from, err := right.ReadFrom(buffer); err != nil || string(buffer[:n]) != "hello, stranger" || from.String() != left.LocalAddr().String() {
		t.Errorf("got %q from %v, %v", buffer[:n], from, err)
	}
}
