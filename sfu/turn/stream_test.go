package turn

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// pipes is a listener whose connections are pipes, so that their deadlines go by the test's clock.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return nil }

type pipe struct {
	net.Conn
	port int
}

func (p pipe) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: p.port} }

// accept gives the server's and the client's end of a new connection.
func (p pipes) accept(t *testing.T, s *streams, port int) (server, client net.Conn) {
	t.Helper()
	client, inner := net.Pipe()
	go func() { p <- pipe{inner, port} }()
	server, err := s.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

func TestAConnectionThatBeginsNothingIsClosedAndOneInUseMayBeSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := make(pipes)
		s := newStreams(listener, NewMetrics(prometheus.NewRegistry()))
		idle, idleClient := listener.accept(t, s, 1)
		used, usedClient := listener.accept(t, s, 2)
		defer idleClient.Close()
		defer usedClient.Close()
		began, buffer := time.Now(), make([]byte, 1)

		from, _ := sourceOf(used.RemoteAddr())
		s.settle(from)
		heard := make(chan time.Duration, 1)
		go func() {
			_, err := io.ReadFull(used, buffer)
			if err != nil {
				t.Error(err)
			}
			_, _ = used.Read(buffer)
			heard <- time.Since(began)
		}()
		go func() {
			time.Sleep(beginWithin / 2)
			_, _ = idleClient.Write([]byte("x")) // to say something is not enough
		}()
		go func() {
			time.Sleep(10 * time.Minute)
			_, _ = usedClient.Write([]byte("x"))
		}()
		for {
			if _, err := idle.Read(make([]byte, 1)); err != nil {
				break
			}
		}
		if waited := time.Since(began); waited != beginWithin {
			t.Errorf("a connection without an allocation was left for %v, want %v", waited, beginWithin)
		}
		if waited := <-heard; waited != 10*time.Minute+silentFor {
			t.Errorf("one with an allocation was left for %v, want %v after its last word", waited, silentFor)
		}
		idle.Close()
		used.Close()
		s.closeAll() // returns, since both have been closed
	})
}

func TestAConnectionThatTakesNothingIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := make(pipes)
		s := newStreams(listener, NewMetrics(prometheus.NewRegistry()))
		server, client := listener.accept(t, s, 1)
		began := time.Now()
		if _, err := server.Write([]byte("nobody reads this")); err == nil || time.Since(began) != writeTimeout {
			t.Errorf("got %v after %v, want an error after %v", err, time.Since(began), writeTimeout)
		}
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("its client sees %v, want the end", err)
		}
		server.Close()
		s.closeAll()
		late, lateClient := net.Pipe()
		defer lateClient.Close()
		go func() { listener <- pipe{late, 2}; close(listener) }()
		if _, err := s.Accept(); err == nil {
			t.Error("a connection was taken after the end")
		}
	})
}
