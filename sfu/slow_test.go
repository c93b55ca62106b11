package sfu

import (
	"io"
	"net"
	"sync"
	"syscall"
	"testing"

	"github.com/pion/webrtc/v4"
	"golang.org/x/sys/unix"

	"omezle/models"
)

// proxy is a TCP proxy that can be told to read no more from the server.
type proxy struct {
	net.Listener
	held sync.RWMutex
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: listener}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { p.join(t, client, server) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		running.Wait()
	})
	return p
}

func (p *proxy) join(t *testing.T, client net.Conn, address string) {
	defer client.Close()
	// The buffer is small from the start: a window that shrinks later makes the kernel
	// drop acknowledgements too.
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<10) })
	}}
	server, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	defer server.Close()
	var up sync.WaitGroup
	up.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	})
	b := make([]byte, 4<<10)
	for {
		p.held.RLock()
		n, err := server.Read(b)
		p.held.RUnlock()
		if err == nil {
			_, err = client.Write(b[:n])
		}
		if err != nil {
			break
		}
	}
	_ = client.Close()
	up.Wait()
}

func TestStalledTCPPeerHoldsUpNobody(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	through := newProxy(t, listener.Addr().String())
	n := startNodeWith(t, Deps{Streams: listener}, func(c *Config) { c.TCPPort = through.Addr().(*net.TCPAddr).Port })
	pair := models.NewPairID()
	a := newVisitor(t, visitorOptions{})
	b := newVisitor(t, visitorOptions{settings: func(s *webrtc.SettingEngine) {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	}})
	a.join(n, pair, A)
	b.join(n, pair, B)
	a.send()
	b.send()
	flow(t, a, b)
	_, c, d := call(t, n, visitorOptions{})

	through.held.Lock() // b reads no more
	release := sync.OnceFunc(through.held.Unlock)
	t.Cleanup(release)
	dropped := n.Statistics(pair)[B].SlowDropped
	eventually(t, "what b does not take is dropped", func() bool { return n.Statistics(pair)[B].SlowDropped > dropped+100 })
	flow(t, c, d)
	sounds := a.sounds.Load()
	eventually(t, "b is still heard", func() bool { return a.sounds.Load() > sounds+50 })
	release()
	flow(t, a, b)
}
