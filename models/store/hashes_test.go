package store_test

import (
	"bytes"
	"testing"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
)

func newHash(first byte, label string) models.Hash {
	return models.Hash{PDQ: append([]byte{first}, bytes.Repeat([]byte{first}, 31)...), Quality: 90, Label: label}
}

func TestBanksOfHashesAreImportedListedAndRemoved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		version := func() int {
			v, err := s.HashesVersion(t.Context())
			must(t, err)
			return v
		}
		if version() != 0 {
			t.Errorf("version %d of nothing", version())
		}
		own := models.HashBank{Name: "own", At: noon}
		add := func(bank models.HashBank, want int, hashes ...models.Hash) {
			t.Helper()
			added, err := s.ImportHashes(t.Context(), bank, hashes, 10)
			must(t, err)
			if added != want {
				t.Errorf("added %d, want %d", added, want)
			}
		}
		add(models.HashBank{Name: "own", Note: "by hand", At: noon.Add(-1)}, 2, newHash(1, "a"), newHash(2, "b"), newHash(1, "c"))
		add(own, 1, newHash(2, "d"), newHash(3, "e"))
		add(models.HashBank{Name: "other", At: noon}, 1, newHash(1, "f"))
		if version() != 3 {
			t.Errorf("version %d after three imports", version())
		}

		var labels string
		var after models.Hash
		for {
			page, err := s.Hashes(t.Context(), "", after, 3)
			must(t, err)
			for _, h := range page {
				labels += h.Bank + ":" + h.Label + " "
				after = h
			}
			if len(page) < 3 {
				break
			}
		}
		if labels != "other:f own:c own:d own:e " {
			t.Errorf("hashes %s", labels)
		}
		page, err := s.Hashes(t.Context(), "own", models.Hash{Bank: "own", PDQ: newHash(1, "").PDQ}, 1)
		must(t, err)
		if len(page) != 1 || page[0].Label != "d" {
			t.Errorf("the second of a bank: %+v", page)
		}
		banks, err := s.HashBanks(t.Context())
		must(t, err)
		if len(banks) != 2 || banks[1].Name != "own" || banks[1].Hashes != 3 || banks[1].Note != "by hand" || !banks[1].At.Equal(stored) {
			t.Errorf("banks %+v", banks)
		}

		refuse := func(bank models.HashBank, hashes []models.Hash, limit int) {
			t.Helper()
			_, err := s.ImportHashes(t.Context(), bank, hashes, limit)
			wantErr(t, err, models.ErrInvalid)
		}
		refuse(own, []models.Hash{newHash(8, ""), newHash(9, "")}, 5)
		refuse(models.HashBank{Name: "No Name"}, nil, 5)
		refuse(own, []models.Hash{{PDQ: []byte{1}}}, 10)
		must(t, s.RemoveHashBank(t.Context(), "own", ""))
		wantErr(t, s.RemoveHashBank(t.Context(), "own", ""), store.ErrNotFound)
		if page, err := s.Hashes(t.Context(), "own", models.Hash{}, 10); err != nil || len(page) != 0 {
			t.Errorf("removed: %+v, %v", page, err)
		}
		if version() != 4 {
			t.Errorf("version %d", version())
		}
	})
}
