package evidence

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"omezle/models"
)

const (
	keySize    = 32 // AES-256
	sealFormat = 1  // first byte of what is sealed
)

var errUnsealable = errors.New("evidence: cannot be opened: another key, or it was changed")

// newItemKey returns a key that seals one item and nothing else.
func newItemKey() []byte {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	return key
}

// seal encrypts with AES-256-GCM: format, nonce, ciphertext with tag. What is sealed for one item opens for no other.
func seal(key, plain []byte, what string, id models.EvidenceID) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	sealed := make([]byte, 1+gcm.NonceSize(), 1+gcm.NonceSize()+len(plain)+gcm.Overhead())
	sealed[0] = sealFormat
	_, _ = rand.Read(sealed[1:])
	return gcm.Seal(sealed, sealed[1:], plain, associated(what, id)), nil
}

// unseal is the reverse of seal.
func unseal(key, sealed []byte, what string, id models.EvidenceID) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	head := 1 + gcm.NonceSize()
	if len(sealed) < head+gcm.Overhead() || sealed[0] != sealFormat {
		return nil, errUnsealable
	}
	plain, err := gcm.Open(nil, sealed[1:head], sealed[head:], associated(what, id))
	if err != nil {
		return nil, errUnsealable
	}
	return plain, nil
}

func associated(what string, id models.EvidenceID) []byte { return []byte(what + "\x00" + string(id)) }

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("evidence: key of %d bytes, want %d", len(key), keySize)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return gcm, nil
}
