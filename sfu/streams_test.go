package sfu

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

func TestKernelHoldsLittleOfAStream(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &streams{Listener: inner, open: map[*stream]struct{}{}}
	client, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := s.Accept()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := conn.(*stream).Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	if e := raw.Control(func(fd uintptr) { held, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT) }); e != nil || err != nil {
		t.Fatal(e, err)
	}
	if held != unsent {
		t.Errorf("%d bytes", held)
	}
	// STUN to a peer who takes nothing is dropped, and nobody waits.
	for range 100_000 {
		if _, err := conn.Write(framed(make([]byte, 100))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := conn.Write(framed([]byte{0x80, 0, 0})); err == nil {
		t.Error("media went to a closed stream")
	}
}
