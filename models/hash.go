package models

import (
	"regexp"
	"time"
)

// HashBank is a named set of hashes of known pictures.
type HashBank struct {
	Name string  `gorm:"primaryKey"`
	Note string  // where its hashes are from
	By   StaffID `gorm:"column:by_staff"`
	At   time.Time
}

var bankName = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

const (
	maxBankNote  = 500 // characters
	maxHashLabel = 100
)

// Validate returns an error that wraps ErrInvalid when the bank may not be stored.
func (b *HashBank) Validate() error {
	if !bankName.MatchString(b.Name) {
		return invalid("bank %q: want 1 to 64 of a-z, 0-9, '-' and '_'", b.Name)
	}
	return checkText("note of a bank", b.Note, maxBankNote)
}

// Hash is one picture that a bank knows.
type Hash struct {
	Bank    string `gorm:"primaryKey"`
	PDQ     []byte `gorm:"primaryKey"` // 32 bytes
	Quality int    // of PDQ, 0 to 100
	Label   string // what its bank says about it
	At      time.Time
}

// Validate returns an error that wraps ErrInvalid when the hash may not be stored.
func (h *Hash) Validate() error {
	switch {
	case len(h.PDQ) != 32:
		return invalid("PDQ hash of %d bytes", len(h.PDQ))
	case h.Quality < 0 || h.Quality > 100:
		return invalid("quality %d is not within 0 to 100", h.Quality)
	}
	return checkText("label of a hash", h.Label, maxHashLabel)
}
