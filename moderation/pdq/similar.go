package pdq

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"omezle/models"
)

const (
	maxPast    = 20_000 // stills that are looked through, the newest
	maxSimilar = 50     // that are returned
)

// Past is where stills with hashes are.
type Past interface {
	// HashedEvidence lists items that have a hash, newest first.
	HashedEvidence(ctx context.Context, limit int) ([]models.Evidence, error)
}

// Similar is a still that shows about the same.
type Similar struct {
	Evidence models.EvidenceID `json:"evidence"`
	Flag     models.FlagID     `json:"flag"`
	Distance int               `json:"distance"`
}

// FindSimilar returns the stills of other flags that show about what a hash does, nearest first, 50 at the most, of the
// newest 20,000. It groups repeats for reviewers; nobody is judged by it.
func FindSimilar(ctx context.Context, past Past, hash Hash, quality int, except models.FlagID) ([]Similar, error) {
	if quality < MinQuality {
		return nil, nil
	}
	items, err := past.HashedEvidence(ctx, maxPast)
	if err != nil {
		return nil, fmt.Errorf("pdq: find similar: %w", err)
	}
	var found []Similar
	for i := range items {
		other, err := FromBytes(items[i].PDQ)
		if err != nil || items[i].Quality < MinQuality || items[i].Flag == except {
			continue
		}
		if d := Distance(hash, other); d <= MaxDistance {
			found = append(found, Similar{items[i].ID, items[i].Flag, d})
		}
	}
	slices.SortStableFunc(found, func(a, b Similar) int { return cmp.Compare(a.Distance, b.Distance) })
	return found[:min(len(found), maxSimilar)], nil
}
