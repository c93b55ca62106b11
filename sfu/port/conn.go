package port

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// peeked is a connection whose first bytes can be looked at before they are read. Reads belong to one goroutine,
// as for any stream; until peek returns they belong to its caller.
type peeked struct {
	net.Conn
	first []byte // read from Conn and not yet from here; nil when used up
}

// peek reads until classify knows the kind. The bytes stay to be read.
func (c *peeked) peek() (Kind, error) {
	for {
		if kind, known := classify(c.first); known {
			return kind, nil
		}
		var chunk [peekBytes]byte
		n, err := c.Conn.Read(chunk[:peekBytes-len(c.first)])
		c.first = append(c.first, chunk[:n]...)
		if err != nil {
			return 0, fmt.Errorf("first bytes: %w", err)
		}
	}
}

// Read gives what was looked at, then what follows.
func (c *peeked) Read(p []byte) (int, error) {
	if len(c.first) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.first)
	if c.first = c.first[n:]; len(c.first) == 0 {
		c.first = nil
	}
	return n, nil
}

// rawConn is a TCP connection as it was accepted. The client may be another than the peer of the socket.
type rawConn struct {
	peeked
	client net.Addr
}

// RemoteAddr is the client's address.
func (c *rawConn) RemoteAddr() net.Addr { return c.client }

// SyscallConn reaches the socket, for those who write to it without waiting.
func (c *rawConn) SyscallConn() (syscall.RawConn, error) {
	if inner, ok := c.Conn.(syscall.Conn); ok {
		return inner.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// smallBuffer keeps media from waiting behind more than a fraction of a second of itself: what the client does not
// take is better dropped before it. The kernel doubles it.
const smallBuffer = 64 << 10 // bytes

func (c *rawConn) forMedia() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(smallBuffer) // without it the connection works, only later
	}
}

// secureConn is the inside of TLS without ALPN.
type secureConn struct {
	peeked
	tls *tls.Conn
}

// NetConn returns the TLS connection itself.
func (c *secureConn) NetConn() net.Conn { return c.tls }
