package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"strings"
	"time"

	"omezle/admin"
	"omezle/models"
	"omezle/models/store"
	"omezle/moderation"
	"omezle/moderation/evidence"
	"omezle/moderation/frame"
	"omezle/moderation/pdq"
)

// stillKeeper keeps the pictures of a judge's flags, and looks for them in the banks of hashes.
type stillKeeper struct {
	*evidence.Stills
	banks *pdq.Banks
}

func newStillKeeper(vault *evidence.Vault, banks *pdq.Banks) *stillKeeper {
	return &stillKeeper{&evidence.Stills{
		Vault: vault, Decode: frame.Decode,
		Hash: func(picture *image.YCbCr) ([32]byte, int) { return pdq.Of(picture) },
	}, banks}
}

// Put implements moderation.Stills. Of a bank the nearest hash is told.
func (k *stillKeeper) Put(ctx context.Context, flag models.FlagID, still frame.Still) ([]moderation.Known, error) {
	row, err := k.PutStill(ctx, flag, evidence.Still{
		Frame: still.Frame, Width: still.Width, Height: still.Height, Scores: still.Scores, At: still.At,
	})
	if err != nil {
		return nil, err
	}
	var known []moderation.Known
	told := map[string]bool{}
	for _, match := range k.banks.Match(row.PDQ, row.Quality) {
		if !told[match.Bank] {
			told[match.Bank] = true
			known = append(known, moderation.Known{Bank: match.Bank, Distance: match.Distance})
		}
	}
	return known, nil
}

// hashBanks is what the API may do with the banks of hashes.
type hashBanks struct {
	store *store.Store
	banks *pdq.Banks
}

// List implements admin.Banks.
func (b hashBanks) List(ctx context.Context) ([]admin.Bank, error) {
	stored, err := b.store.HashBanks(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]admin.Bank, len(stored))
	for i := range stored {
		list[i] = admin.Bank{Name: stored[i].Name, Hashes: stored[i].Hashes, ChangedAt: &stored[i].At}
	}
	return list, nil
}

// Export implements admin.Banks.
func (b hashBanks) Export(ctx context.Context, name string) ([]byte, error) {
	var text bytes.Buffer
	err := exportBank(ctx, b.store, name, &text)
	return text.Bytes(), err
}

// Import implements admin.Banks. Other nodes know the hashes within 5 s, this one at once.
func (b hashBanks) Import(ctx context.Context, name string, text []byte, by models.StaffID) (int, error) {
	hashes, err := pdq.ReadText(bytes.NewReader(text))
	if errors.Is(err, pdq.ErrBadText) {
		return 0, &admin.InvalidError{Problems: strings.Split(err.Error(), "\n")}
	}
	if err != nil {
		return 0, fmt.Errorf("read hashes: %w", err)
	}
	added, err := b.store.ImportHashes(ctx, models.HashBank{Name: name, By: by, At: time.Now()}, hashes, pdq.MaxHashes)
	b.banks.Reload()
	return added, err
}
