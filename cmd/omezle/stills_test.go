package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"omezle/admin"
	"omezle/models"
	"omezle/models/store/storetest"
	"omezle/moderation"
	"omezle/moderation/evidence"
	"omezle/moderation/frame"
	"omezle/moderation/pdq"
)

var (
	_ moderation.Stills = (*stillKeeper)(nil)
	_ admin.Banks       = hashBanks{}
)

func TestAStillThatABankKnowsIsTold(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	db := storetest.Migrated(t, storetest.SQLite(t))
	vault, err := evidence.Open(t.Context(), evidence.DefaultConfig(), evidence.Deps{DataDir: t.TempDir(), Rows: db, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer vault.Close()
	known := pdq.NewBanks(db, log)
	keeper, banks := newStillKeeper(vault, known), hashBanks{db, known}
	keyframe := func(name string) frame.Still {
		data, err := os.ReadFile(filepath.Join(root, "moderation", "frame", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return frame.Still{Frame: data, Width: 640, Height: 480, At: time.Now()}
	}
	put := func(name string) []moderation.Known {
		flag := models.NewFlagID()
		found, err := keeper.Put(t.Context(), flag, keyframe(name))
		if err != nil {
			t.Fatal(err)
		}
		if items, err := vault.Of(t.Context(), flag); err != nil || len(items) != 1 {
			t.Fatalf("%d items, %v", len(items), err)
		}
		return found
	}
	if found := put("trigger-500k.vp8"); found != nil {
		t.Errorf("known by no bank: %v", found)
	}

	picture, err := frame.Decode(keyframe("trigger-60k.vp8").Frame)
	if err != nil {
		t.Fatal(err)
	}
	hash, quality := pdq.Of(picture)
	added, err := banks.Import(t.Context(), "own", fmt.Appendf(nil, "%s,%d,seen\n", hash, quality), "")
	if err != nil || added != 1 {
		t.Fatalf("added %d, %v", added, err)
	}
	if err := known.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := put("trigger-500k.vp8"); len(found) != 1 || found[0].Bank != "own" || found[0].Distance > pdq.MaxDistance {
		t.Errorf("the same picture at another rate: %v", found)
	}
	if found := put("neutral-500k.vp8"); found != nil {
		t.Errorf("another picture: %v", found)
	}

	list, err := banks.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Name != "own" || list[0].Hashes != 1 || list[0].ChangedAt.IsZero() {
		t.Errorf("list %+v, %v", list, err)
	}
	if text, err := banks.Export(t.Context(), "own"); err != nil || string(text) != fmt.Sprintf("%s,%d,seen\n", hash, quality) {
		t.Errorf("export %q, %v", text, err)
	}
	if _, err := banks.Export(t.Context(), "other"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("export of none: %v", err)
	}
	_, err = banks.Import(t.Context(), "own", []byte("x\ny\n"), "")
	if invalid, ok := errors.AsType[*admin.InvalidError](err); !ok || len(invalid.Problems) != 3 || !strings.HasPrefix(invalid.Problems[1], "line 1: ") {
		t.Errorf("import of no hashes: %v", err)
	}
}
