package port

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of these tests; none is expected to come near it.
const patience = 30 * time.Second

// script is a connection whose peer says what is in Reader and goes.
type script struct {
	net.Conn
	*bytes.Reader
}

func (s *script) Read(p []byte) (int, error) { return s.Reader.Read(p) }

// fixture is a running Port with a listener for each kind that is asked for.
type fixture struct {
	*Port
	metrics *Metrics
	listen  map[Kind]net.Listener
}

func start(t *testing.T, cfg Config, deps Deps, listening ...Kind) *fixture {
	t.Helper()
	deps.Log, deps.Metrics = slog.New(slog.DiscardHandler), NewMetrics(prometheus.NewRegistry())
	p, err := Listen(t.Context(), "127.0.0.1:0", cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{Port: p, metrics: deps.Metrics, listen: map[Kind]net.Listener{}}
	for _, kind := range listening {
		f.listen[kind] = p.Listener(kind)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return f
}

func (f *fixture) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(t.Context(), "tcp", f.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn
}

func (f *fixture) accept(t *testing.T, kind Kind) net.Conn {
	t.Helper()
	type result struct {
		conn net.Conn
		err  error
	}
	got := make(chan result, 1)
	go func() {
		conn, err := f.listen[kind].Accept()
		got <- result{conn, err}
	}()
	select {
	case r := <-got:
		if r.err != nil {
			t.Fatal(r.err)
		}
		t.Cleanup(func() { r.conn.Close() })
		_ = r.conn.SetReadDeadline(time.Now().Add(patience))
		return r.conn
	case <-time.After(patience):
		f.listen[kind].Close()
		<-got
		t.Fatalf("no connection that speaks %v", kind)
		return nil
	}
}

// closed waits until the other side has closed conn.
func closed(t *testing.T, conn net.Conn) {
	t.Helper()
	if _, err := io.Copy(io.Discard, conn); err != nil && os.IsTimeout(err) {
		t.Fatalf("not closed: %v", err)
	}
}

func (f *fixture) refusals(reason string) float64 {
	return testutil.ToFloat64(f.metrics.refused.WithLabelValues(reason))
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// certificate makes a certificate for a name and returns it as PEM.
func certificate(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{name},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// certificateFiles writes a certificate for name and returns where.
func certificateFiles(t *testing.T, dir, name string) TLSConfig {
	t.Helper()
	cert, key := certificate(t, name)
	cfg := TLSConfig{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	for file, text := range map[string][]byte{cfg.Cert: cert, cfg.Key: key} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cfg
}

func serverTLS(t *testing.T) *tls.Config {
	t.Helper()
	certificates, err := certificateFiles(t, t.TempDir(), "chat.example").Open(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return certificates.TLS()
}

// trusting is a client that takes any certificate.
func trusting(protocols ...string) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, NextProtos: protocols} //nolint:gosec // a test of what comes after
}
