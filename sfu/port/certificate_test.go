package port

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// served is the name of the certificate in use.
func served(t *testing.T, c *Certificates) string {
	t.Helper()
	certificate, err := c.TLS().GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return leaf.DNSNames[0]
}

func TestACertificateIsReadAgainWhenItsFilesChange(t *testing.T) {
	dir := t.TempDir()
	cfg := certificateFiles(t, dir, "old.example")
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		certificates, err := cfg.Open(slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- certificates.Run(ctx) }()
		pass := func() {
			time.Sleep(2 * reloadInterval)
			synctest.Wait()
		}
		pass()
		if got := served(t, certificates); got != "old.example" || log.Len() > 0 {
			t.Errorf("unchanged files: %s\n%s", got, log.String())
		}
		if err := os.WriteFile(cfg.Cert, []byte("half of it"), 0o600); err != nil {
			t.Fatal(err)
		}
		pass()
		pass()
		if got := served(t, certificates); got != "old.example" || strings.Count(log.String(), "cannot be used") != 1 {
			t.Errorf("a broken file: %s\n%s", got, log.String())
		}
		certificateFiles(t, dir, "new.example")
		pass()
		if got := served(t, certificates); got != "new.example" {
			t.Errorf("a new one: %s\n%s", got, log.String())
		}
		if err := os.Remove(cfg.Key); err != nil {
			t.Fatal(err)
		}
		pass()
		if got := served(t, certificates); got != "new.example" || strings.Count(log.String(), "cannot be used") != 2 {
			t.Errorf("a file that went: %s\n%s", got, log.String())
		}
		cancel()
		<-ended
	})
}

func TestSettingsThatNameNoUsableCertificateAreRefused(t *testing.T) {
	good := certificateFiles(t, t.TempDir(), "chat.example")
	for want, cfg := range map[string]TLSConfig{
		"tls: cert and key are given together": {Cert: good.Cert},
		"tls: certificate: open":               {Cert: filepath.Join(t.TempDir(), "x"), Key: good.Key},
		"tls: certificate " + good.Key:         {Cert: good.Key, Key: good.Cert},
		"exclude one another":                  {Cert: good.Cert, Key: good.Key, ACMEHosts: []string{"chat.example"}},
		"not a host name":                      {ACMEHosts: []string{"https://chat.example"}},
		"not an https URL":                     {ACMEDirectory: "ftp://ca.example"},
	} {
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", cfg, err, want)
		}
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	if none, err := (TLSConfig{}).Open(slog.New(slog.DiscardHandler)); none != nil || err != nil || none.TLS() != nil {
		t.Errorf("nothing configured gives %v, %v", none, err)
	}
}
