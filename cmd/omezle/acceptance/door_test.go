package acceptance

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// door is a way to a node that can be shut: connections through it break and new ones are refused at once.
type door struct {
	URL string

	to       string
	listener net.Listener
	wait     sync.WaitGroup

	mu      sync.Mutex // guards what follows
	closed  bool
	passing map[net.Conn]struct{}
}

func newDoor(t *testing.T, to string) *door {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{
		URL: "http://" + listener.Addr().String(), to: strings.TrimPrefix(to, "http://"),
		listener: listener, passing: make(map[net.Conn]struct{}),
	}
	d.wait.Go(d.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		d.shut()
		d.wait.Wait()
	})
	return d
}

func (d *door) accept() {
	for {
		conn, err := d.listener.Accept()
		if err != nil {
			return
		}
		d.wait.Go(func() { d.pass(conn) })
	}
}

// pass carries bytes both ways until either side ends.
func (d *door) pass(conn net.Conn) {
	defer d.drop(conn)
	if !d.admit(conn) {
		return
	}
	node, err := net.Dial("tcp", d.to)
	if err != nil {
		return
	}
	defer d.drop(node)
	if !d.admit(node) {
		return
	}
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(conn, node)
		_ = conn.Close()
	}()
	_, _ = io.Copy(node, conn)
	_ = node.Close()
	<-back
}

func (d *door) admit(conn net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.passing[conn] = struct{}{}
	}
	return !d.closed
}

func (d *door) drop(conn net.Conn) {
	_ = conn.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.passing, conn)
}

// shut breaks what passes and lets nobody in.
func (d *door) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for conn := range d.passing {
		_ = conn.Close()
	}
}

// open lets people in again.
func (d *door) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = false
}
