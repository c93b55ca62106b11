package port

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// authority is an ACME authority (RFC 8555) for one order at a time, which proves names by TLS-ALPN-01 (RFC 8737)
// and believes every signature.
type authority struct {
	*httptest.Server
	t      *testing.T
	key    *ecdsa.PrivateKey
	port   string // where names are looked for
	nonces atomic.Int64
	name   string
	proved bool
	issued []byte // PEM
	orders atomic.Int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t: t, key: key}
	a.Server = httptest.NewTLSServer(a)
	t.Cleanup(func() { a.Client().CloseIdleConnections(); a.Close() })
	return a
}

// ServeHTTP answers each resource of an order.
func (a *authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Replay-Nonce", strconv.FormatInt(a.nonces.Add(1), 10))
	w.Header().Set("Content-Type", "application/json")
	answer := func(status int, body any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	order := func() map[string]any {
		status := "pending"
		if a.proved {
			status = "ready"
		}
		if a.issued != nil {
			status = "valid"
		}
		return map[string]any{
			"status": status, "identifiers": []any{map[string]string{"type": "dns", "value": a.name}},
			"authorizations": []string{a.URL + "/authorization"}, "finalize": a.URL + "/finalize", "certificate": a.URL + "/certificate",
		}
	}
	authorization := func() map[string]any {
		status := map[bool]string{false: "pending", true: "valid"}[a.proved]
		return map[string]any{
			"status": status, "identifier": map[string]string{"type": "dns", "value": a.name},
			"challenges": []any{map[string]string{"type": "tls-alpn-01", "url": a.URL + "/challenge", "token": "token", "status": status}},
		}
	}
	switch r.URL.Path {
	case "/directory":
		answer(http.StatusOK, map[string]string{"newNonce": a.URL + "/nonce", "newAccount": a.URL + "/account", "newOrder": a.URL + "/order"})
	case "/nonce":
	case "/account":
		w.Header().Set("Location", a.URL+"/account")
		answer(http.StatusCreated, map[string]string{"status": "valid"})
	case "/order":
		var asked struct{ Identifiers []struct{ Value string } }
		a.payload(r, &asked)
		if len(asked.Identifiers) == 1 {
			a.name, a.proved, a.issued = asked.Identifiers[0].Value, false, nil
			a.orders.Add(1)
		}
		w.Header().Set("Location", a.URL+"/order/1")
		answer(http.StatusCreated, order())
	case "/order/1":
		w.Header().Set("Location", a.URL+"/order/1")
		answer(http.StatusOK, order())
	case "/authorization":
		answer(http.StatusOK, authorization())
	case "/challenge":
		a.prove()
		answer(http.StatusOK, map[string]string{"type": "tls-alpn-01", "url": a.URL + "/challenge", "token": "token", "status": "processing"})
	case "/finalize":
		a.issue(r)
		w.Header().Set("Location", a.URL+"/order/1")
		answer(http.StatusOK, order())
	case "/certificate":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		w.Write(a.issued)
	}
}

// payload reads what a request carries inside its signature.
func (a *authority) payload(r *http.Request, into any) {
	var signed struct{ Payload string }
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, &signed)
	}
	raw, decodeErr := base64.RawURLEncoding.DecodeString(signed.Payload)
	if err != nil || decodeErr != nil || json.Unmarshal(raw, into) != nil {
		a.t.Errorf("%s carries %q", r.URL.Path, text)
	}
}

// prove looks for the name at the port, as RFC 8737, 3 says.
func (a *authority) prove() {
	conn, err := tls.Dial("tcp", a.port, &tls.Config{InsecureSkipVerify: true, ServerName: a.name, NextProtos: []string{"acme-tls/1"}}) //nolint:gosec // self-signed by definition
	if err != nil {
		a.t.Errorf("the name is not proved: %v", err)
		return
	}
	defer conn.Close()
	state := conn.ConnectionState()
	a.proved = state.NegotiatedProtocol == "acme-tls/1" && slices.ContainsFunc(state.PeerCertificates[0].Extensions, func(e pkix.Extension) bool {
		return e.Id.String() == "1.3.6.1.5.5.7.1.31"
	})
}

func (a *authority) issue(r *http.Request) {
	var asked struct{ CSR string }
	a.payload(r, &asked)
	der, err := base64.RawURLEncoding.DecodeString(asked.CSR)
	if err != nil {
		a.t.Error(err)
	}
	request, err := x509.ParseCertificateRequest(der)
	if err != nil {
		a.t.Error(err)
		return
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour), DNSNames: request.DNSNames,
	}
	issuer := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}}
	if der, err = x509.CreateCertificate(rand.Reader, template, issuer, request.PublicKey, a.key); err != nil {
		a.t.Error(err)
	}
	a.issued = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestACertificateComesFromAnACMEAuthorityThroughThePortItself(t *testing.T) {
	a := newAuthority(t)
	cfg := TLSConfig{ACMEHosts: []string{"chat.example"}, ACMEDirectory: a.URL + "/directory", ACMECache: t.TempDir()}
	for range 2 { // a restart finds it in the folder
		certificates := cfg.openACME(a.Client().Transport, slog.New(slog.DiscardHandler))
		f := start(t, DefaultConfig(), Deps{TLS: certificates.TLS()}, HTTP)
		a.port = f.Addr().String()
		shake := func(name string) (*x509.Certificate, error) {
			client := tls.Client(f.dial(t), &tls.Config{InsecureSkipVerify: true, ServerName: name}) //nolint:gosec // the authority is nobody's
			if err := client.HandshakeContext(t.Context()); err != nil {
				return nil, err
			}
			return client.ConnectionState().PeerCertificates[0], nil
		}
		if _, err := shake("chat.example"); err == nil {
			t.Error("a handshake waits for the authority")
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- certificates.Run(ctx) }()
		var leaf *x509.Certificate
		eventually(t, "a certificate", func() bool {
			var err error
			leaf, err = shake("chat.example")
			return err == nil
		})
		if leaf.Issuer.CommonName != "authority" || leaf.DNSNames[0] != "chat.example" {
			t.Errorf("got a certificate for %q by %q", leaf.DNSNames, leaf.Issuer.CommonName)
		}
		if _, err := shake("other.example"); err == nil {
			t.Error("another's name is served")
		}
		cancel()
		<-ended
	}
	if a.orders.Load() != 1 {
		t.Errorf("%d orders, want 1", a.orders.Load())
	}
}

func TestAnAuthorityThatRefusesIsAskedAgainLater(t *testing.T) {
	asked := make(chan struct{}, 16)
	refusing := transport(func(*http.Request) (*http.Response, error) {
		asked <- struct{}{}
		return nil, errors.New("closed")
	})
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		certificates := TLSConfig{ACMEHosts: []string{"chat.example"}, ACMECache: t.TempDir()}.openACME(refusing, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- certificates.Run(ctx) }()
		time.Sleep(firstPause + 2*firstPause + time.Second)
		synctest.Wait()
		if n := len(asked); n != 3 || strings.Count(log.String(), "no certificate from the ACME authority") != 3 {
			t.Errorf("asked %d times\n%s", n, log.String())
		}
		cancel()
		<-ended
		time.Sleep(time.Hour) // what autocert has set to forget its failures
	})
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
