package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"omezle/signaling/redisdb/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Main(m)) }

// tells fails unless a finding of this level about the subject has the words, and returns it.
func (r *Report) tells(t *testing.T, level Level, area, subject, words string) {
	t.Helper()
	for _, f := range r.Findings {
		if f.Area == area && f.Subject == subject && f.Level == level && strings.Contains(f.Text, words) {
			if (level == Warn || level == Fail) && f.Fix == "" {
				t.Errorf("%s %s: nobody is told what to do", area, subject)
			}
			return
		}
	}
	t.Errorf("no %s about %s %s with %q in\n%s", level, area, subject, words, r)
}

// String is the table, for failures.
func (r *Report) String() string {
	var out strings.Builder
	_ = r.Write(&out)
	return out.String()
}

// certificate is self-signed, for names or addresses, until the given time.
func certificate(t *testing.T, until time.Time, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: until.Add(-1000 * time.Hour), NotAfter: until}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots
}
