package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store/storetest"
	"omezle/moderation"
	"omezle/moderation/evidence"
	"omezle/moderation/frame"
	"omezle/moderation/pdq"
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
	keeper, banks := (&node{vault: vault, banks: known}).stills(), bankDesk{db, known.Reload}
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
	near := hash
	near[0] ^= 1 // another of the same bank
	added, err := banks.Import(t.Context(), "own", fmt.Appendf(nil, "%s,%d,seen\n%s,%d,seen\n", hash, quality, near, quality), "")
	if err != nil || added != 2 {
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
}
