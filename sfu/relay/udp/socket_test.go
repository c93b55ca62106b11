package udp

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listenOn(t *testing.T, address string) *Socket {
	t.Helper()
	s, err := Listen(netip.MustParseAddrPort(address))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Release() })
	return s
}

// partner is a plain socket that the tests talk to.
func partner(t *testing.T, network, address string) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	at, err := net.ResolveUDPAddr(network, address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.ListenUDP(network, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

func queue(s *Socket, to *Address, sizes ...int) {
	for i, n := range sizes {
		b := s.Next()[:n]
		b[0] = byte(i)
		s.Queue(n, to)
	}
}

func expect(t *testing.T, c *net.UDPConn, sizes ...int) {
	t.Helper()
	b := make([]byte, 2000)
	for i, want := range sizes {
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if n != want || b[0] != byte(i) {
			t.Errorf("packet %d has %d bytes and number %d instead of %d bytes", i, n, b[0], want)
		}
	}
}

func TestPacketsGoBothWays(t *testing.T) {
	for name, c := range map[string]struct{ listen, network, partner string }{
		"IPv4":                  {"127.0.0.1:0", "udp4", "127.0.0.1:0"},
		"IPv6":                  {"[::1]:0", "udp6", "[::1]:0"},
		"IPv4 on a dual socket": {"[::]:0", "udp4", "127.0.0.1:0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := listenOn(t, c.listen)
			p, at := partner(t, c.network, c.partner)
			queue(s, s.Address(at), 100, 100, 100, 40, 100, 7)
			s.Flush()
			expect(t, p, 100, 100, 100, 40, 100, 7)
			if n := s.Counters(); n.Sent != 6 || n.Messages != 2 {
				t.Errorf("%+v", n)
			}
			to := netip.AddrPortFrom(at.Addr(), s.Local().Port())
			if _, err := p.WriteToUDPAddrPort([]byte("hello"), to); err != nil {
				t.Fatal(err)
			}
			n := 0
			for n == 0 {
				var err error
				if n, err = s.Receive(); err != nil {
					t.Fatal(err)
				}
			}
			if string(s.Packet(0)) != "hello" || s.Source(0) != at || s.SourceKey(0) != s.Address(at).Key() {
				t.Errorf("%q from %s", s.Packet(0), s.Source(0))
			}
			if _, err := s.WriteTo([]byte{0, 1}, at); err != nil {
				t.Fatal(err)
			}
			expect(t, p, 2)
		})
	}
}

func TestWhatTheKernelRefusesIsDoneWithout(t *testing.T) {
	for name, errno := range map[string]syscall.Errno{"card without checksums": unix.EIO, "kernel without GSO": unix.EINVAL, "path too narrow": unix.EMSGSIZE} {
		t.Run(name, func(t *testing.T) {
			s := listenOn(t, "127.0.0.1:0")
			p, at := partner(t, "udp4", "127.0.0.1:0")
			s.out.send = func(fd int, messages []message) (int, syscall.Errno) {
				if messages[0].header.Control != nil {
					return 0, errno
				}
				return sendmmsg(fd, messages[:1])
			}
			queue(s, s.Address(at), 50, 50, 50)
			s.Flush()
			expect(t, p, 50, 50, 50)
			if kept := !s.out.noSegments; kept != (errno == unix.EMSGSIZE) {
				t.Errorf("GSO kept: %v", kept)
			}
		})
	}
	t.Run("sandbox without sendmmsg", func(t *testing.T) {
		s := listenOn(t, "127.0.0.1:0")
		p, at := partner(t, "udp4", "127.0.0.1:0")
		s.out.send = func(int, []message) (int, syscall.Errno) { return 0, unix.ENOSYS }
		queue(s, s.Address(at), 50, 60, 70)
		s.Flush()
		expect(t, p, 50, 60, 70)
	})
	t.Run("full buffer", func(t *testing.T) {
		s := listenOn(t, "127.0.0.1:0")
		_, at := partner(t, "udp4", "127.0.0.1:0")
		calls := 0
		s.out.send = func(int, []message) (int, syscall.Errno) { calls++; return 0, unix.EAGAIN }
		queue(s, s.Address(at), 50, 60, 70)
		s.Flush()
		if n := s.Counters(); calls != 1 || n.SendErrors != 3 {
			t.Errorf("%d calls, %d errors", calls, n.SendErrors)
		}
	})
}

func TestPacketsThatAreTooLongAreDropped(t *testing.T) {
	s := listenOn(t, "127.0.0.1:0")
	p, _ := partner(t, "udp4", "127.0.0.1:0")
	if _, err := p.WriteToUDPAddrPort(make([]byte, 3000), s.Local()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for n == 0 {
		var err error
		if n, err = s.Receive(); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.Packet(0)) != 0 || s.Counters().Oversized != 1 {
		t.Errorf("%d bytes", len(s.Packet(0)))
	}
}

func TestClosedSocketReceivesAndSendsNothing(t *testing.T) {
	s := listenOn(t, "127.0.0.1:0")
	_ = s.Close()
	if _, err := s.Receive(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
	if _, err := s.WriteTo([]byte{1}, s.Local()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}
