package doctor

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"omezle/signaling/protocol"
)

// Site is the service as visitors reach it. Ask comes before Media.
type Site struct {
	URL   string         // https://chat.example
	Roots *x509.CertPool // nil: those of this machine

	url    *url.URL
	client *http.Client
	config *tls.Config
}

// Ask looks at the page, its certificate and headers, its websocket, and at who stands between. It returns what the service
// tells about itself, or nil.
func (s *Site) Ask(ctx context.Context, r *Report) *protocol.Preflight {
	a := r.Area("site")
	var err error
	if s.url, err = url.Parse(s.URL); err != nil || (s.url.Scheme != "https" && s.url.Scheme != "http") || s.url.Host == "" {
		a.Fail("url", fmt.Sprintf("%q is no address of a site", s.URL), "write it as https://chat.example")
		return nil
	}
	s.url = &url.URL{Scheme: s.url.Scheme, Host: s.url.Host}
	addrs, ok := s.resolve(ctx, a)
	if !ok {
		return nil
	}
	trusted := s.certificate(ctx, a)
	s.config = &tls.Config{RootCAs: s.Roots, InsecureSkipVerify: !trusted} //nolint:gosec // told already; the rest is looked at all the same
	s.client = newClient(s.config)
	defer s.client.CloseIdleConnections()
	if !s.page(ctx, a) {
		return nil
	}
	s.sockets(ctx, a)
	return s.way(ctx, a, addrs)
}

func (s *Site) resolve(ctx context.Context, a *Area) ([]netip.Addr, bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", s.url.Hostname())
	if err != nil {
		a.Fail("name", err.Error(), "let the DNS have an A or AAAA record of it")
		return nil, false
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	if _, err := netip.ParseAddr(s.url.Hostname()); err != nil {
		a.OK("name", "%s is %s", s.url.Hostname(), joined(addrs))
	}
	return addrs, true
}

func joined(addrs []netip.Addr) string {
	var texts []string
	for _, addr := range addrs {
		texts = append(texts, addr.String())
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), ", ")
}

// certificate tells whether TLS can be trusted.
func (s *Site) certificate(ctx context.Context, a *Area) bool {
	if s.url.Scheme == "http" {
		if ip, err := netip.ParseAddr(s.url.Hostname()); s.url.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()) {
			a.Fail("certificate", "the page comes without TLS: browsers give it neither camera nor microphone", "set tls.cert and tls.key, or tls.acme_hosts, or let a proxy end TLS, and give --url with https")
		}
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	chain, err := shake(ctx, s.url)
	if err != nil {
		a.Fail("certificate", err.Error(), "see that the node runs, that the firewall lets 443/tcp in, and that tls.cert or tls.acme_hosts is set where TLS ends")
		return false
	}
	return Chain(a, "certificate", s.url.Hostname(), chain, s.Roots, time.Now())
}

// header is one that every page has, and what it is against.
var header = []struct{ name, has, against string }{
	{"Content-Security-Policy", "default-src 'self'", "scripts of others"},
	{"X-Content-Type-Options", "nosniff", "files taken for scripts"},
	{"Referrer-Policy", "", "telling other sites where one comes from"},
	{"Permissions-Policy", "camera=(self)", "frames that use the camera"},
}

func (s *Site) page(ctx context.Context, a *Area) bool {
	begin := time.Now()
	status, body, got, err := get(ctx, s.client, s.url.String()+"/")
	switch {
	case err != nil:
		a.Fail("page", err.Error(), "see that the node runs and that the firewall and any proxy let this port through")
		return false
	case status >= 300 && status < 400:
		a.Fail("page", fmt.Sprintf("it sends visitors on to %s", got.Get("Location")), "give --url with the address that visitors end at, or take the redirect out")
		return false
	case status == http.StatusServiceUnavailable && bytes.Contains(body, []byte("not built")):
		a.Fail("page", "the client is not in the binary", "build it with: make build")
	case status != http.StatusOK || !bytes.Contains(body, []byte(`id="root"`)):
		a.Fail("page", fmt.Sprintf("something else answers (status %d, Server: %q)", status, got.Get("Server")), "let the proxy pass / to a node with the role signaling")
		return false
	default:
		a.OK("page", "in %s", short(time.Since(begin)))
	}
	var missing []string
	for _, h := range header {
		if value := got.Get(h.name); value == "" || !strings.Contains(value, h.has) {
			missing = append(missing, h.name+" (against "+h.against+")")
		}
	}
	if len(missing) > 0 {
		a.Warn("headers", "missing or changed: "+strings.Join(missing, ", "), "let the proxy pass the node's headers on as they are")
	} else {
		a.OK("headers", "the page is protected by the %d that belong to it", len(header))
	}
	s.strict(a, got)
	return s.api(ctx, a)
}

// strict looks for Strict-Transport-Security (RFC 6797).
func (s *Site) strict(a *Area, got http.Header) {
	switch {
	case s.url.Scheme != "https":
	case got.Get("Strict-Transport-Security") == "":
		a.Warn("hsts", "the page does not ask browsers to come back by HTTPS only", `where TLS ends at a proxy, the proxy adds it: Strict-Transport-Security "max-age=31536000"`)
	default:
		a.OK("hsts", "%s", got.Get("Strict-Transport-Security"))
	}
}

func (s *Site) api(ctx context.Context, a *Area) bool {
	status, body, _, err := get(ctx, s.client, s.url.String()+"/api/config")
	var config protocol.PublicConfig
	switch {
	case err != nil:
		a.Fail("api", err.Error(), "let the proxy pass /api/ to the node")
	case status != http.StatusOK || json.Unmarshal(body, &config) != nil || config.Version == "":
		a.Fail("api", fmt.Sprintf("/api/config came as %d and is not ours", status), "let the proxy pass /api/ to the node")
	default:
		a.OK("api", "version %s", config.Version)
		return true
	}
	return false
}
