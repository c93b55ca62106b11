package onnx_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"omezle/moderation/onnx"
)

func TestFilesThatNobodyNamedAreFoundWhereTheBuildPutsThem(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	if _, err := onnx.DefaultConfig().Find(); !errors.Is(err, onnx.ErrNoModel) || !strings.Contains(err.Error(), "var/model/model.onnx") {
		t.Errorf("nothing there: %v", err)
	}
	if err := os.MkdirAll(filepath.Join("var", "model"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("var/model/model.onnx")
	if found, err := onnx.DefaultConfig().Find(); !errors.Is(err, onnx.ErrNoLibrary) || found.Model != filepath.FromSlash("var/model/model.onnx") {
		t.Errorf("a model only: %+v, %v", found, err)
	}
	library := filepath.Join("var", "model", onnx.LibraryFile())
	write(library)
	if found, err := onnx.DefaultConfig().Find(); err != nil || found.Library != library {
		t.Errorf("both: %+v, %v", found, err)
	}
	// A model of one's own elsewhere takes the library that is beside it, else the bundled one.
	elsewhere := t.TempDir()
	own := onnx.DefaultConfig()
	own.Model = filepath.Join(elsewhere, "own.onnx")
	write(own.Model)
	if found, err := own.Find(); err != nil || found.Library != library {
		t.Errorf("one's own: %+v, %v", found, err)
	}
	beside := filepath.Join(elsewhere, onnx.LibraryFile())
	write(beside)
	if found, err := own.Find(); err != nil || found.Library != beside {
		t.Errorf("one's own with a library: %+v, %v", found, err)
	}
}

func TestThreadsAreBounded(t *testing.T) {
	for threads, valid := range map[int]bool{-1: false, 0: false, 1: true, 64: true, 65: false} {
		if err := (onnx.Config{Threads: threads}).Validate(); (err == nil) != valid {
			t.Errorf("%d threads: %v", threads, err)
		}
	}
}
