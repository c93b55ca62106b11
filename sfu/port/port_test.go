package port

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

func TestEachListenerGetsWhatItSpeaksFromTheFirstByteOn(t *testing.T) {
	f := start(t, DefaultConfig(), Deps{TLS: serverTLS(t)}, HTTP, TURN, ICETCP)
	for name, row := range map[string]struct {
		says []byte
		kind Kind
	}{
		"HTTP": {[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), HTTP}, "TURN": {allocate(), TURN}, "ICE-TCP": {frame(binding()), ICETCP},
	} {
		for _, secure := range []bool{false, true} {
			client := f.dial(t)
			if secure {
				client = tls.Client(client, trusting())
			}
			go client.Write(row.says)
			server := f.accept(t, row.kind)
			got := make([]byte, len(row.says))
			if _, err := io.ReadFull(server, got); err != nil || !bytes.Equal(got, row.says) {
				t.Errorf("%s, TLS %v: got %q, %v", name, secure, got, err)
			}
			if server.RemoteAddr().String() != client.LocalAddr().String() {
				t.Errorf("%s: client is %v, want %v", name, server.RemoteAddr(), client.LocalAddr())
			}
			if _, err := server.Write([]byte("back")); err != nil {
				t.Error(err)
			}
			if _, err := io.ReadFull(client, got[:4]); err != nil || string(got[:4]) != "back" {
				t.Errorf("%s, TLS %v: the way back carried %q, %v", name, secure, got[:4], err)
			}
		}
	}
}

func TestWhatComesByteByByteIsKnownToo(t *testing.T) {
	f := start(t, DefaultConfig(), Deps{}, ICETCP)
	client, says := f.dial(t), frame(binding())
	go func() {
		for i := range says {
			client.Write(says[i : i+1])
		}
	}()
	got := make([]byte, len(says))
	if _, err := io.ReadFull(f.accept(t, ICETCP), got); err != nil || !bytes.Equal(got, says) {
		t.Errorf("got %x, %v", got, err)
	}
}

func TestALPNDecidesInsideTLS(t *testing.T) {
	f := start(t, DefaultConfig(), Deps{TLS: serverTLS(t)}, HTTP, TURN)
	for _, row := range []struct {
		offered []string
		kind    Kind
	}{{[]string{"http/1.1"}, HTTP}, {[]string{"h2", "http/1.1"}, HTTP}, {[]string{"stun.turn"}, TURN}} {
		client := tls.Client(f.dial(t), trusting(row.offered...))
		if err := client.HandshakeContext(t.Context()); err != nil { // and says nothing inside
			t.Fatalf("%v: %v", row.offered, err)
		}
		if _, ok := f.accept(t, row.kind).(*tls.Conn); !ok {
			t.Errorf("%v: net/http needs the TLS connection itself", row.offered)
		}
	}
}

func TestTheSocketIsReachedForWritesThatDoNotWait(t *testing.T) {
	type admitted struct{ net.Conn }
	seen := make(chan net.Conn, 1)
	f := start(t, DefaultConfig(), Deps{Admit: func(c net.Conn) (net.Conn, bool) { seen <- c; return admitted{c}, true }}, HTTP)
	client := f.dial(t)
	go client.Write([]byte("GET"))
	raw := <-seen
	if _, ok := f.accept(t, HTTP).(admitted); !ok {
		t.Error("what Admit returned is not what is handed out")
	}
	inner, ok := raw.(syscall.Conn)
	if !ok {
		t.Fatal("no way to the socket")
	}
	if _, err := inner.SyscallConn(); err != nil {
		t.Error(err)
	}
}

func TestWhoIsNotAdmittedIsClosedBeforeAnythingIsRead(t *testing.T) {
	f := start(t, DefaultConfig(), Deps{Admit: func(net.Conn) (net.Conn, bool) { return nil, false }}, HTTP)
	closed(t, f.dial(t))
	if f.refusals(refusedAddress) != 1 {
		t.Error("not counted")
	}
}

func TestAKindThatNobodyListensForIsClosed(t *testing.T) {
	f := start(t, DefaultConfig(), Deps{}, HTTP, TURN)
	f.listen[TURN].Close()
	for _, says := range [][]byte{frame(binding()), allocate()} {
		client := f.dial(t)
		client.Write(says)
		closed(t, client)
	}
	client := f.dial(t)
	client.Write([]byte{0x16, 3, 1, 0, 0, 0, 0, 0, 0, 0}) // TLS without a certificate
	closed(t, client)
	if f.refusals(refusedKind) != 2 || f.refusals(refusedTLS) != 1 {
		t.Error("not counted")
	}
}

func TestTheSilentAreClosedAndKeepNobodyOut(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxPending, cfg.PeekTimeout = 8, 300*time.Millisecond
	f := start(t, cfg, Deps{TLS: serverTLS(t)}, HTTP)
	half := map[int][]byte{1: {0}, 2: {0x16}, 3: {0x16, 3, 1}, 4: {0, 1, 0, 0}} // others say nothing
	var slow []net.Conn
	for i := range cfg.MaxPending {
		client := f.dial(t)
		client.Write(half[i])
		slow = append(slow, client)
	}
	eventually(t, "all are looked at", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.pending) == cfg.MaxPending })
	closed(t, f.dial(t)) // one too many
	if f.refusals(refusedBusy) != 1 {
		t.Error("the one too many is not counted")
	}
	for _, client := range slow {
		closed(t, client)
	}
	client := f.dial(t)
	client.Write([]byte("GET /"))
	f.accept(t, HTTP)
	if got := f.refusals(refusedSilent) + f.refusals(refusedTLS); got != float64(cfg.MaxPending) {
		t.Errorf("%v counted as silent", got)
	}
}

func TestStoppingDoesNotWaitForTheSilent(t *testing.T) {
	cfg := DefaultConfig()
	cfg.PeekTimeout = time.Minute
	f := start(t, cfg, Deps{}, HTTP) // its end is waited for
	f.dial(t)
	f.dial(t).Write([]byte("GET /")) // nobody accepts it
	eventually(t, "both are looked at", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.pending) == 2 })
}

func TestAPROXYHeaderTellsTheClient(t *testing.T) {
	cfg := DefaultConfig()
	cfg.ProxyFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	var admitted net.Addr
	f := start(t, cfg, Deps{TLS: serverTLS(t), Admit: func(c net.Conn) (net.Conn, bool) { admitted = c.RemoteAddr(); return c, true }}, HTTP, TURN)
	client4 := &net.TCPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 4711}
	client6 := &net.TCPAddr{IP: net.ParseIP("2001:db8::7"), Port: 4711}
	for name, row := range map[string]struct {
		version byte
		client  *net.TCPAddr
	}{"version 1": {1, client4}, "version 2": {2, client4}, "version 1, IPv6": {1, client6}, "version 2, IPv6": {2, client6}} {
		for _, secure := range []bool{false, true} {
			client := f.dial(t)
			header := proxyproto.HeaderProxyFromAddrs(row.version, row.client, &net.TCPAddr{IP: row.client.IP, Port: 443})
			text, err := header.Format()
			if err != nil {
				t.Fatal(err)
			}
			if secure {
				client.Write(text)
				go tls.Client(client, trusting()).Write(allocate())
			} else {
				client.Write(append(text, allocate()...)) // at once
			}
			server := f.accept(t, TURN)
			if server.RemoteAddr().String() != row.client.String() || admitted.String() != row.client.String() {
				t.Errorf("%s, TLS %v: the client is %v, admitted as %v, want %v", name, secure, server.RemoteAddr(), admitted, row.client)
			}
			if _, err := io.ReadFull(server, make([]byte, len(allocate()))); err != nil {
				t.Errorf("%s, TLS %v: %v", name, secure, err)
			}
		}
	}
	for name, says := range map[string]string{
		"none": "GET / HTTP/1.1\r\n\r\n", "a broken one": "PROXY TCP4 x y 1 2\r\n", "an endless one": "PROXY " + string(make([]byte, 300)),
	} {
		client := f.dial(t)
		client.Write([]byte(says))
		closed(t, client)
		t.Logf("%s: refused", name)
	}
	if f.refusals(refusedProxy) != 3 {
		t.Errorf("%v refused, want 3", f.refusals(refusedProxy))
	}
	// A health check of the load balancer is its own.
	client := f.dial(t)
	text, err := (&proxyproto.Header{Version: 2, Command: proxyproto.LOCAL}).Format()
	if err != nil {
		t.Fatal(err)
	}
	client.Write(append(text, "GET / HTTP/1.0\r\n\r\n"...))
	if server := f.accept(t, HTTP); server.RemoteAddr().String() != client.LocalAddr().String() {
		t.Errorf("the load balancer's own connection comes from %v", server.RemoteAddr())
	}
}

func TestExtraAddressesServeTheSame(t *testing.T) {
	cfg := DefaultConfig()
	cfg.ExtraListen = []string{"127.0.0.1:0"}
	f := start(t, cfg, Deps{}, TURN)
	client, err := net.Dial("tcp", f.inner[1].Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	client.Write(allocate())
	f.accept(t, TURN)
}

func TestHTTPIsServedInsideTLSWithAndWithoutALPN(t *testing.T) {
	f := start(t, DefaultConfig(), Deps{TLS: serverTLS(t)}, HTTP)
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.TLS == nil {
				w.WriteHeader(http.StatusTeapot)
			}
			io.WriteString(w, r.Proto)
		}),
		ReadHeaderTimeout: patience,
	}
	f.Prepare(server)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(f.listen[HTTP]) }()
	defer func() { server.Close(); <-ended }()
	for want, protocols := range map[string][]string{"HTTP/2.0": {"h2"}, "HTTP/1.1": {"http/1.1"}} {
		transport := &http.Transport{TLSClientConfig: trusting(protocols...), ForceAttemptHTTP2: protocols[0] == "h2"}
		response, err := (&http.Client{Transport: transport, Timeout: patience}).Get("https://" + f.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK || string(body) != want {
			t.Errorf("%v: %d %s", protocols, response.StatusCode, body)
		}
		response.Body.Close()
		transport.CloseIdleConnections()
	}
	client := tls.Client(f.dial(t), trusting())
	io.WriteString(client, "GET / HTTP/1.0\r\n\r\n")
	if answer, err := io.ReadAll(client); err != nil || !bytes.Contains(answer, []byte("200 OK")) {
		t.Errorf("without ALPN: %q, %v", answer, err)
	}
	clear := f.dial(t)
	io.WriteString(clear, "GET /a?b HTTP/1.0\r\nHost: chat.example\r\n\r\n")
	if answer, err := io.ReadAll(clear); err != nil || !bytes.Contains(answer, []byte("Location: https://chat.example/a?b\r\n")) {
		t.Errorf("in clear: %q, %v", answer, err)
	}
}
