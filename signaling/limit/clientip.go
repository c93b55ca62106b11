package limit

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// maxHops bounds how much of a forwarding header is looked at.
const maxHops = 32

// Proxies are the address ranges of reverse proxies whose forwarding headers are believed.
type Proxies []netip.Prefix

// Contains reports whether addr is a trusted proxy.
func (p Proxies) Contains(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// ClientIP returns the address of the client that made r: the peer of the
// socket or, when that is a trusted proxy, the rightmost address in
// X-Forwarded-For that is not one. A header from an untrusted peer is never read, and anything malformed
// stops the walk at the last address that is certain. IPv4-mapped IPv6 is unmapped and zones are dropped.
// The zero Addr is returned only when r.RemoteAddr is no address.
func (p Proxies) ClientIP(r *http.Request) netip.Addr {
	peer := ParseAddr(r.RemoteAddr)
	if !peer.IsValid() || !p.Contains(peer) {
		return peer
	}
	client := peer
	hops := 0
	values := r.Header.Values("X-Forwarded-For")
	for i := len(values) - 1; i >= 0; i-- {
		rest := values[i]
		for rest != "" {
			if hops++; hops > maxHops {
				return client
			}
			var last string
			if comma := strings.LastIndexByte(rest, ','); comma >= 0 {
				rest, last = rest[:comma], rest[comma+1:]
			} else {
				rest, last = "", rest
			}
			hop := ParseAddr(strings.TrimSpace(last))
			if !hop.IsValid() {
				return client
			}
			client = hop
			if !p.Contains(hop) {
				return client
			}
		}
	}
	return client
}

// ParseAddr reads "ip", "ip:port" or "[ip]:port"; the zero Addr means that it is none of these.
func ParseAddr(s string) netip.Addr {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}
