package evidence

import (
	"context"
	"errors"
	"fmt"

	"omezle/models"
)

// Rewrap seals the keys of all items by the present master key that older ones have sealed, so that those are needed no
// more. The items themselves stay as they are. It says how many it changed, and joins what is wrong with others; it may
// run while the service does, and again.
func (v *Vault) Rewrap(ctx context.Context) (int, error) {
	var problems []error
	changed := 0
	err := v.each(ctx, func(row *models.Evidence) error {
		if row.MasterKey == v.keys.now.name() {
			return nil
		}
		if err := v.rewrap(ctx, row); err == nil {
			changed++
		} else if len(problems) < maxProblems {
			problems = append(problems, err)
		}
		return nil
	})
	return changed, errors.Join(append(problems, err)...)
}

func (v *Vault) rewrap(ctx context.Context, row *models.Evidence) error {
	key, err := v.openKey(ctx, row)
	if err != nil {
		return err
	}
	sealed, err := v.keys.now.sealKey(ctx, key, row.ID)
	if err != nil {
		return err
	}
	if err := v.rows.RewrapEvidence(ctx, row.ID, row.MasterKey, v.keys.now.name(), sealed); err != nil {
		return fmt.Errorf("evidence: rewrap %s: %w", row.ID, err)
	}
	return nil
}

// Inspection is what a look at all items has shown.
type Inspection struct {
	Key      string         `json:"key"`   // fingerprint of the master key that seals
	Items    int            `json:"items"` // not destroyed
	Good     int            `json:"good"`  // of those, that open
	Held     int            `json:"held"`
	Bytes    int64          `json:"bytes"`
	ByKey    map[string]int `json:"by_key"` // items by the master key that sealed them
	Problems []string       `json:"problems"`
}

// Inspect opens every item and shows none. It says what does not open, and why, up to 50 times.
func (v *Vault) Inspect(ctx context.Context) (Inspection, error) {
	found := Inspection{Key: v.keys.now.name(), ByKey: map[string]int{}, Problems: []string{}}
	err := v.each(ctx, func(row *models.Evidence) error {
		found.Items++
		found.Bytes += int64(row.Size)
		found.ByKey[row.MasterKey]++
		if row.Held {
			found.Held++
		}
		if _, _, err := v.Open(ctx, row.ID); err == nil {
			found.Good++
		} else if len(found.Problems) < maxProblems {
			found.Problems = append(found.Problems, fmt.Sprintf("item %s: %v", row.ID, err))
		}
		return nil
	})
	return found, err
}
