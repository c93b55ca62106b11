package port

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/netip"

	"github.com/pires/go-proxyproto"
)

// headerBuffer holds a whole header of version 1, which has to come at once (107 bytes).
const headerBuffer = 256

// readProxyHeader takes a PROXY protocol header (version 1 or 2) off the connection and believes it. A load
// balancer's own connections (LOCAL, UNKNOWN) keep their address.
func (c *rawConn) readProxyHeader() error {
	reader := bufio.NewReaderSize(c.Conn, headerBuffer)
	header, err := proxyproto.Read(reader)
	if err != nil {
		return fmt.Errorf("PROXY header: %w", err)
	}
	if n := reader.Buffered(); n > 0 {
		rest, _ := reader.Peek(n) // what is buffered is there
		c.first = bytes.Clone(rest)
	}
	if source, ok := header.SourceAddr.(*net.TCPAddr); ok && !header.Command.IsLocal() {
		c.client = source
	}
	return nil
}

// behindProxy tells whether the peer of a socket is one that sends PROXY headers.
func (p *Port) behindProxy(peer net.Addr) bool {
	tcp, ok := peer.(*net.TCPAddr)
	if !ok {
		return false
	}
	addr := tcp.AddrPort().Addr().Unmap().WithZone("")
	return containsAddr(p.cfg.ProxyFrom, addr)
}

func containsAddr(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
