package pdq

import (
	"cmp"
	"slices"

	"omezle/models"
)

const (
	// MaxHashes is how many hashes all banks may have together.
	MaxHashes = 1_000_000
	// maxMatches is how many a search returns, the nearest ones.
	maxMatches = 20
)

// Match is a hash of a bank that is near to one that was looked for.
type Match struct {
	Bank     string `json:"bank"`
	Label    string `json:"label"`
	Hash     string `json:"hash"` // of the bank
	Distance int    `json:"distance"`
}

// Index finds hashes that are near to one. It never changes, and may be searched by many at once.
type Index struct {
	hashes []words // looked through from end to end: 32 MB at the most
	names  []named
	texts  []string // banks and labels, each once
}

// named says what a hash is, in places of texts.
type named struct{ bank, label int32 }

// NewIndex returns an index of hashes, but those of less than MinQuality, which would match what they should not, and
// what is no hash.
func NewIndex(hashes []models.Hash) *Index {
	var built builder
	for i := range hashes {
		built.add(&hashes[i])
	}
	return &built.index
}

// Len is how many hashes it has.
func (x *Index) Len() int { return len(x.hashes) }

// Match returns what is not further than MaxDistance from a hash, nearest first, 20 at the most. A hash of less than
// MinQuality is near to nothing.
func (x *Index) Match(hash Hash, quality int) []Match {
	if quality < MinQuality {
		return nil
	}
	var matches []Match
	at := hash.words()
	for i := range x.hashes {
		distance := x.hashes[i].distance(&at)
		if distance > MaxDistance {
			continue
		}
		matches = append(matches, Match{
			Bank: x.texts[x.names[i].bank], Label: x.texts[x.names[i].label], Hash: x.hashes[i].hash().String(), Distance: distance,
		})
		if len(matches) == 4*maxMatches { // so that a bank of one picture a thousand times takes no room
			matches = nearest(matches)
		}
	}
	return nearest(matches)
}

func nearest(matches []Match) []Match {
	slices.SortStableFunc(matches, func(a, b Match) int { return cmp.Compare(a.Distance, b.Distance) })
	return matches[:min(len(matches), maxMatches)]
}

// builder makes an Index.
type builder struct {
	index Index
	texts map[string]int32
}

func (b *builder) add(row *models.Hash) {
	hash, err := FromBytes(row.PDQ)
	if err != nil || row.Quality < MinQuality {
		return
	}
	b.index.hashes = append(b.index.hashes, hash.words())
	b.index.names = append(b.index.names, named{b.text(row.Bank), b.text(row.Label)})
}

func (b *builder) text(s string) int32 {
	if b.texts == nil {
		b.texts = map[string]int32{}
	}
	n, known := b.texts[s]
	if !known {
		n = int32(len(b.index.texts)) //nolint:gosec // two a hash at the most
		b.texts[s] = n
		b.index.texts = append(b.index.texts, s)
	}
	return n
}
