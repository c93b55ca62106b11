package udp

import (
	"encoding/binary"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const controlSize = 24 // CmsgSpace of two bytes, on 64 bits

// sender gathers packets until Flush. Neighbours for one address and of one length
// share a message, which the kernel or the card cuts up again (UDP GSO); the last
// of them may be shorter.
type sender struct {
	messages [Batch]message
	vectors  [Batch]unix.Iovec
	controls [Batch][controlSize]byte
	buffers  [Batch][PacketSize]byte
	count    int // messages
	packets  int

	last    *Address // of the newest message
	segment int      // its packets' length
	shut    bool     // it has its shorter packet

	noSegments bool // GSO was refused
	noBatches  bool // sendmmsg was refused

	// send is sendmmsg; tests replace it to refuse what a kernel may.
	send func(fd int, messages []message) (int, syscall.Errno)
}

func (w *sender) prepare() {
	for i := range w.vectors {
		w.vectors[i].Base = &w.buffers[i][0]
	}
	w.send = sendmmsg
}

// Next is an empty buffer, with room for PacketSize bytes, for the next packet. Fill
// it and call Queue, or leave it.
func (s *Socket) Next() []byte {
	if s.out.packets == Batch {
		s.Flush()
	}
	return s.out.buffers[s.out.packets][:0]
}

// Queue adds the first n bytes of the last Next's buffer for to.
func (s *Socket) Queue(n int, to *Address) {
	w := &s.out
	vector := &w.vectors[w.packets]
	vector.SetLen(n)
	if w.last == to && !w.shut && !w.noSegments && n > 0 && n <= w.segment {
		m := &w.messages[w.count-1].header
		m.Iovlen++
		w.cutInto(w.count-1, w.segment)
		w.shut = n < w.segment
	} else {
		w.messages[w.count].header = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&to.raw)), Namelen: to.size, Iov: vector, Iovlen: 1}
		w.count++
		w.last, w.segment, w.shut = to, n, false
	}
	w.packets++
}

// cutInto asks for the i-th message to be sent as packets of segment bytes.
func (w *sender) cutInto(i, segment int) {
	m := &w.messages[i].header
	if m.Control != nil {
		return
	}
	c := &w.controls[i]
	h := (*unix.Cmsghdr)(unsafe.Pointer(c))
	h.Level, h.Type = unix.IPPROTO_UDP, unix.UDP_SEGMENT
	h.SetLen(unix.CmsgLen(2))
	binary.NativeEndian.PutUint16(c[unix.CmsgLen(0):], uint16(segment))
	m.Control = &c[0]
	m.SetControllen(controlSize)
}

// Flush sends what is queued.
func (s *Socket) Flush() {
	w := &s.out
	if w.count == 0 {
		return
	}
	defer func() { w.count, w.packets, w.last = 0, 0, nil }()
	if s.closed.Load() {
		return
	}
	s.counters.sent.Add(uint64(w.packets))
	s.counters.messages.Add(uint64(w.count))
	s.sendAll(w.messages[:w.count])
}

func (s *Socket) sendAll(messages []message) {
	w := &s.out
	for len(messages) > 0 {
		some := messages
		if w.noBatches {
			some = messages[:1]
		}
		s.counters.sendCalls.Add(1)
		n, errno := w.send(s.fd, some)
		switch {
		case errno == 0 && n > 0:
			messages = messages[n:]
		case errno == unix.EINTR:
		case errno == unix.ENOSYS && !w.noBatches:
			w.noBatches, w.send = true, sendmsg
		case messages[0].header.Control != nil && refusesSegments(errno):
			w.noSegments = w.noSegments || errno != unix.EMSGSIZE
			s.sendApart(&messages[0].header)
			messages = messages[1:]
		case errno == unix.EAGAIN || errno == unix.ENOBUFS: // the kernel's buffer is full
			s.counters.sendErrors.Add(uint64(len(messages)))
			return
		default: // this message cannot be sent; others may
			s.counters.sendErrors.Add(1)
			messages = messages[1:]
		}
	}
}

// refusesSegments tells errors of drivers and kernels without GSO from those of a
// single message: EIO is a card without checksum offload, EMSGSIZE a segment longer
// than the path takes, which apart may be fragmented.
func refusesSegments(errno syscall.Errno) bool {
	switch errno {
	case unix.EIO, unix.EINVAL, unix.EOPNOTSUPP, unix.ENOPROTOOPT, unix.EMSGSIZE:
		return true
	}
	return false
}

// sendApart sends the packets of a message that was refused as a whole.
func (s *Socket) sendApart(m *unix.Msghdr) {
	vectors := unsafe.Slice(m.Iov, m.Iovlen)
	for i := range vectors {
		one := []message{{header: unix.Msghdr{Name: m.Name, Namelen: m.Namelen, Iov: &vectors[i], Iovlen: 1}}}
		s.sendAll(one)
	}
}

func sendmmsg(fd int, messages []message) (int, syscall.Errno) {
	n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&messages[0])), uintptr(len(messages)), unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

func sendmsg(fd int, messages []message) (int, syscall.Errno) {
	_, _, errno := unix.Syscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&messages[0].header)), unix.MSG_DONTWAIT)
	if errno != 0 {
		return 0, errno
	}
	return 1, 0
}
