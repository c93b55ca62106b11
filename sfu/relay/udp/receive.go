package udp

import (
	"net"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// message is the kernel's struct mmsghdr.
type message struct {
	header unix.Msghdr
	length uint32
	_      uint32
}

type receiver struct {
	messages [Batch]message
	vectors  [Batch]unix.Iovec
	sources  [Batch]unix.RawSockaddrInet6
	buffers  [Batch][PacketSize]byte
	count    int // packets of the last call
}

func (r *receiver) prepare() {
	for i := range r.messages {
		r.vectors[i].Base = &r.buffers[i][0]
		r.vectors[i].SetLen(PacketSize)
		h := &r.messages[i].header
		h.Iov, h.Iovlen = &r.vectors[i], 1
		h.Name = (*byte)(unsafe.Pointer(&r.sources[i]))
		h.Namelen = unix.SizeofSockaddrInet6
	}
}

// Receive waits for packets and says how many came: none after PollInterval. They
// are valid until the next call. After Close it returns net.ErrClosed.
func (s *Socket) Receive() (int, error) {
	r := &s.in
	for i := range r.count { // the kernel wrote over what it used
		r.messages[i].header.Namelen = unix.SizeofSockaddrInet6
	}
	r.count = 0
	for {
		if s.closed.Load() {
			return 0, net.ErrClosed
		}
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&r.messages)), Batch, unix.MSG_WAITFORONE, 0, 0)
		s.counters.receiveCalls.Add(1)
		switch errno {
		case 0:
			r.count = int(n)
			s.counters.received.Add(uint64(n))
			return r.count, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, failed("recvmmsg", errno)
		}
	}
}

// Packet is the i-th of the last Receive; empty if it was longer than PacketSize.
func (s *Socket) Packet(i int) []byte {
	m := &s.in.messages[i]
	if m.header.Flags&unix.MSG_TRUNC != 0 {
		s.counters.oversized.Add(1)
		return nil
	}
	return s.in.buffers[i][:m.length]
}

// Source is where the i-th packet came from.
func (s *Socket) Source(i int) netip.AddrPort { return addrPort(&s.in.sources[i]) }

// SourceKey is Source in the form for look-ups.
func (s *Socket) SourceKey(i int) Key { return keyOf(&s.in.sources[i]) }
