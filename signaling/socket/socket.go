package socket

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	controlTimeout = time.Second     // for ping and close frames on a blocking connection
	closeGrace     = 2 * time.Second // for the peer to answer a close frame
	writeTimeout   = 5 * time.Second // per message where the connection is not ours (no Listener)
)

// ErrNotText is returned by Receive for a binary message.
var ErrNotText = errors.New("socket: binary message")

var (
	writeBuffers sync.Pool
	readBuffers  = sync.Pool{New: func() any { return new(bytes.Buffer) }}
)

// Conn is one websocket. Receive, and Serve after the last Receive, belong to one goroutine; everything else is
// safe for concurrent use.
type Conn struct {
	ws     *websocket.Conn
	async  *asyncConn    // nil when the connection did not come from a Listener
	reader *bufio.Reader // below ws
	plain  bool          // async is the connection itself: there is no TLS between

	mu     sync.Mutex // serialises writers, as gorilla demands
	closed bool       // a close frame was sent

	lot    *Lot // of Serve, with the two functions
	handle func([]byte)
	end    func(error)
	heard  func() // of OnPong
	known  bool   // to lot; of the pump
	parkMu sync.Mutex
	parked bool   // in lot, at space; guarded by parkMu like the rest
	hurry  bool   // not to be parked any more
	space  uint64 // number in lot
}

// Upgrader upgrades HTTP requests.
type Upgrader struct {
	upgrader websocket.Upgrader
	maxFrame int64
}

// readBuffer is the size of a connection's read buffer in bytes: gorilla takes the hijacked reader over from 257 on.
const readBuffer = 272

// hijacker gives gorilla a small reader that we keep hold of, in place of net/http's of 4 KiB.
type hijacker struct {
	http.ResponseWriter
	reader *bufio.Reader
}

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if buffers.Reader.Buffered() > 0 {
		_ = conn.Close()
		return nil, nil, errors.New("socket: the client spoke before the handshake was over")
	}
	h.reader = bufio.NewReaderSize(conn, readBuffer)
	return conn, bufio.NewReadWriter(h.reader, buffers.Writer), nil
}

// NewUpgrader returns an upgrader for one subprotocol. checkOrigin decides by the
// request's Origin header; maxFrame bounds a message from the peer in bytes.
func NewUpgrader(subprotocol string, maxFrame int64, checkOrigin func(*http.Request) bool) *Upgrader {
	return &Upgrader{maxFrame: maxFrame, upgrader: websocket.Upgrader{
		ReadBufferSize:  0, // hijacker's reader
		WriteBufferSize: 1024,
		WriteBufferPool: &writeBuffers,
		Subprotocols:    []string{subprotocol},
		CheckOrigin:     checkOrigin,
	}}
}

// Upgrade takes the connection over. After it the handler should return at once and leave the
// Conn to a goroutine that holds nothing of the request, so that net/http's buffers are freed.
func (u *Upgrader) Upgrade(w http.ResponseWriter, r *http.Request) (*Conn, error) {
	hijacked := &hijacker{ResponseWriter: w}
	ws, err := u.upgrader.Upgrade(hijacked, r, nil)
	if err != nil {
		return nil, fmt.Errorf("socket: upgrade: %w", err)
	}
	ws.SetReadLimit(u.maxFrame)
	conn := &Conn{ws: ws, async: underlying(ws.NetConn()), reader: hijacked.reader}
	_, conn.plain = ws.NetConn().(*asyncConn)
	if conn.async != nil {
		conn.async.detach()
	}
	ws.SetCloseHandler(func(code int, _ string) error {
		conn.sendClose(code, "")
		return nil
	})
	return conn, nil
}

// Subprotocol returns the negotiated subprotocol, empty if the client offered none of ours.
func (c *Conn) Subprotocol() string { return c.ws.Subprotocol() }

// OnPong sets what is called, on the goroutine that reads, when the peer answers a ping (or pings). It is set before the
// first Receive or Serve.
func (c *Conn) OnPong(heard func()) {
	c.heard = heard
	c.ws.SetPongHandler(func(string) error {
		heard()
		return nil
	})
}

// Deadline bounds the wait of the following Receives; the zero time removes the bound.
func (c *Conn) Deadline(t time.Time) { _ = c.ws.SetReadDeadline(t) }

// Receive waits for the next text message and calls handle with it; the bytes are valid until handle returns.
// Errors end the connection: io and close errors of gorilla/websocket, or ErrNotText.
func (c *Conn) Receive(handle func([]byte)) error {
	return c.receive(handle)
}

func (c *Conn) receive(handle func([]byte)) error {
	kind, reader, err := c.ws.NextReader()
	if err != nil {
		return err
	}
	if kind != websocket.TextMessage {
		return ErrNotText
	}
	buffer := readBuffers.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= 8<<10 { // large ones are rare and not worth keeping
			buffer.Reset()
			readBuffers.Put(buffer)
		}
	}()
	if _, err := buffer.ReadFrom(reader); err != nil {
		return err
	}
	handle(buffer.Bytes())
	return nil
}

// Send writes one text message without waiting for the network. An error means that the connection is of no use any
// more; ErrSlow that the peer did not read.
func (c *Conn) Send(data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.async == nil {
		_ = c.ws.SetWriteDeadline(time.Now().Add(writeTimeout))
	}
	return c.ws.WriteMessage(websocket.TextMessage, data)
}

// Ping sends a ping frame.
func (c *Conn) Ping() error {
	return c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(controlTimeout))
}

// Close sends a close frame with code and reason (at most 123 bytes) and gives the peer two seconds to
// answer; Receive then returns an error and its goroutine calls Abandon.
func (c *Conn) Close(code int, reason string) {
	c.sendClose(code, reason)
	_ = c.ws.SetReadDeadline(time.Now().Add(closeGrace))
	c.rouse()
}

func (c *Conn) sendClose(code int, reason string) {
	c.mu.Lock()
	done := c.closed
	c.closed = true
	c.mu.Unlock()
	if done {
		return
	}
	if code == websocket.CloseNoStatusReceived {
		code = websocket.CloseNormalClosure
	}
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(controlTimeout))
}

// Abandon closes the connection without ceremony. Calling it again does nothing.
func (c *Conn) Abandon() {
	c.rouse()
	_ = c.ws.Close()
}

// Slow reports whether the connection broke because the peer did not read.
func (c *Conn) Slow() bool { return c.async != nil && c.async.slow() }

// RemoteAddr returns the peer of the TCP connection, which may be a proxy.
func (c *Conn) RemoteAddr() net.Addr { return c.ws.RemoteAddr() }
