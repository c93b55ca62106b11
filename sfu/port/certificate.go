package port

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// TLSConfig is where the certificate comes from: two files, or an ACME authority. Neither means no TLS.
type TLSConfig struct {
	Cert string `help:"PEM file of the certificate chain; with key it makes the public port HTTPS; read again when it changes"`
	Key  string `help:"PEM file of the certificate's private key"`

	ACMEHosts     []string `config:"acme_hosts" help:"names to get certificates for from an ACME authority such as Let's Encrypt, whose terms this accepts; it must reach this port as 443"`
	ACMEEmail     string   `config:"acme_email" help:"where the ACME authority writes to about these certificates"`
	ACMEDirectory string   `config:"acme_directory" help:"URL of the ACME authority; empty: Let's Encrypt"`
	ACMECache     string   `config:"acme_cache" help:"folder of the certificates and the account key, shared by the nodes of a name; empty: acme in data_dir"`
}

// reloadInterval is how often the files are compared with what is in use.
const reloadInterval = 10 * time.Second

// Validate returns every problem, joined. It reads the files.
func (c TLSConfig) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf("tls: "+format, args...)) }
	if (c.Cert == "") != (c.Key == "") {
		bad("cert and key are given together, or neither")
	} else if c.Cert != "" {
		if _, _, err := readPair(c.Cert, c.Key); err != nil {
			bad("%w", err)
		}
	}
	if len(c.ACMEHosts) > 0 && c.Cert != "" {
		bad("cert and acme_hosts exclude one another")
	}
	for _, host := range c.ACMEHosts {
		if !strings.Contains(host, ".") || strings.ContainsAny(host, ":/* ") {
			bad("acme_hosts: %q is not a host name such as chat.example", host)
		}
	}
	if c.ACMEDirectory != "" {
		if u, err := url.Parse(c.ACMEDirectory); err != nil || u.Scheme != "https" || u.Host == "" {
			bad("acme_directory: %q is not an https URL", c.ACMEDirectory)
		}
	}
	return errors.Join(problems...)
}

// Certificates answers TLS handshakes.
type Certificates struct {
	config *tls.Config
	run    func(context.Context) error
}

// Open prepares what cfg names; nil means no TLS. With an ACME authority handshakes fail until Run has got a
// certificate, in this run or an earlier one.
func (c TLSConfig) Open(log *slog.Logger) (*Certificates, error) {
	switch {
	case c.Cert != "":
		f := &files{cert: c.Cert, key: c.Key, log: log}
		if _, err := f.load(); err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		return &Certificates{run: f.run, config: &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: f.get}}, nil
	case len(c.ACMEHosts) > 0:
		return c.openACME(http.DefaultTransport, log), nil
	}
	return nil, nil
}

// TLS is the configuration to serve with; nil on nil.
func (c *Certificates) TLS() *tls.Config {
	if c == nil {
		return nil
	}
	return c.config
}

// Run keeps the certificates current until ctx ends.
func (c *Certificates) Run(ctx context.Context) error { return c.run(ctx) }

// files is a certificate kept in two files.
type files struct {
	cert, key string
	log       *slog.Logger

	current atomic.Pointer[tls.Certificate]
	seen    []byte // both files as last read; of the goroutine that refreshes
	broken  bool   // what was last read could not be used
}

// run takes over changed files. What cannot be used is told once and the old certificate stays.
func (f *files) run(ctx context.Context) error {
	tick := time.NewTicker(reloadInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			f.refresh()
		}
	}
}

func (f *files) get(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.current.Load(), nil }

// load uses what is in the files, if it is new.
func (f *files) load() (changed bool, err error) {
	certificate, text, err := readPair(f.cert, f.key)
	if text != nil {
		if bytes.Equal(text, f.seen) {
			return false, nil
		}
		f.seen = text
	}
	if err != nil {
		return false, err
	}
	f.current.Store(certificate)
	return true, nil
}

func (f *files) refresh() {
	changed, err := f.load()
	switch {
	case err != nil && !f.broken:
		f.log.Warn("the new certificate cannot be used, the old one stays", "err", err)
	case changed:
		f.log.Info("the certificate was read again", "until", f.current.Load().Leaf.NotAfter)
	}
	f.broken = err != nil
}

// readPair reads and parses the two files. text is nil when they could not be read.
func readPair(certFile, keyFile string) (certificate *tls.Certificate, text []byte, err error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate: %w", err)
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, nil, fmt.Errorf("private key: %w", err)
	}
	text = append(append(text, cert...), key...)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, text, fmt.Errorf("certificate %s: %w", certFile, err)
	}
	return &pair, text, nil
}
