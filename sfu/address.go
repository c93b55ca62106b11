package sfu

import (
	"fmt"
	"net"
	"net/netip"
)

// Address is where browsers reach a port: an IP address, with a port if that is not the
// one listened on.
type Address struct {
	IP   netip.Addr
	Port uint16 // 0: the one listened on
}

// UnmarshalText reads 203.0.113.7, 203.0.113.7:443, 2001:db8::7 and [2001:db8::7]:443.
func (a *Address) UnmarshalText(text []byte) error {
	if ip, err := netip.ParseAddr(string(text)); err == nil {
		*a = Address{IP: ip.Unmap()}
		return nil
	}
	with, err := netip.ParseAddrPort(string(text))
	if err != nil {
		return fmt.Errorf("%q is neither an IP address nor one with a port", text)
	}
	*a = Address{with.Addr().Unmap(), with.Port()}
	return nil
}

// MarshalText is what UnmarshalText reads.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// String is the text of MarshalText.
func (a Address) String() string {
	if a.Port == 0 {
		return a.IP.String()
	}
	return a.at(0).String()
}

// at is the address with a port, listen's if it has none of its own.
func (a Address) at(listen uint16) netip.AddrPort {
	if a.Port != 0 {
		listen = a.Port
	}
	return netip.AddrPortFrom(a.IP.Unmap(), listen)
}

func (a Address) reachable() bool {
	return a.IP.IsValid() && !a.IP.IsUnspecified() && !a.IP.IsMulticast() && a.IP.Zone() == ""
}

// parseListen reads IP:PORT or :PORT, which is all addresses of both families.
func parseListen(text string) (netip.AddrPort, error) {
	if len(text) > 0 && text[0] == ':' {
		text = "[::]" + text
	}
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is not IP:PORT or :PORT", text)
	}
	return a, nil
}

// interfaceAddresses are those of this machine that at stands for: itself, or if it is
// unspecified all that others can reach, or loopback if there is nothing else.
func interfaceAddresses(at netip.Addr) ([]Address, error) {
	if !at.IsUnspecified() {
		return []Address{{IP: at.Unmap()}}, nil
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("sfu: interfaces: %w", err)
	}
	var found, loopback []Address
	for _, a := range all {
		network, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(network.IP)
		if ip = ip.Unmap(); !ok || ip.IsLinkLocalUnicast() || ip.Is6() && at.Is4() {
			continue
		}
		if ip.IsLoopback() {
			loopback = append(loopback, Address{IP: ip})
		} else {
			found = append(found, Address{IP: ip})
		}
	}
	if len(found) == 0 {
		return loopback, nil
	}
	return found, nil
}
