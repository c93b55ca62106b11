package socket

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

// echo is a server that hands each upgraded connection to serve.
func echo(t *testing.T, limit int, secure bool, serve func(*Conn)) *httptest.Server {
	t.Helper()
	upgrader := NewUpgrader("test.v1", 1<<10, func(*http.Request) bool { return true })
	done := make(chan struct{}, 1024)
	var running atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r)
		if err != nil {
			return
		}
		running.Add(1)
		go func() {
			defer func() { running.Add(-1); done <- struct{}{} }()
			defer conn.Abandon()
			serve(conn)
		}()
	}))
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Listener.Close()
	server.Listener = NewListener(inner, Bounds{PerAddress: limit, Total: 100}, nil)
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(func() {
		server.Close()
		for running.Load() > 0 {
			<-done
		}
	})
	return server
}

func dial(t *testing.T, server *httptest.Server) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"test.v1"}, HandshakeTimeout: patience}
	if transport, ok := server.Client().Transport.(*http.Transport); ok {
		dialer.TLSClientConfig = transport.TLSClientConfig
	}
	ws, _, err := dialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	_ = ws.SetReadDeadline(time.Now().Add(patience))
	return ws
}

func echoing(conn *Conn) {
	for conn.Receive(func(data []byte) { _ = conn.Send(data) }) == nil {
		continue
	}
}

func TestMessagesGoBothWaysInOrder(t *testing.T) {
	for _, secure := range []bool{false, true} {
		server := echo(t, 10, secure, echoing)
		ws := dial(t, server)
		for _, text := range []string{"one", strings.Repeat("x", 1000), "three", ""} {
			if err := ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if _, data, err := ws.ReadMessage(); err != nil || string(data) != text {
				t.Fatalf("TLS %v: got %q, %v", secure, data, err)
			}
		}
	}
}

func TestASlowReaderIsDroppedAndNobodyWaits(t *testing.T) {
	for _, secure := range []bool{false, true} {
		sent := make(chan error, 1)
		server := echo(t, 10, secure, func(conn *Conn) {
			frame := make([]byte, 64<<10)
			for i := range frame {
				frame[i] = 'x'
			}
			var err error
			for range 4096 { // 256 MiB: no kernel takes that for a peer that does not read
				if err = conn.Send(frame); err != nil {
					break
				}
			}
			if !conn.Slow() {
				err = errors.Join(err, errors.New("not said to be slow"))
			}
			sent <- err
		})
		dial(t, server) // and never reads
		select {
		case err := <-sent:
			if !errors.Is(err, ErrSlow) {
				t.Fatalf("TLS %v: %v", secure, err)
			}
		case <-time.After(patience):
			t.Fatalf("TLS %v: Send waits for a reader who does not read", secure)
		}
	}
}

func TestWhatTheKernelDoesNotTakeIsQueuedAndArrives(t *testing.T) {
	const frames, size = 3000, 1 << 10
	begin := make(chan struct{})
	server := echo(t, 10, false, func(conn *Conn) {
		tcp := underlying(conn.ws.NetConn()).Conn.(*net.TCPConn)
		_ = tcp.SetWriteBuffer(4 << 10) // so that the queue is used
		frame := []byte(strings.Repeat("y", size))
		for i := range frames {
			frame[0] = byte('a' + i%26)
			for conn.Send(frame) != nil {
				return
			}
			if i == 100 {
				close(begin)
			}
			if i > 100 { // a reader that keeps up, only in bursts
				_ = conn.Receive(func([]byte) {})
			}
		}
		echoing(conn)
	})
	ws := dial(t, server)
	<-begin
	for i := range frames {
		_, data, err := ws.ReadMessage()
		if err != nil || len(data) != size || data[0] != byte('a'+i%26) {
			t.Fatalf("frame %d: %d bytes, %v", i, len(data), err)
		}
		if i >= 100 {
			_ = ws.WriteMessage(websocket.TextMessage, []byte("k"))
		}
	}
}

func TestABigFrameAndABinaryOneEndTheConnection(t *testing.T) {
	ended := make(chan error, 1)
	server := echo(t, 10, false, func(conn *Conn) {
		ended <- conn.Receive(func([]byte) {})
	})
	ws := dial(t, server)
	_ = ws.WriteMessage(websocket.TextMessage, make([]byte, 1<<20))
	if err := <-ended; !errors.Is(err, websocket.ErrReadLimit) {
		t.Fatalf("1 MiB: %v", err)
	}
	if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
		t.Logf("close code may be lost behind unread bytes: %v", err)
	}
	ws = dial(t, server)
	_ = ws.WriteMessage(websocket.BinaryMessage, []byte("b"))
	if err := <-ended; !errors.Is(err, ErrNotText) {
		t.Fatalf("binary: %v", err)
	}
}

func TestCloseSaysWhy(t *testing.T) {
	server := echo(t, 10, false, func(conn *Conn) {
		conn.Close(4242, "because")
		for conn.Receive(func([]byte) {}) == nil {
			continue
		}
	})
	_, _, err := dial(t, server).ReadMessage()
	var closed *websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != 4242 || closed.Text != "because" {
		t.Fatalf("closed with %v", err)
	}
}

func TestOneAddressHasABoundOfConnectionsThatAreNotWebsockets(t *testing.T) {
	const limit = 4
	server := echo(t, limit, false, echoing)
	listener := server.Listener.(*Listener)
	for range 3 * limit { // websockets do not count
		dial(t, server)
	}
	var idle []net.Conn
	for range 2 * limit {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, conn)
		t.Cleanup(func() { conn.Close() })
	}
	deadline := time.Now().Add(patience)
	for listener.Refused() < limit {
		if time.Now().After(deadline) {
			t.Fatalf("%d refused, want %d", listener.Refused(), limit)
		}
		idle[len(idle)-1].SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, _ = idle[len(idle)-1].Read(make([]byte, 1))
	}
	for _, conn := range idle {
		conn.Close()
	}
	for { // closed ones make room
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		before := listener.Refused()
		_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err = conn.Read(make([]byte, 1))
		conn.Close()
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() && listener.Refused() == before {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no room after all were closed")
		}
	}
}

func TestAllAddressesTogetherHaveABound(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := NewListener(inner, Bounds{PerAddress: 100, Total: 2}, func(netip.Addr) bool { return true })
	defer listener.Close()
	dialed := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	dialed()
	dialed()
	first, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	second, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	third := dialed()
	accepted := make(chan net.Conn, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			accepted <- conn
		}
		close(accepted)
	}()
	_ = third.SetReadDeadline(time.Now().Add(patience))
	if _, err := third.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the third is not closed: %v", err)
	}
	first.Close() // makes room
	dialed()
	if conn := <-accepted; conn == nil {
		t.Fatal("no room after one was closed")
	} else {
		conn.Close()
	}
}

func TestTrustedProxiesHaveNoBound(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := NewListener(inner, Bounds{PerAddress: 1, Total: 100}, func(a netip.Addr) bool { return a.IsLoopback() })
	defer listener.Close()
	for range 5 {
		out, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		in, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
	}
	if listener.Refused() != 0 {
		t.Fatalf("%d refused", listener.Refused())
	}
}

// parked reports how many connections wait in a lot.
func (l *Lot) parkedNow() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.parked)
}

// parking is a server whose connections echo and are parked when idle.
func parking(t *testing.T, secure bool) (server *httptest.Server, lot *Lot, ended chan error, conns chan *Conn) {
	t.Helper()
	lot, err := NewLot()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = lot.Run(ctx) }()
	ended, conns = make(chan error, 64), make(chan *Conn, 64)
	over := make(map[*Conn]chan struct{})
	var mu sync.Mutex
	server = echo(t, 64, secure, func(conn *Conn) {
		finished := make(chan struct{})
		mu.Lock()
		over[conn] = finished
		mu.Unlock()
		conn.Serve(lot, func(data []byte) { _ = conn.Send(data) }, func(err error) {
			ended <- err
			close(finished)
		})
		conns <- conn
		<-finished
	})
	t.Cleanup(func() { cancel(); <-done })
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for conn, finished := range over {
			conn.Abandon()
			<-finished
		}
	})
	return server, lot, ended, conns
}

func TestAnIdleConnectionIsParkedAlsoAfterAPongAndWakes(t *testing.T) {
	server, lot, _, conns := parking(t, false)
	ws := dial(t, server)
	conn := <-conns
	settled := func() {
		t.Helper()
		for deadline := time.Now().Add(patience); lot.parkedNow() != 1; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatal("not parked")
			}
		}
	}
	for range 50 {
		settled()
		if err := conn.Ping(); err != nil { // answered by the client's reader below
			t.Fatal(err)
		}
		if err := ws.WriteControl(websocket.PingMessage, []byte("are you there?"), time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"one", strings.Repeat("x", 1000)} {
			if err := ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
				t.Fatal(err)
			}
			if _, data, err := ws.ReadMessage(); err != nil || string(data) != text {
				t.Fatalf("got %q, %v", data, err)
			}
		}
	}
	settled()
}

func TestAParkedConnectionSeesItsEnd(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, c := range []struct {
			name string
			end  func(ws *websocket.Conn, conn *Conn)
		}{
			{"the peer vanishes", func(ws *websocket.Conn, _ *Conn) { ws.NetConn().Close() }},
			{"the peer closes", func(ws *websocket.Conn, _ *Conn) {
				_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(patience))
			}},
			{"we close and the peer does not answer", func(_ *websocket.Conn, conn *Conn) { conn.Close(4000, "") }},
			{"we abandon it", func(_ *websocket.Conn, conn *Conn) { conn.Abandon() }},
		} {
			server, _, ended, conns := parking(t, secure)
			ws := dial(t, server)
			c.end(ws, <-conns)
			select {
			case err := <-ended:
				if err == nil {
					t.Fatalf("TLS %v, %s: ended without an error", secure, c.name)
				}
			case <-time.After(patience):
				t.Fatalf("TLS %v, %s: the end was not seen", secure, c.name)
			}
		}
	}
}
