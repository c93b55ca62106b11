package turn

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	beginWithin  = 30 * time.Second // to make an allocation on a connection
	silentFor    = 11 * time.Minute // longer than an allocation lives without a refresh
	writeTimeout = 5 * time.Second  // for a client to take what it is sent
)

// streams are the connections that the server has: pion closes none of them at its end. It is the net.Listener
// that pion accepts from.
type streams struct {
	net.Listener
	metrics *Metrics

	mu     sync.Mutex // guards what follows
	open   map[source]*stream
	closed bool
	ended  sync.WaitGroup
}

func newStreams(inner net.Listener, metrics *Metrics) *streams {
	return &streams{Listener: inner, metrics: metrics, open: make(map[source]*stream)}
}

// Accept implements net.Listener.
func (s *streams) Accept() (net.Conn, error) {
	for {
		conn, err := s.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, ok := sourceOf(conn.RemoteAddr())
		stream := &stream{Conn: conn, from: from, streams: s}
		if !ok || !s.add(stream) {
			_ = conn.Close()
			continue
		}
		_ = conn.SetReadDeadline(time.Now().Add(beginWithin)) // a closed one is told by the read
		return stream, nil
	}
}

func (s *streams) add(stream *stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.open[stream.from] != nil {
		return false
	}
	s.open[stream.from] = stream
	s.ended.Add(1)
	s.metrics.streams.Inc()
	return true
}

// settle lets the connection of an allocation go on for as long as it is used.
func (s *streams) settle(from source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stream := s.open[from]; stream != nil {
		stream.settled.Store(true)
	}
}

// closeAll closes the listener and every connection, and waits for who reads them.
func (s *streams) closeAll() {
	_ = s.Listener.Close()
	s.mu.Lock()
	s.closed = true
	for _, stream := range s.open {
		_ = stream.Conn.Close()
	}
	s.mu.Unlock()
	s.ended.Wait()
}

// stream is one client's TCP or TLS connection.
type stream struct {
	net.Conn
	streams *streams
	from    source
	settled atomic.Bool
	once    sync.Once
}

// Read waits for as long as the client may be silent.
func (c *stream) Read(p []byte) (int, error) {
	if c.settled.Load() {
		_ = c.SetReadDeadline(time.Now().Add(silentFor)) // a closed one is told by the read
	}
	return c.Conn.Read(p)
}

// Write closes a connection that takes nothing: a frame written by half ends the stream anyway.
func (c *stream) Write(p []byte) (int, error) {
	_ = c.SetWriteDeadline(time.Now().Add(writeTimeout)) // a closed one is told by the write
	n, err := c.Conn.Write(p)
	if err != nil {
		_ = c.Conn.Close()
	}
	return n, err
}

// Close is called by the goroutine that reads, at its end.
func (c *stream) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.streams.mu.Lock()
		delete(c.streams.open, c.from)
		c.streams.mu.Unlock()
		c.streams.metrics.streams.Dec()
		c.streams.ended.Done()
	})
	return err
}
