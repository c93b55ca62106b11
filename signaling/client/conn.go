package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"omezle/signaling/protocol"
)

const (
	// lost is what a browser reports for a connection that just ended (RFC 6455, 7.4.1).
	lost protocol.CloseCode = websocket.CloseAbnormalClosure

	writeTimeout = 10 * time.Second
	// silence is when a socket counts as dead. The server pings more often than that.
	silence = protocol.SilentAfter + protocol.PingAfter
)

var (
	writeBuffers sync.Pool
	readBuffers  = sync.Pool{New: func() any { return new(bytes.Buffer) }}

	dialer = websocket.Dialer{
		HandshakeTimeout: protocol.HelloTimeout,
		ReadBufferSize:   256,
		WriteBufferSize:  1024,
		WriteBufferPool:  &writeBuffers,
		Subprotocols:     []string{protocol.Subprotocol},
	}
)

// CloseError says how a socket ended: with the server's close code, or with 1006
// when there was none.
type CloseError struct {
	Code protocol.CloseCode
	Text string // the server's reason, or what the network said
}

// Error implements error.
func (e *CloseError) Error() string { return fmt.Sprintf("client: closed with %d: %s", e.Code, e.Text) }

// Conn is one websocket after its welcome. Receive belongs to one goroutine; the
// rest is safe for concurrent use.
type Conn struct {
	ws *websocket.Conn
	mu sync.Mutex // serialises writers
}

// Dial opens a websocket to the node at base and says hello. A refused upgrade is
// a *ProblemError, a refused hello a *CloseError.
func Dial(ctx context.Context, base, token string, fresh bool) (*Conn, *protocol.Welcome, error) {
	ws, answer, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(base, "http")+"/ws", nil)
	if answer != nil {
		defer func() { _ = answer.Body.Close() }()
	}
	if errors.Is(err, websocket.ErrBadHandshake) && answer.StatusCode != http.StatusSwitchingProtocols {
		return nil, nil, problemOf(answer)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("client: dial: %w", err)
	}
	conn := &Conn{ws: ws}
	welcome, err := conn.greet(ctx, token, fresh)
	if err != nil {
		_ = ws.Close()
		return nil, nil, err
	}
	ws.SetPingHandler(conn.pong)
	conn.heard()
	return conn, welcome, nil
}

func (c *Conn) greet(ctx context.Context, token string, fresh bool) (*protocol.Welcome, error) {
	defer context.AfterFunc(ctx, c.Cut)()
	_ = c.ws.SetReadDeadline(time.Now().Add(protocol.HelloTimeout))
	if err := c.Send(&protocol.Hello{Type: protocol.KindHello, Token: token, Fresh: fresh}); err != nil {
		return nil, err
	}
	message, err := c.read()
	if err != nil {
		return nil, err
	}
	welcome, ok := message.(*protocol.Welcome)
	if !ok {
		return nil, fmt.Errorf("client: hello was answered by %T", message)
	}
	return welcome, nil
}

// Send writes one message. An error is a *CloseError, or that the message is none.
func (c *Conn) Send(message protocol.Validator) error {
	data, err := protocol.Encode(message)
	if err != nil {
		return err
	}
	return c.SendText(data)
}

// SendText writes bytes as one text message, whatever they are.
func (c *Conn) SendText(data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.ws.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err := c.ws.WriteMessage(websocket.TextMessage, data); err != nil {
		return &CloseError{lost, err.Error()}
	}
	return nil
}

// Receive waits for the next message. Pings are answered meanwhile. An error that
// ends the connection is a *CloseError.
func (c *Conn) Receive() (protocol.Validator, error) {
	message, err := c.read()
	c.heard()
	return message, err
}

func (c *Conn) read() (protocol.Validator, error) {
	_, reader, err := c.ws.NextReader()
	if err != nil {
		return nil, closed(err)
	}
	buffer := readBuffers.Get().(*bytes.Buffer)
	buffer.Reset()
	defer readBuffers.Put(buffer)
	if _, err := buffer.ReadFrom(reader); err != nil {
		return nil, closed(err)
	}
	message, err := protocol.DecodeServer(buffer.Bytes())
	if err != nil {
		return nil, fmt.Errorf("client: server's message: %w", err)
	}
	return message, nil
}

func closed(err error) *CloseError {
	var frame *websocket.CloseError
	if errors.As(err, &frame) {
		return &CloseError{protocol.CloseCode(frame.Code), frame.Text}
	}
	return &CloseError{lost, err.Error()}
}

func (c *Conn) pong(data string) error {
	c.heard()
	err := c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTimeout))
	var network net.Error
	if errors.Is(err, websocket.ErrCloseSent) || errors.As(err, &network) {
		return nil // the reader finds out by itself
	}
	return err
}

func (c *Conn) heard() { _ = c.ws.SetReadDeadline(time.Now().Add(silence)) }

// Close says goodbye with a code and closes the connection. Receive then returns.
func (c *Conn) Close(code protocol.CloseCode) {
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(int(code), ""), time.Now().Add(time.Second))
	_ = c.ws.Close()
}

// Cut breaks the TCP connection as a lost network does: no close frame, and what
// is under way is thrown away.
func (c *Conn) Cut() {
	if tcp, ok := c.ws.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.ws.Close()
}
