package turn

import (
	"net"
	"net/netip"
	"slices"
)

// Peers decides what may be relayed to. It is safe for concurrent use.
type Peers struct {
	allow, deny []netip.Prefix
	internal    []netip.Addr // refused whatever range they are in
	public      []netip.Addr // where relays of this server are
	servers     func() []netip.AddrPort
}

// refused are the ranges of the special-purpose registries (RFC 6890 and its updates) behind which is no peer
// on the internet, and those that carry an IPv4 address inside an IPv6 one, which would be a way around the first.
var refused = prefixes(
	"0.0.0.0/8",      // this network
	"10.0.0.0/8",     // private, RFC 1918
	"100.64.0.0/10",  // shared by CGNAT, RFC 6598
	"127.0.0.0/8",    // loopback
	"169.254.0.0/16", // link-local, and clouds' metadata
	"172.16.0.0/12",  // private
	"192.0.0.0/24",   // protocol assignments
	"192.88.99.0/24", // 6to4 relays
	"192.168.0.0/16", // private
	"198.18.0.0/15",  // benchmarks
	"224.0.0.0/4",    // multicast
	"240.0.0.0/4",    // reserved, and broadcast
	"::/8",           // unspecified, loopback, v4-mapped, v4-compatible, NAT64 (64:ff9b:: is below)
	"64:ff9b::/96",   // NAT64, RFC 6052
	"64:ff9b:1::/48", // local NAT64, RFC 8215
	"100::/64",       // discard
	"2001::/23",      // protocol assignments with Teredo, RFC 2928
	"2002::/16",      // 6to4
	"3fff::/20",      // documentation
	"5f00::/16",      // segment routing
	"fc00::/7",       // unique local
	"fe80::/10",      // link-local
	"fec0::/10",      // site-local
	"ff00::/8",       // multicast
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// NewPeers returns the rules of cfg. internal are further addresses of our own: of this machine, the database, Redis.
func NewPeers(cfg Config, internal []netip.Addr) *Peers {
	p := &Peers{allow: cfg.AllowPeers, deny: cfg.DenyPeers, public: cfg.PublicIP}
	for _, addr := range internal {
		p.internal = append(p.internal, addr.Unmap().WithZone(""))
	}
	return p
}

// Serve lets visitors relay to media servers, wherever they are: to those very ports and nothing else of their
// addresses. servers is asked at each permission and for datagrams that would be refused. Call it before use.
func (p *Peers) Serve(servers func() []netip.AddrPort) { p.servers = servers }

func (p *Peers) server(is func(netip.AddrPort) bool) bool {
	return p.servers != nil && slices.ContainsFunc(p.servers(), is)
}

// Addr tells whether a permission for addr may be given. IPv4 inside IPv6 is refused whatever is allowed.
func (p *Peers) Addr(addr netip.Addr) bool {
	if !addr.IsValid() || addr.Is4In6() || addr.Zone() != "" {
		return false
	}
	within := func(prefix netip.Prefix) bool { return prefix.Contains(addr) }
	if slices.ContainsFunc(p.allow, within) || slices.Contains(p.public, addr) || p.usual(addr) {
		return true
	}
	return p.server(func(server netip.AddrPort) bool { return server.Addr() == addr })
}

// usual tells whether addr is one of the internet that is not ours.
func (p *Peers) usual(addr netip.Addr) bool {
	within := func(prefix netip.Prefix) bool { return prefix.Contains(addr) }
	return !slices.Contains(p.internal, addr) && !slices.ContainsFunc(p.deny, within) && !slices.ContainsFunc(refused, within)
}

// Datagram tells whether a datagram may be sent to peer. isRelay says that a relay of this server is there: nothing
// else is reached at our own public address, unless that is allowed as a whole.
func (p *Peers) Datagram(peer netip.AddrPort, isRelay bool) bool {
	if !p.Addr(peer.Addr()) || peer.Port() == 0 {
		return false
	}
	within := func(prefix netip.Prefix) bool { return prefix.Contains(peer.Addr()) }
	if isRelay || slices.ContainsFunc(p.allow, within) || p.usual(peer.Addr()) && !slices.Contains(p.public, peer.Addr()) {
		return true
	}
	return p.server(func(server netip.AddrPort) bool { return server == peer })
}

// Reachable tells whether addr is one that the internet can reach.
func Reachable(addr netip.Addr) bool { return (&Peers{}).Addr(addr) }

// MachineAddrs are the addresses of this machine's interfaces.
func MachineAddrs() ([]netip.Addr, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, a := range list {
		if network, ok := a.(*net.IPNet); ok {
			if addr, ok := netip.AddrFromSlice(network.IP); ok {
				addrs = append(addrs, addr.Unmap())
			}
		}
	}
	return addrs, nil
}
