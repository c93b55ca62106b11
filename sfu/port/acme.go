package port

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

var errNoCertificate = errors.New("tls: there is no certificate for this name")

// Pauses between questions to an authority that refuses: it counts failures and shuts out those with many.
const (
	firstPause = 2 * time.Minute
	maxPause   = time.Hour
)

// ordered are certificates from an ACME authority. Only run orders them, so that no handshake waits for the
// authority; autocert renews them in time.
type ordered struct {
	hosts   []string
	manager *autocert.Manager
	log     *slog.Logger

	mu      sync.Mutex // guards what follows
	ready   map[string]bool
	running context.Context //nolint:containedctx // of run, which requests of autocert's renewals end with
}

// openACME speaks with the authority through transport.
func (c TLSConfig) openACME(transport http.RoundTripper, log *slog.Logger) *Certificates {
	o := &ordered{hosts: c.ACMEHosts, log: log, ready: make(map[string]bool), running: context.Background()}
	o.manager = &autocert.Manager{
		Prompt: autocert.AcceptTOS, Email: c.ACMEEmail, HostPolicy: autocert.HostWhitelist(c.ACMEHosts...), Cache: autocert.DirCache(c.ACMECache),
		Client: &acme.Client{DirectoryURL: c.ACMEDirectory, HTTPClient: &http.Client{Transport: ending{transport, o}}},
	}
	return &Certificates{run: o.run, config: &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: o.get, NextProtos: []string{acme.ALPNProto},
	}}
}

// run orders what there is none of, and asks again later for what was refused. Its end may wait for the pause
// between two of autocert's looks at an order, ten seconds.
func (o *ordered) run(ctx context.Context) error {
	o.mu.Lock()
	o.running = ctx
	o.mu.Unlock()
	missing, pause := slices.Clone(o.hosts), firstPause
	for {
		missing = slices.DeleteFunc(missing, o.order)
		var again <-chan time.Time
		if len(missing) > 0 {
			again = time.After(pause)
			pause = min(2*pause, maxPause)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again:
		}
	}
}

// order gets a certificate from the folder or the authority.
func (o *ordered) order(host string) bool {
	if _, err := o.manager.GetCertificate(modern(host)); err != nil {
		o.log.Warn("no certificate from the ACME authority", "host", host, "err", err)
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ready[host] = true
	return true
}

// get answers the authority's challenge, and everybody else when the certificate is there.
func (o *ordered) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if slices.Contains(hello.SupportedProtos, acme.ALPNProto) {
		return o.manager.GetCertificate(hello)
	}
	host := strings.ToLower(hello.ServerName)
	o.mu.Lock()
	ready := o.ready[host]
	o.mu.Unlock()
	if !ready {
		return nil, errNoCertificate
	}
	return o.manager.GetCertificate(modern(host))
}

// modern is the greeting of a client that knows ECDSA, as all browsers do: there is one certificate for a name.
func modern(host string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{ServerName: host, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}
}

// ending ends requests to the authority with run.
type ending struct {
	http.RoundTripper
	certificates *ordered
}

// RoundTrip implements http.RoundTripper.
func (e ending) RoundTrip(r *http.Request) (*http.Response, error) {
	e.certificates.mu.Lock()
	running := e.certificates.running
	e.certificates.mu.Unlock()
	if err := running.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(r.Context())
	context.AfterFunc(running, cancel)
	return e.RoundTripper.RoundTrip(r.WithContext(ctx))
}
