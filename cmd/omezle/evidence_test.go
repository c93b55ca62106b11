package main

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store/storetest"
	"omezle/moderation/evidence"
)

// tool runs the program's commands on a data folder.
type tool struct {
	t    *testing.T
	data string
}

func newTool(t *testing.T) *tool {
	t.Helper()
	tool := &tool{t, t.TempDir()}
	tool.run("migrate", "up")
	return tool
}

// try runs a command and returns what it printed.
func (c *tool) try(args ...string) (string, error) {
	c.t.Helper()
	var out, problems bytes.Buffer
	err := run(c.t.Context(), append(args, "--data-dir="+c.data, "--log-level=error"), nil, &out, &problems)
	return out.String() + problems.String(), err
}

func (c *tool) run(args ...string) string {
	c.t.Helper()
	out, err := c.try(args...)
	if err != nil {
		c.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

// keep puts a line of chat to a flag, long ago or now.
func (c *tool) keep(flag models.FlagID, at time.Time) models.EvidenceID {
	c.t.Helper()
	s := newSettings()
	s.DataDir = c.data
	db := storetest.Open(c.t, s.databaseURL())
	vault, err := openVault(c.t.Context(), s, db, slog.New(slog.DiscardHandler))
	if err != nil {
		c.t.Fatal(err)
	}
	defer vault.Close()
	item, err := vault.Put(c.t.Context(), evidence.Item{Flag: flag, Kind: models.EvidenceChat, MediaType: "application/json", Data: []byte(`[]`), At: at})
	if err != nil {
		c.t.Fatal(err)
	}
	return item.ID
}

func TestEvidenceIsCheckedHeldAndPurgedFromTheCommandLine(t *testing.T) {
	c := newTool(t)
	long := time.Now().Add(-60 * 24 * time.Hour)
	held, free, young := models.NewFlagID(), models.NewFlagID(), models.NewFlagID()
	c.keep(held, long)
	gone := c.keep(free, long)
	c.keep(young, time.Now())

	if out := c.run("evidence", "hold", string(held), "--reason=a court's order"); !strings.Contains(out, "1 items are held") {
		t.Errorf("hold: %s", out)
	}
	if out := c.run("evidence", "check"); !strings.Contains(out, "3 of 3 items open") || !strings.Contains(out, "1 are held") {
		t.Errorf("check: %s", out)
	}
	out := c.run("evidence", "purge")
	if !strings.Contains(out, "Destroyed 1 items (2 bytes), of which 1 were") || !strings.Contains(out, "1 are out of time and held") ||
		!strings.Contains(out, "destroyed "+string(gone)) {
		t.Errorf("purge: %s", out)
	}
	c.run("evidence", "release", string(held), "--reason=it is over")
	if out := c.run("evidence", "purge", "--json"); !strings.Contains(out, `"verified": 1`) {
		t.Errorf("purge: %s", out)
	}
	if out := c.run("evidence", "check"); !strings.Contains(out, "1 of 1 items open") {
		t.Errorf("check: %s", out)
	}

	if _, err := c.try("evidence", "hold", string(models.NewFlagID()), "--reason=x"); err == nil || !strings.Contains(err.Error(), "has no evidence") {
		t.Errorf("a flag without evidence: %v", err)
	}
	if _, err := c.try("evidence", "hold", "x", "--reason=x"); !errors.Is(err, models.ErrBadID) {
		t.Errorf("no flag: %v", err)
	}
}

func TestTheMasterKeyIsChangedFromTheCommandLine(t *testing.T) {
	c := newTool(t)
	c.keep(models.NewFlagID(), time.Now())
	key := "--evidence-master-key=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	if out, err := c.try("evidence", "check", key); !errors.Is(err, evidence.ErrWrongKey) {
		t.Errorf("another key: %v %s", err, out)
	}
	old := "--evidence-old-key-files=" + filepath.Join(c.data, "evidence.key")
	if out := c.run("evidence", "check", key, old); !strings.Contains(out, "1 are sealed by key:") || !strings.Contains(out, "omezle evidence rewrap") {
		t.Errorf("both keys: %s", out)
	}
	if out := c.run("evidence", "rewrap", key, old); !strings.Contains(out, "1 items are now") {
		t.Errorf("rewrap: %s", out)
	}
	if out := c.run("evidence", "check", key); !strings.Contains(out, "1 of 1 items open") {
		t.Errorf("the new key alone: %s", out)
	}
	if out, err := c.try("evidence", "check", "--evidence-master-key=short"); err == nil || !strings.Contains(err.Error(), "openssl rand -base64 32") || strings.Contains(out+err.Error(), "short") {
		t.Errorf("no key: %v %s", err, out)
	}
}

func TestBanksOfHashesAreKeptFromTheCommandLine(t *testing.T) {
	c := newTool(t)
	picture := image.NewGray(image.Rect(0, 0, 128, 96))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i * i / 97)
	}
	picture.SetGray(0, 0, color.Gray{1})
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "picture.png")
	if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	lines, err := c.try("hashes", "of", name)
	if err != nil || !strings.HasSuffix(lines, ",picture.png\n") {
		t.Fatalf("%q, %v", lines, err)
	}
	list := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(list, []byte("hash,quality,label\n"+lines), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := c.run("hashes", "import", list, "--bank=own", "--note=by hand"); !strings.Contains(out, "1 hashes read, 1 of them new in bank own") {
		t.Errorf("import: %s", out)
	}
	if out := c.run("hashes", "import", list, "--bank=own"); !strings.Contains(out, "1 hashes read, 0 of them new") {
		t.Errorf("again: %s", out)
	}
	if out := c.run("hashes", "export", "own"); out != lines {
		t.Errorf("export: %q, want %q", out, lines)
	}
	if out := c.run("hashes", "list"); !strings.Contains(out, "own") || !strings.Contains(out, "by hand") {
		t.Errorf("list: %s", out)
	}
	c.run("hashes", "remove", "own", "--reason=no longer")
	for _, args := range [][]string{{"export", "own"}, {"remove", "own", "--reason=x"}} {
		if _, err := c.try(append([]string{"hashes"}, args...)...); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, err := c.try("hashes", "of", list); err == nil {
		t.Error("a text has a hash")
	}
}
