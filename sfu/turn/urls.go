package turn

import (
	"net"
	"strconv"
)

// URLs are what browsers get for this node (RFC 7064, RFC 7065), in the order of preference. udp is the port of the UDP socket, 0 without
// one; public the port that serves TCP; secure says that it has a certificate.
func (c Config) URLs(udp, public int, secure bool) []string {
	if len(c.PublicIP) == 0 {
		return nil
	}
	hosts := []string{c.Host}
	if c.Host == "" {
		hosts = hosts[:0]
		for _, ip := range c.PublicIP {
			hosts = append(hosts, ip.String())
		}
	}
	// As a rule no certificate is for an address. A port that is named says that TLS ends before this node.
	secure = (secure && c.Host != "") || c.TLSPort > 0
	var urls []string
	for _, host := range hosts {
		if p := advertised(c.UDPPort, udp); p > 0 {
			urls = append(urls, "stun:"+joined(host, p), "turn:"+joined(host, p)+"?transport=udp")
		}
		if p := advertised(c.TCPPort, public); p > 0 {
			urls = append(urls, "turn:"+joined(host, p)+"?transport=tcp")
		}
		if p := advertised(c.TLSPort, public); p > 0 && secure {
			urls = append(urls, "turns:"+joined(host, p)+"?transport=tcp")
		}
	}
	return urls
}

// advertised is the port to tell: the configured one, or the listening one for 0, or none for -1.
func advertised(configured, listening int) int {
	if configured == 0 {
		return listening
	}
	return configured
}

func joined(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
