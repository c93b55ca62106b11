package pdq

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
)

// Size is how many bytes a hash has.
const Size = 32

// Hash is 256 bits of a picture. The first byte is the one that is written first: bit k of the published algorithm, of
// value 2^k, is bit k%8 of byte 31-k/8.
type Hash [Size]byte

// ErrBadHash is returned for text that is no hash.
var ErrBadHash = errors.New("pdq: want 64 hexadecimal digits")

// Parse reads what String writes, in either case.
func Parse(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*Size {
		return Hash{}, ErrBadHash
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, ErrBadHash
	}
	return h, nil
}

// FromBytes takes a hash as databases keep it.
func FromBytes(b []byte) (Hash, error) {
	if len(b) != Size {
		return Hash{}, fmt.Errorf("%w, have %d bytes", ErrBadHash, len(b))
	}
	return Hash(b), nil
}

// String is the hash in the usual form: 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// words are the bits for counting, in no order that means anything.
type words [4]uint64

func (h *Hash) words() words {
	var w words
	for i := range w {
		w[i] = binary.BigEndian.Uint64(h[8*i:])
	}
	return w
}

func (w *words) distance(o *words) int {
	return bits.OnesCount64(w[0]^o[0]) + bits.OnesCount64(w[1]^o[1]) + bits.OnesCount64(w[2]^o[2]) + bits.OnesCount64(w[3]^o[3])
}

// Distance counts the bits, 0 to 256, in which two hashes differ. Hashes of unrelated pictures differ in about 128.
func Distance(a, b Hash) int {
	x, y := a.words(), b.words()
	return x.distance(&y)
}

// The limits at which two pictures are taken for the same, as the algorithm's authors recommend them.
const (
	MaxDistance = 31 // bits
	MinQuality  = 50
)

func (w *words) hash() (h Hash) {
	for i, word := range w {
		binary.BigEndian.PutUint64(h[8*i:], word)
	}
	return h
}
