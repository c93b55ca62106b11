package acceptance

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/signaling/client"
	"omezle/signaling/protocol"
)

// from returns the i-th of many loopback addresses to attack from: people come from 127.0.0.1.
func from(i int) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i))}, Timeout: patience}
}

// knock tries to open a websocket for a page of a site and returns the answer's status.
func knock(t *testing.T, base, origin string) int {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{protocol.Subprotocol}}
	ws, answer, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(base, "http")+"/ws", http.Header{"Origin": {origin}})
	if err == nil {
		_ = ws.Close()
	} else if !errors.Is(err, websocket.ErrBadHandshake) {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// halfOpen is a set of connections that say nothing more.
type halfOpen struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (h *halfOpen) keep(conn net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns = append(h.conns, conn)
}

func (h *halfOpen) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, conn := range h.conns {
		_ = conn.Close()
	}
	h.conns = nil
}

// open opens n connections from so many addresses; greet says what each says before it falls silent. Refusals are nothing to it.
func (h *halfOpen) open(t *testing.T, base string, n, addresses int, greet func(net.Conn) error) (opened int) {
	t.Helper()
	var opening errgroup.Group
	opening.SetLimit(64)
	for i := range n {
		opening.Go(func() error {
			conn, err := from(i%addresses).DialContext(t.Context(), "tcp", strings.TrimPrefix(base, "http://"))
			if err != nil {
				return err
			}
			if greet(conn) != nil {
				return conn.Close()
			}
			h.keep(conn)
			return nil
		})
	}
	if err := opening.Wait(); err != nil {
		t.Fatal(err)
	}
	return len(h.conns)
}

// upgrade opens a websocket by hand and says no hello.
func upgrade(conn net.Conn) error {
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, err := fmt.Fprintf(conn, "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: %s\r\n\r\n", protocol.Subprotocol)
	if err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}

func TestTenThousandHalfOpenSocketsHarmNobodyElse(t *testing.T) {
	s := newScene(t)
	for _, row := range []struct {
		name         string
		n, addresses int
		greet        func(net.Conn) error
	}{
		{"connections that say nothing, of one address", 10_000, 1, func(net.Conn) error { return nil }},
		{"connections that say nothing, of many addresses", 10_000, 40, func(net.Conn) error { return nil }},
		{"requests that do not end", 10_000, 40, func(c net.Conn) error { _, err := fmt.Fprint(c, "GET /ws HTTP/1.1\r\nHost"); return err }},
		{"websockets without hello, of one address", 10_000, 1, upgrade},
		{"websockets without hello, of many addresses", 10_000, 40, upgrade},
	} {
		t.Run(row.name, func(t *testing.T) {
			s.under(t, func(t *testing.T) {
				var sockets halfOpen
				t.Cleanup(sockets.close)
				opened := sockets.open(t, s.target.URL, row.n, row.addresses, row.greet)
				t.Logf("%d of %d are open", opened, row.n)
				newcomers := stage.NewCrowd(t)
				began := time.Now()
				pair := [2]*stage.Guest{newcomers.Invite(urls(0, s.target), "", nil), newcomers.Invite(urls(0, s.target), "", nil)}
				couple(t, [][2]*stage.Guest{pair})
				t.Logf("two who came meanwhile met after %v", time.Since(began).Round(time.Millisecond))
			})
		})
	}
}

func TestASlowReaderIsDroppedAndHarmsNobodyElse(t *testing.T) {
	s := newScene(t, "CHAT_PER_SECOND=100000", "CHAT_BURST=100000", "OTHER_PER_SECOND=100000", "OTHER_BURST=100000")
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	s.under(t, func(t *testing.T) {
		_, b, pair := accomplices(t, s.target.URL) // the first one reads no more
		gone := make(chan error, 1)
		go func() { gone <- awaitAway(b) }()
		text := strings.Repeat("\U0001F600", protocol.MaxText)
		for seq := uint32(1); ; seq++ {
			select {
			case err := <-gone:
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("dropped after %d messages of 8 kB", seq)
				return
			default:
			}
			if seq > 20_000 {
				t.Fatal("160 MB were taken for somebody who does not read")
			}
			if err := b.Send(&protocol.Chat{Type: protocol.KindChat, Sequenced: protocol.Sequenced{Pair: pair, Seq: seq}, ID: "x", Text: text}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// awaitAway reads until the partner's socket is gone.
func awaitAway(conn *client.Conn) error {
	for {
		message, err := conn.Receive()
		if err != nil {
			return err
		}
		switch m := message.(type) {
		case *protocol.PartnerPresence:
			return nil
		case *protocol.Ended:
			if m.Reason != models.EndGone {
				return fmt.Errorf("ended with %s", m.Reason)
			}
			return nil
		}
	}
}
