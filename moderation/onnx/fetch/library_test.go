package fetch

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// archive writes a package with one file.
func archive(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "package.tgz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	packed := gzip.NewWriter(file)
	members := tar.NewWriter(packed)
	if err := members.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := members.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(members.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheLibraryComesOutOfThePackageOnlyIfItIsTheRightOne(t *testing.T) {
	sum := sha256.Sum256([]byte("a library"))
	l := library{"package/lib.so", hex.EncodeToString(sum[:])}
	folder := t.TempDir()
	path := filepath.Join(folder, "sub", "lib.so")
	if err := l.place(archive(t, "package/lib.so", "a library"), path); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "a library" {
		t.Errorf("%q, %v", got, err)
	}
	if err := l.place(archive(t, "package/lib.so", "another one"), filepath.Join(folder, "other", "lib.so")); !errors.Is(err, ErrChecksum) {
		t.Errorf("another file: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(folder, "other")); len(left) > 0 {
		t.Errorf("another file: left %v", left)
	}
	if err := l.place(archive(t, "package/else.so", "a library"), path); err == nil {
		t.Error("a package without it was enough")
	}
}

func TestAnotherLibraryIsReplacedOrItIsSaidWhyNot(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, LibraryFile()), []byte("not it"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Check(filepath.Join(folder, LibraryFile())); !errors.Is(err, ErrChecksum) {
		t.Errorf("another library: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := Library(t.Context(), folder); !errors.Is(err, ErrNPM) {
		t.Errorf("without npm: %v", err)
	}
}
