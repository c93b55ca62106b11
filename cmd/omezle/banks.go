package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"omezle/admin"
	"omezle/models"
	"omezle/models/store"
	"omezle/moderation/pdq"
)

// bankDesk is what the API of staff may do with banks of hashes.
type bankDesk struct {
	store   *store.Store
	changed func() // tells this node's index; the others look by themselves
}

// List implements admin.Banks.
func (d bankDesk) List(ctx context.Context) ([]admin.Bank, error) {
	banks, err := d.store.HashBanks(ctx)
	var list []admin.Bank
	for i := range banks {
		list = append(list, admin.Bank{Name: banks[i].Name, Hashes: banks[i].Hashes, ChangedAt: &banks[i].At})
	}
	return list, err
}

// Export implements admin.Banks.
func (d bankDesk) Export(ctx context.Context, name string) ([]byte, error) {
	var text bytes.Buffer
	err := exportBank(ctx, d.store, name, &text)
	return text.Bytes(), err
}

// Import implements admin.Banks.
func (d bankDesk) Import(ctx context.Context, name string, text []byte, by models.StaffID) (int, error) {
	hashes, err := pdq.ReadText(bytes.NewReader(text))
	if err != nil {
		return 0, invalid(err)
	}
	added, err := d.store.ImportHashes(ctx, models.HashBank{Name: name, By: by, At: time.Now()}, hashes, pdq.MaxHashes)
	if err == nil {
		d.changed()
	}
	return added, err
}

// lookalikes counts the flags whose stills look like those of one.
type lookalikes struct{ store *store.Store }

// Similar implements admin.Similar.
func (l lookalikes) Similar(ctx context.Context, flag models.FlagID) (int, error) {
	items, err := l.store.EvidenceOf(ctx, flag, "")
	if err != nil {
		return 0, err
	}
	past := &pastOnce{store: l.store}
	flags := map[models.FlagID]bool{}
	for i := range items {
		hash, err := pdq.FromBytes(items[i].PDQ)
		if err != nil {
			continue // no picture, or destroyed
		}
		similar, err := pdq.FindSimilar(ctx, past, hash, items[i].Quality, flag)
		if err != nil {
			return 0, fmt.Errorf("similar flags: %w", err)
		}
		for _, s := range similar {
			if s.Flag != "" { // of a report
				flags[s.Flag] = true
			}
		}
	}
	return len(flags), nil
}

// pastOnce reads the stills there are once for all of a flag's.
type pastOnce struct {
	store *store.Store
	items []models.Evidence
}

// HashedEvidence implements pdq.Past.
func (p *pastOnce) HashedEvidence(ctx context.Context, limit int) (_ []models.Evidence, err error) {
	if p.items == nil {
		p.items, err = p.store.HashedEvidence(ctx, limit)
	}
	return p.items, err
}
