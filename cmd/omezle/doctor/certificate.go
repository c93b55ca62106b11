package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// soon is when a certificate should have been renewed: Let's Encrypt's live for 90 days and are renewed at 30.
const soon = 14 * 24 * time.Hour

// Chain judges a certificate for a name. No roots: the machine's own.
func Chain(a *Area, subject, name string, chain []*x509.Certificate, roots *x509.CertPool, now time.Time) (good bool) {
	if len(chain) == 0 {
		a.Fail(subject, "there is no certificate", "set tls.cert and tls.key, or tls.acme_hosts")
		return false
	}
	leaf, between := chain[0], x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Intermediates: between, Roots: roots, CurrentTime: now})
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	left := leaf.NotAfter.Sub(now)
	switch {
	case left < 0:
		a.Fail(subject, fmt.Sprintf("it expired %s ago: browsers refuse the page", short(-left)), "renew it; a node reads changed files by itself within seconds")
	case now.Before(leaf.NotBefore):
		a.Fail(subject, "it is not valid yet, until "+leaf.NotBefore.Format(time.RFC3339), "set this machine's clock, or wait")
	case errors.As(err, &host):
		a.Fail(subject, fmt.Sprintf("it is not for %s, but for %s", name, names(leaf)), "get one for this name, or use the name it is for")
	case errors.As(err, &unknown):
		a.Fail(subject, "nobody this machine trusts has signed it, or a certificate between is missing", "put the whole chain into tls.cert (fullchain.pem), the node's own first")
	case err != nil:
		a.Fail(subject, err.Error(), "get another one")
	case left < soon:
		a.Warn(subject, "it expires in "+short(left), "see why it is not renewed: certbot renew --dry-run, or the node's log with tls.acme_hosts")
	default:
		a.OK(subject, "for %s, valid for another %s", names(leaf), short(left))
		return true
	}
	return left >= 0 && err == nil
}

func names(leaf *x509.Certificate) string {
	all := leaf.DNSNames
	for _, ip := range leaf.IPAddresses {
		all = append(all, ip.String())
	}
	switch {
	case len(all) == 0:
		return "no name"
	case len(all) > 3:
		return fmt.Sprintf("%s and %d more", all[0], len(all)-1)
	}
	text := all[0]
	for _, name := range all[1:] {
		text += ", " + name
	}
	return text
}

// CertificateFile judges the certificate in two files, for a name if there is one.
func CertificateFile(r *Report, certFile, keyFile, name string) {
	a := r.Area("certificate")
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		a.Fail("files", err.Error(), "let tls.cert and tls.key name a chain and its key, readable by this user")
		return
	}
	chain := make([]*x509.Certificate, 0, len(pair.Certificate))
	for _, der := range pair.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			a.Fail("files", err.Error(), "remove the certificate of the chain that cannot be read")
			return
		}
		chain = append(chain, c)
	}
	// Who may sign it is judged where it is served: an own authority is right in an own network.
	roots := x509.NewCertPool()
	roots.AddCert(chain[len(chain)-1])
	Chain(a, "files", name, chain, roots, time.Now())
}

// shake shakes hands with a server and returns the chain it shows, whatever it is.
func shake(ctx context.Context, u *url.URL) ([]*x509.Certificate, error) {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, ServerName: u.Hostname(), NextProtos: []string{"http/1.1"}}} //nolint:gosec // it is judged afterwards, in words
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // only looked at
	return conn.(*tls.Conn).ConnectionState().PeerCertificates, nil
}
