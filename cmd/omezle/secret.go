package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// keptSecret returns the signing key kept in dir, and makes one, readable by
// this user only, when there is none. Two processes that make it at the same
// time end up with the same one.
func keptSecret(dir string) ([]byte, error) {
	path := filepath.Join(dir, "secret.key")
	secret, err := readSecret(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	// Written apart and then linked, so that nobody reads half of it and the
	// first one to link wins.
	draft, err := os.CreateTemp(dir, ".secret-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("keep secret: %w", err)
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // a draft left behind is harmless
	random := make([]byte, minSecret)
	_, _ = rand.Read(random) // never fails
	_, err = draft.WriteString(hex.EncodeToString(random) + "\n")
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return nil, fmt.Errorf("keep secret: %w", err)
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("keep secret: %w", err)
	}
	return readSecret(path)
}

func readSecret(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	secret := strings.TrimSpace(string(text))
	if len(secret) < minSecret {
		return nil, fmt.Errorf("read secret: %s holds %d bytes, want %d or more; remove it to have a new one made", path, len(secret), minSecret)
	}
	return []byte(secret), nil
}
