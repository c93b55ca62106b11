package socket

import (
	"time"

	"github.com/gorilla/websocket"
)

// Serve calls handle with each message from now on, one at a time, and end once when the connection is over. It
// returns at once. While nothing is under way a plain TCP connection is parked in lot and
// has no goroutine; one with TLS keeps its goroutine, since what TLS has buffered cannot be seen from the
// descriptor. Receive must not be called any more.
func (c *Conn) Serve(lot *Lot, handle func([]byte), end func(error)) {
	c.lot, c.handle, c.end = lot, handle, end
	go c.pump(false)
}

// pump reads until there is nothing more, then parks. There is never more than one. A woken one begins by
// reading: something has arrived, or the connection is over.
func (c *Conn) pump(woken bool) {
	for {
		if !woken && c.plain && c.reader.Buffered() == 0 && c.park() {
			return
		}
		woken = false
		if c.control() {
			continue
		}
		if err := c.receive(c.handle); err != nil {
			c.end(err)
			return
		}
	}
}

// control takes a ping or pong off the wire if that is what comes next, so that the connection can be parked after it:
// gorilla's reader would go on to wait for a message. Anything else, also what is malformed, is left to that.
func (c *Conn) control() bool {
	const (
		finPing, finPong = 0x89, 0x8a // RFC 6455, 5.2: FIN and opcode
		masked           = 0x80
		maskBytes        = 4
		maxPayload       = 125 // of a control frame, 5.5
	)
	head, err := c.reader.Peek(2)
	if err != nil || (head[0] != finPing && head[0] != finPong) || head[1]&masked == 0 || head[1]&^masked > maxPayload {
		return false
	}
	ping, size := head[0] == finPing, 2+maskBytes+int(head[1]&^masked)
	frame, err := c.reader.Peek(size)
	if err != nil {
		return false
	}
	if ping {
		payload := make([]byte, size-2-maskBytes)
		for i := range payload {
			payload[i] = frame[2+maskBytes+i] ^ frame[2+i%maskBytes]
		}
		_ = c.ws.WriteControl(websocket.PongMessage, payload, time.Now().Add(controlTimeout)) // a broken one is seen by the next read
	}
	_, _ = c.reader.Discard(size)
	if c.heard != nil {
		c.heard()
	}
	return true
}

// park returns true when the connection waits in the lot; from then on another pump may run.
func (c *Conn) park() bool {
	c.parkMu.Lock()
	defer c.parkMu.Unlock()
	if c.hurry {
		return false
	}
	c.parked = c.lot.park(c)
	return c.parked
}

// unpark starts a pump if the connection is parked.
func (c *Conn) unpark() {
	c.parkMu.Lock()
	was := c.parked
	c.parked = false
	c.parkMu.Unlock()
	if was {
		go c.pump(true)
	}
}

// rouse keeps the connection from being parked again and wakes it: it is about to be closed, and its
// pump has to see the end.
func (c *Conn) rouse() {
	c.parkMu.Lock()
	c.hurry = true
	was, space := c.parked, c.space
	c.parked = false
	c.parkMu.Unlock()
	if was {
		c.lot.take(space)
		go c.pump(true)
	}
}
