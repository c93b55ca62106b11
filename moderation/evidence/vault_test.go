package evidence_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/moderation/evidence"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	must(t, err)
	return data
}

// lite is a database of its own.
func lite(t *testing.T) *store.Store {
	t.Helper()
	return storetest.Migrated(t, storetest.SQLite(t))
}

// desk is a vault in a folder, with its database.
type desk struct {
	*evidence.Vault
	t      *testing.T
	db     *store.Store
	dir    string
	config evidence.Config
	deps   evidence.Deps
}

func newDesk(t *testing.T, db *store.Store) *desk {
	t.Helper()
	d := &desk{t: t, db: db, dir: t.TempDir(), config: evidence.DefaultConfig()}
	d.deps = evidence.Deps{DataDir: d.dir, Rows: db, Log: slog.New(slog.DiscardHandler)}
	must(t, d.open())
	t.Cleanup(func() { d.Close() })
	return d
}

// open opens the vault anew, as a process that starts does.
func (d *desk) open() error {
	v, err := evidence.Open(d.t.Context(), d.config, d.deps)
	if err == nil {
		d.Vault = v
	}
	return err
}

func (d *desk) place() string { return filepath.Join(d.dir, "evidence") }

// still keeps a picture of a flag.
func (d *desk) still(flag models.FlagID, name string) (models.Evidence, []byte) {
	d.t.Helper()
	file, err := evidence.WebP(fixture(d.t, name))
	must(d.t, err)
	row, err := d.Put(d.t.Context(), evidence.Item{
		Flag: flag, Kind: models.EvidenceStill, MediaType: "image/webp", Data: file, Width: 160, Height: 120,
		Scores: map[string]float64{"Porn": 0.9}, PDQ: bytes.Repeat([]byte{1}, 32), Quality: 80, At: time.Now(),
	})
	must(d.t, err)
	return row, file
}

func TestWhatWasPutOpensAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		d := newDesk(t, db)
		flag := models.NewFlagID()
		first, file := d.still(flag, "bars.vp8")
		chat, err := d.Put(t.Context(), evidence.Item{Flag: flag, Kind: models.EvidenceChat, MediaType: "application/json", Data: []byte("[]"), At: first.At.Add(time.Second)})
		must(t, err)

		for range 2 { // the second time in another process
			data, row, err := d.Open(t.Context(), first.ID)
			must(t, err)
			if !bytes.Equal(data, file) || row.Size != len(file) || row.Width != 160 || row.Scores["Porn"] != 0.9 {
				t.Errorf("opened %d bytes as %+v", len(data), row)
			}
			must(t, d.Close())
			must(t, d.open())
		}
		items, err := d.Of(t.Context(), flag)
		must(t, err)
		if len(items) != 2 || items[0].ID != first.ID || items[1].ID != chat.ID {
			t.Errorf("evidence of the flag: %+v", items)
		}
		if _, _, err := d.Open(t.Context(), models.NewEvidenceID()); !errors.Is(err, evidence.ErrUnknown) {
			t.Errorf("an unknown item: %v", err)
		}
	})
}

func TestAFlagHasBoundedEvidence(t *testing.T) {
	d := newDesk(t, lite(t))
	flag := models.NewFlagID()
	for range evidence.MaxStills {
		d.still(flag, "odd.vp8")
	}
	_, err := d.Put(t.Context(), evidence.Item{Flag: flag, Kind: models.EvidenceStill, Data: []byte{1}, At: time.Now()})
	if !errors.Is(err, evidence.ErrFull) {
		t.Errorf("one still too many: %v", err)
	}
	_, err = d.Put(t.Context(), evidence.Item{Flag: models.NewFlagID(), Kind: models.EvidenceStill, Data: make([]byte, evidence.MaxItem+1), At: time.Now()})
	if !errors.Is(err, evidence.ErrTooLarge) {
		t.Errorf("an item too large: %v", err)
	}
	_, err = d.Put(t.Context(), evidence.Item{Kind: models.EvidenceStill, Data: []byte{1}, At: time.Now()})
	if !errors.Is(err, models.ErrInvalid) {
		t.Errorf("an item of nothing: %v", err)
	}
}

func TestNeitherPlaceNorDatabaseHoldsAReadablePicture(t *testing.T) {
	url := storetest.SQLite(t)
	folder := filepath.Dir(strings.TrimPrefix(url, "sqlite://"))
	d := newDesk(t, storetest.Migrated(t, url))
	flag := models.NewFlagID()
	var secrets [][]byte
	for _, name := range []string{"bars.vp8", "mandelbrot.vp8", "odd.vp8"} {
		_, file := d.still(flag, name)
		for at := 0; at+16 <= len(file); at += 16 { // any part of the picture, and with it its headers
			secrets = append(secrets, file[at:at+16])
		}
		secrets = append(secrets, file[20+3:20+10]) // start code of VP8 and the size
	}
	line := `{"text":"meet me at the old bridge"}`
	_, err := d.Put(t.Context(), evidence.Item{Flag: flag, Kind: models.EvidenceChat, MediaType: "application/json", Data: []byte(line), At: time.Now()})
	must(t, err)
	secrets = append(secrets, []byte("old bridge"), []byte("WEBPVP8"), []byte("RIFF"), []byte("\xff\xd8\xff\xe0"), []byte("\x89PNG\r\n"))
	text, err := os.ReadFile(filepath.Join(d.dir, "evidence.key"))
	must(t, err)
	secrets = append(secrets, bytes.TrimSpace(text))

	folders := []string{d.place(), folder}
	files := 0
	for _, folder := range folders {
		must(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			files++
			data, err := os.ReadFile(path)
			for _, secret := range secrets {
				if bytes.Contains(data, secret) {
					t.Errorf("%s holds %q", entry.Name(), secret)
				}
			}
			return err
		}))
	}
	if files < 6 { // four items and the mark; the database
		t.Errorf("looked at %d files only", files)
	}
}

func TestAnotherMasterKeyIsRefusedAndNothingIsLost(t *testing.T) {
	d := newDesk(t, lite(t))
	row, file := d.still(models.NewFlagID(), "bars.vp8")
	must(t, d.Close())
	file1 := filepath.Join(d.dir, "evidence.key")
	before := tree(t, d.dir)

	d.deps.MasterKey = bytes.Repeat([]byte{9}, 32)
	if err := d.open(); !errors.Is(err, evidence.ErrWrongKey) || !strings.Contains(err.Error(), "evidence.old_key_files") {
		t.Fatalf("another key: %v", err)
	}
	d.deps.MasterKey = nil
	must(t, os.Rename(file1, file1+".away"))
	if err := d.open(); !errors.Is(err, evidence.ErrWrongKey) || !strings.Contains(err.Error(), "put the file back") {
		t.Fatalf("a lost key: %v", err)
	}
	must(t, os.Rename(file1+".away", file1))
	if after := tree(t, d.dir); after != before {
		t.Errorf("files before:\n%s\nand after:\n%s", before, after)
	}

	must(t, d.open())
	data, _, err := d.Open(t.Context(), row.ID)
	must(t, err)
	if !bytes.Equal(data, file) {
		t.Error("the item has changed")
	}
}

// tree tells the files of a folder with their modes.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	must(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		names = append(names, info.Mode().String()+" "+path)
		return err
	}))
	return strings.Join(names, "\n")
}

func TestTheKeyFileIsItsOwnersAlone(t *testing.T) {
	d := newDesk(t, lite(t))
	info, err := os.Stat(filepath.Join(d.dir, "evidence.key"))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	info, err = os.Stat(d.place())
	must(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Errorf("mode of the folder %v", info.Mode())
	}
}

func TestTheMasterKeyCanBeChanged(t *testing.T) {
	d := newDesk(t, lite(t))
	old, file := d.still(models.NewFlagID(), "bars.vp8")
	oldKey := filepath.Join(d.dir, "evidence.key")
	must(t, d.Close())

	d.deps.MasterKey = []byte("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n")
	d.config.OldKeyFiles = []string{oldKey}
	must(t, d.open())
	young, _ := d.still(models.NewFlagID(), "odd.vp8")
	if old.MasterKey == young.MasterKey {
		t.Fatalf("both are sealed by %s", old.MasterKey)
	}
	if data, _, err := d.Open(t.Context(), old.ID); err != nil || !bytes.Equal(data, file) {
		t.Errorf("what the old key sealed: %v", err)
	}
	must(t, d.Close())

	d.config.OldKeyFiles = nil // too early
	must(t, d.open())
	if _, _, err := d.Open(t.Context(), old.ID); !errors.Is(err, evidence.ErrWrongKey) {
		t.Errorf("without the old key: %v", err)
	}
	must(t, d.Close())

	d.config.OldKeyFiles = []string{oldKey}
	must(t, d.open())
	if n, err := d.Rewrap(t.Context()); n != 1 || err != nil {
		t.Errorf("rewrapped %d: %v", n, err)
	}
	must(t, d.Close())
	d.config.OldKeyFiles = nil
	must(t, d.open())
	if data, _, err := d.Open(t.Context(), old.ID); err != nil || !bytes.Equal(data, file) {
		t.Errorf("what was rewrapped: %v", err)
	}
}

func TestAKeyServiceSealsAsWell(t *testing.T) {
	d := newDesk(t, lite(t))
	must(t, d.Close())
	must(t, os.RemoveAll(d.dir))
	d.db = lite(t)
	d.deps.Rows = d.db
	d.config.KMS = "base64key://smGbjm71Nxd1Ig5FS0wj9SlbzAIrnolCz9bQQ6uAhl4="
	must(t, d.open())
	row, file := d.still(models.NewFlagID(), "bars.vp8")
	if data, _, err := d.Open(t.Context(), row.ID); err != nil || !bytes.Equal(data, file) {
		t.Errorf("opened: %v", err)
	}
	if _, err := os.Stat(filepath.Join(d.dir, "evidence.key")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a key file was made: %v", err)
	}
	must(t, d.Close())
	d.config.KMS = "base64key://AAAAAm71Nxd1Ig5FS0wj9SlbzAIrnolCz9bQQ6uAhl4="
	if err := d.open(); !errors.Is(err, evidence.ErrWrongKey) {
		t.Errorf("another key service: %v", err)
	}
	d.config.OldKMS = []string{"base64key://smGbjm71Nxd1Ig5FS0wj9SlbzAIrnolCz9bQQ6uAhl4="}
	must(t, d.open())
	if n, err := d.Rewrap(t.Context()); n != 1 || err != nil {
		t.Errorf("sealed %d anew: %v", n, err)
	}
	if data, _, err := d.Open(t.Context(), row.ID); err != nil || !bytes.Equal(data, file) {
		t.Errorf("opened with the new service: %v", err)
	}
}

func TestAPlaceOfAnotherDatabaseIsRefused(t *testing.T) {
	d := newDesk(t, lite(t))
	row, file := d.still(models.NewFlagID(), "bars.vp8")
	must(t, d.Close())

	d.deps.Rows = lite(t)
	if err := d.open(); !errors.Is(err, evidence.ErrWrongPlace) {
		t.Fatalf("a new database at an old place: %v", err)
	}
	d.deps.Rows = d.db
	d.config.URL = filepath.Join(t.TempDir(), "new")
	if err := d.open(); !errors.Is(err, evidence.ErrWrongPlace) {
		t.Fatalf("an old database at a new place: %v", err)
	}
	d.config.URL = "file://" + d.place()
	must(t, d.open())
	if data, _, err := d.Open(t.Context(), row.ID); err != nil || !bytes.Equal(data, file) {
		t.Errorf("opened: %v", err)
	}
}

func TestSeveralNodesMayStartAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		deps := evidence.Deps{DataDir: t.TempDir(), Rows: db, Log: slog.New(slog.DiscardHandler)}
		vaults := make(chan *evidence.Vault, 8)
		for range cap(vaults) {
			go func() {
				v, err := evidence.Open(t.Context(), evidence.DefaultConfig(), deps)
				if err != nil {
					t.Error(err)
				}
				vaults <- v
			}()
		}
		var open []*evidence.Vault
		for range cap(vaults) {
			open = append(open, <-vaults)
		}
		for i, v := range open {
			if v == nil {
				continue
			}
			row, err := v.Put(t.Context(), evidence.Item{Flag: models.NewFlagID(), Kind: models.EvidenceStill, Data: []byte{1}, At: time.Now()})
			must(t, err)
			_, _, err = open[(i+1)%len(open)].Open(t.Context(), row.ID)
			must(t, err)
		}
		for _, v := range open {
			must(t, v.Close())
		}
	})
}

func TestChangedBytesAreRefused(t *testing.T) {
	d := newDesk(t, lite(t))
	flag := models.NewFlagID()
	a, _ := d.still(flag, "bars.vp8")
	b, _ := d.still(flag, "bars.vp8")
	path := filepath.Join(d.place(), string(a.ID))
	data, err := os.ReadFile(path)
	must(t, err)
	for name, change := range map[string][]byte{
		"flipped":  append(bytes.Clone(data[:len(data)-1]), data[len(data)-1]^1),
		"cut":      data[:len(data)-20],
		"empty":    {},
		"too long": make([]byte, 2<<20),
		"another's": func() []byte {
			other, err := os.ReadFile(filepath.Join(d.place(), string(b.ID)))
			must(t, err)
			return other
		}(),
	} {
		must(t, os.WriteFile(path, change, 0o600))
		if got, row, err := d.Open(t.Context(), a.ID); !errors.Is(err, evidence.ErrDamaged) || got != nil || row.ID != a.ID {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, os.Remove(path))
	if _, _, err := d.Open(t.Context(), a.ID); !errors.Is(err, evidence.ErrMissing) {
		t.Errorf("removed: %v", err)
	}
}

func TestARowTellsNoKeyAsJSON(t *testing.T) {
	d := newDesk(t, lite(t))
	row, _ := d.still(models.NewFlagID(), "bars.vp8")
	text, err := json.Marshal(row)
	must(t, err)
	if len(row.Key) == 0 || bytes.Contains(text, []byte(`"Key"`)) {
		t.Errorf("%s", text)
	}
}
