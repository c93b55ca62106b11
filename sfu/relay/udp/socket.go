package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// Batch is the number of packets that one system call takes or sends at most.
	Batch = 32
	// PacketSize is the longest packet in bytes: an Ethernet frame's and some.
	// Longer ones are cut by the kernel and dropped here.
	PacketSize = 1600
	// PollInterval is how long Receive waits for a packet.
	PollInterval = 20 * time.Millisecond

	kernelBuffer = 4 << 20 // asked for, bytes; the kernel gives what it is allowed to
)

// Counters of a socket since it was opened. Calls, packets.
type Counters struct {
	ReceiveCalls, Received uint64
	SendCalls, Sent        uint64
	Messages               uint64 // sent; with GSO fewer than Sent
	SendErrors             uint64 // messages that the kernel refused
	Oversized              uint64 // packets longer than PacketSize, dropped
}

// Plus is the sum of both.
func (c Counters) Plus(d Counters) Counters {
	return Counters{
		ReceiveCalls: c.ReceiveCalls + d.ReceiveCalls, Received: c.Received + d.Received,
		SendCalls: c.SendCalls + d.SendCalls, Sent: c.Sent + d.Sent, Messages: c.Messages + d.Messages,
		SendErrors: c.SendErrors + d.SendErrors, Oversized: c.Oversized + d.Oversized,
	}
}

// Socket is one UDP port. See the package for who may call what.
type Socket struct {
	fd     int
	six    bool
	local  netip.AddrPort
	closed atomic.Bool
	open   sync.RWMutex // held to read while somebody else than the owner uses fd

	in  receiver
	out sender

	counters struct {
		receiveCalls, received, sendCalls, sent, messages, sendErrors, oversized atomic.Uint64
	}
}

// Listen binds local; port 0 lets the kernel choose one.
func Listen(local netip.AddrPort) (*Socket, error) {
	six := local.Addr().Is6() && !local.Addr().Is4In6()
	s, err := listen(local, six)
	if err != nil && six && local.Addr().IsUnspecified() && errors.Is(err, unix.EAFNOSUPPORT) {
		s, err = listen(netip.AddrPortFrom(netip.IPv4Unspecified(), local.Port()), false)
	}
	if err != nil {
		return nil, fmt.Errorf("udp: listen on %s: %w", local, err)
	}
	return s, nil
}

func listen(local netip.AddrPort, six bool) (*Socket, error) {
	family := unix.AF_INET
	if six {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	s := &Socket{fd: fd, six: six}
	if err := s.bind(local); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	s.in.prepare()
	s.out.prepare()
	return s, nil
}

func (s *Socket) bind(local netip.AddrPort) error {
	if s.six {
		if err := unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0); err != nil {
			return err
		}
	}
	for _, option := range []int{unix.SO_RCVBUF, unix.SO_SNDBUF} {
		if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, option, kernelBuffer); err != nil {
			return err
		}
	}
	poll := unix.NsecToTimeval(PollInterval.Nanoseconds())
	if err := unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &poll); err != nil {
		return err
	}
	var at unix.Sockaddr = &unix.SockaddrInet4{Port: int(local.Port()), Addr: four(local.Addr())}
	if s.six {
		at = &unix.SockaddrInet6{Port: int(local.Port()), Addr: local.Addr().As16()}
	}
	if err := unix.Bind(s.fd, at); err != nil {
		return err
	}
	bound, err := unix.Getsockname(s.fd)
	if err != nil {
		return err
	}
	switch b := bound.(type) {
	case *unix.SockaddrInet4:
		s.local = netip.AddrPortFrom(netip.AddrFrom4(b.Addr), uint16(b.Port))
	case *unix.SockaddrInet6:
		s.local = netip.AddrPortFrom(netip.AddrFrom16(b.Addr), uint16(b.Port))
	}
	return nil
}

func four(a netip.Addr) [4]byte {
	if a = a.Unmap(); a.Is4() {
		return a.As4()
	}
	return [4]byte{}
}

// Local is the bound address.
func (s *Socket) Local() netip.AddrPort { return s.local }

// Counters may be called by anybody at any time.
func (s *Socket) Counters() Counters {
	c := &s.counters
	return Counters{
		ReceiveCalls: c.receiveCalls.Load(), Received: c.received.Load(),
		SendCalls: c.sendCalls.Load(), Sent: c.sent.Load(), Messages: c.messages.Load(),
		SendErrors: c.sendErrors.Load(), Oversized: c.oversized.Load(),
	}
}

// WriteTo sends one packet at once.
func (s *Socket) WriteTo(b []byte, to netip.AddrPort) (int, error) {
	s.open.RLock()
	defer s.open.RUnlock()
	if s.closed.Load() {
		return 0, net.ErrClosed
	}
	if !s.six && !to.Addr().Unmap().Is4() {
		return 0, fmt.Errorf("udp: send to %s from an IPv4 socket: %w", to, unix.EAFNOSUPPORT)
	}
	var address Address
	address.set(to, s.six)
	for {
		n, _, errno := unix.Syscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
			unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&address.raw)), uintptr(address.size))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, fmt.Errorf("udp: send: %w", errno)
		}
	}
}

// Close lets the owner's next Receive return net.ErrClosed, within PollInterval, who
// then calls Release. Nothing is sent any more.
func (s *Socket) Close() error {
	s.closed.Store(true)
	return nil
}

// Release closes the descriptor. Only the owner, or a caller who knows that there
// is none, may call it, once.
func (s *Socket) Release() error {
	s.open.Lock()
	defer s.open.Unlock()
	s.closed.Store(true)
	return unix.Close(s.fd)
}

// failed makes an error of a failed call.
func failed(call string, errno syscall.Errno) error { return fmt.Errorf("udp: %s: %w", call, errno) }
