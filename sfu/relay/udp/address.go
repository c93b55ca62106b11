package udp

import (
	"encoding/binary"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Key identifies an address and port as the kernel shows it: comparable, without
// pointers, cheap to hash.
type Key struct {
	high, low uint64
	port      uint16
}

// Address is an address in the kernel's form for sending. It must not change, nor
// be reused for another address, once something was queued for it.
type Address struct {
	raw  unix.RawSockaddrInet6 // large enough for both families
	size uint32
	key  Key
}

// Key of the address, equal to Source's for packets that come from it.
func (a *Address) Key() Key { return a.key }

// Address makes the kernel's form of a for this socket.
func (s *Socket) Address(a netip.AddrPort) *Address {
	to := &Address{}
	to.set(a, s.six)
	return to
}

func (a *Address) set(to netip.AddrPort, six bool) {
	if six {
		a.raw.Family = unix.AF_INET6
		a.raw.Addr = to.Addr().As16()
		setPort(&a.raw.Port, to.Port())
		a.size = unix.SizeofSockaddrInet6
	} else {
		four := (*unix.RawSockaddrInet4)(unsafe.Pointer(&a.raw))
		four.Family = unix.AF_INET
		four.Addr = to.Addr().Unmap().As4()
		setPort(&four.Port, to.Port())
		a.size = unix.SizeofSockaddrInet4
	}
	a.key = keyOf(&a.raw)
}

func keyOf(raw *unix.RawSockaddrInet6) Key {
	if raw.Family == unix.AF_INET6 {
		return Key{
			high: binary.BigEndian.Uint64(raw.Addr[:8]),
			low:  binary.BigEndian.Uint64(raw.Addr[8:]),
			port: raw.Port,
		}
	}
	four := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
	return Key{low: 0xffff<<32 | uint64(binary.BigEndian.Uint32(four.Addr[:])), port: four.Port}
}

func addrPort(raw *unix.RawSockaddrInet6) netip.AddrPort {
	if raw.Family == unix.AF_INET6 {
		return netip.AddrPortFrom(netip.AddrFrom16(raw.Addr).Unmap(), port(&raw.Port))
	}
	four := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
	return netip.AddrPortFrom(netip.AddrFrom4(four.Addr), port(&four.Port))
}

// setPort stores a port in network order.
func setPort(field *uint16, port uint16) {
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(field))[:], port)
}

func port(field *uint16) uint16 {
	return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(field))[:])
}
