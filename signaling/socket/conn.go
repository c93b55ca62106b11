package socket

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrSlow is returned by writes to a peer that does not read: its queue is full or made no progress.
var ErrSlow = errors.New("socket: peer reads too slowly")

const (
	maxQueued    = 256 << 10        // bytes waiting for one peer
	flushTimeout = 10 * time.Second // without any progress of a queue
)

// asyncConn is a TCP connection whose writes can be made non-blocking.
type asyncConn struct {
	net.Conn
	raw     syscall.RawConn
	release func() // called once: at close or when it became a websocket
	async   atomic.Bool

	mu       sync.Mutex // guards what follows
	queue    []byte     // written by flush; nil while the kernel keeps up
	flushing bool
	err      error
	released bool
	flushes  sync.WaitGroup
}

func newAsyncConn(c net.Conn, release func()) *asyncConn {
	conn := &asyncConn{Conn: c, release: release}
	if sc, ok := c.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			conn.raw = raw
		}
	}
	return conn
}

// detach switches to non-blocking writes, for the rest of the connection's life.
func (c *asyncConn) detach() {
	c.free()
	if c.raw != nil {
		c.async.Store(true)
	}
}

func (c *asyncConn) free() {
	c.mu.Lock()
	first := !c.released
	c.released = true
	c.mu.Unlock()
	if first && c.release != nil {
		c.release()
	}
}

// Write never blocks once detached: it returns len(p) when p is in the kernel or in the queue.
func (c *asyncConn) Write(p []byte) (int, error) {
	if !c.async.Load() {
		return c.Conn.Write(p)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	written := 0
	if len(c.queue) == 0 && !c.flushing {
		n, err := c.writeNow(p)
		if err != nil {
			c.err = err
			return n, err
		}
		written = n
	}
	if written == len(p) {
		return len(p), nil
	}
	rest := p[written:]
	if len(c.queue)+len(rest) > maxQueued {
		c.err = ErrSlow
		_ = c.Conn.Close() // wakes the reader and the flusher; the peer reads nothing anyway
		return written, ErrSlow
	}
	c.queue = append(c.queue, rest...)
	if !c.flushing {
		c.flushing = true
		c.flushes.Go(c.flush)
	}
	return len(p), nil
}

// writeNow offers p to the kernel once. It returns how much was taken, 0 when the send buffer is full.
func (c *asyncConn) writeNow(p []byte) (n int, err error) {
	attempt := func(fd uintptr) bool {
		for {
			n, err = syscall.Write(int(fd), p)
			if err != syscall.EINTR {
				return true
			}
		}
	}
	if rawErr := c.raw.Write(attempt); rawErr != nil {
		return 0, rawErr
	}
	if err == syscall.EAGAIN {
		return 0, nil
	}
	if err != nil {
		return max(n, 0), os.NewSyscallError("write", err)
	}
	return n, nil
}

// flush writes the queue until it is empty or the peer makes no progress.
func (c *asyncConn) flush() {
	for {
		c.mu.Lock()
		chunk := c.queue
		c.queue = nil
		if len(chunk) == 0 || c.err != nil {
			c.flushing = false
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		_ = c.Conn.SetWriteDeadline(time.Now().Add(flushTimeout))
		if _, err := c.Conn.Write(chunk); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				err = ErrSlow
			}
			c.mu.Lock()
			c.err = err
			c.flushing = false
			c.queue = nil
			c.mu.Unlock()
			_ = c.Conn.Close()
			return
		}
	}
}

// SetWriteDeadline does nothing once writes do not block.
func (c *asyncConn) SetWriteDeadline(t time.Time) error {
	if c.async.Load() {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

// Close closes at once and waits for the flusher, which the close wakes.
func (c *asyncConn) Close() error {
	c.free()
	err := c.Conn.Close()
	c.flushes.Wait()
	return err
}

// slow reports whether the connection failed because the peer did not read.
func (c *asyncConn) slow() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Is(c.err, ErrSlow)
}
