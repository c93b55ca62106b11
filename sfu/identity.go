package sfu

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
)

// identity is the node's DTLS certificate, made anew at each start.
type identity struct {
	certificate tls.Certificate
	fingerprint string // SHA-256
}

func newIdentity() (*identity, error) {
	certificate, err := selfsign.GenerateSelfSigned()
	if err != nil {
		return nil, fmt.Errorf("sfu: certificate: %w", err)
	}
	parsed, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("sfu: certificate: %w", err)
	}
	digits, err := fingerprint.Fingerprint(parsed, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sfu: fingerprint: %w", err)
	}
	return &identity{certificate, strings.ToUpper(digits)}, nil
}

// errCertificate means that DTLS showed another certificate than the offer named.
var errCertificate = errors.New("sfu: not the certificate of the offer")

var hashes = map[string]crypto.Hash{"sha-256": crypto.SHA256, "sha-384": crypto.SHA384, "sha-512": crypto.SHA512}

// verify says whether a certificate has the fingerprint that an offer named. The hash
// is one of SHA-2: others are refused.
func verify(certificates [][]byte, hash, wanted string) error {
	h, ok := hashes[hash]
	if !ok || len(certificates) == 0 {
		return errCertificate
	}
	parsed, err := x509.ParseCertificate(certificates[0])
	if err != nil {
		return fmt.Errorf("sfu: certificate: %w", err)
	}
	digits, err := fingerprint.Fingerprint(parsed, h)
	if err != nil {
		return fmt.Errorf("sfu: fingerprint: %w", err)
	}
	if !strings.EqualFold(digits, wanted) {
		return errCertificate
	}
	return nil
}
