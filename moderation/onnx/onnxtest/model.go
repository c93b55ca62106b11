// Package onnxtest gives tests the bundled model: it is made once for the working copy, as `make model` does, when it is
// not there yet. Packages are tested at the same time, so whoever makes it holds a lock that the others wait for. It
// starts no goroutine. What is missing fails the test with the line that installs it.
package onnxtest

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"omezle/moderation/onnx"
)

// Root is the folder of the working copy that the test runs in.
func Root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module omezle\n") {
			return folder
		}
	}
	t.Fatal("the test does not run in a working copy of omezle")
	return ""
}

// Model is the bundled model and its library, which are made if need be.
func Model(t testing.TB) onnx.Config {
	t.Helper()
	places := onnx.PlacesIn(Root(t))
	if places.Check() != nil {
		build(t, places)
	}
	c := onnx.DefaultConfig()
	c.Model = filepath.Join(places.Server, onnx.ModelFile)
	c.Library = filepath.Join(places.Server, onnx.LibraryFile())
	return c
}

func build(t testing.TB, places onnx.Places) {
	t.Helper()
	if err := os.MkdirAll(places.Server, 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := os.OpenFile(filepath.Join(places.Server, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close() // which lets go of the lock
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := onnx.Build(t.Context(), places); err != nil {
		t.Fatal(err)
	}
}

// Open opens the bundled model until the test ends.
func Open(t testing.TB) *onnx.Classifier {
	t.Helper()
	c, err := onnx.Open(Model(t), slog.New(slog.DiscardHandler))
	if errors.Is(err, onnx.ErrNoCGO) {
		t.Fatalf("%v\n  sudo apt-get install -y --no-install-recommends gcc libc6-dev", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}
