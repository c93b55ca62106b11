package onnx_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"omezle/moderation/onnx"
	"omezle/moderation/onnx/onnxtest"
)

// copied has the library in place, so that nothing is fetched.
func copied(t *testing.T) onnx.Places {
	t.Helper()
	made := onnxtest.Model(t)
	p := onnx.PlacesIn(onnxtest.Root(t))
	p.Server, p.Browser = filepath.Join(t.TempDir(), "server"), filepath.Join(t.TempDir(), "browser")
	library, err := os.ReadFile(made.Library)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(p.Server, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.Server, onnx.LibraryFile()), library, 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBuildMakesWhatIsMissingOrSpoiltAndLeavesTheRest(t *testing.T) {
	p := copied(t)
	for range 2 {
		if err := onnx.Build(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"weights.bin", "weights.bin.gz", "model.json"} {
		if err := os.Truncate(filepath.Join(p.Browser, name), 1000); err != nil {
			t.Fatal(err)
		}
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "omezle model build") {
			t.Errorf("a spoilt %s: %v", name, err)
		}
		if err := onnx.Build(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if err := p.Check(); err != nil {
			t.Error(err)
		}
	}
	p.Package = filepath.Join(t.TempDir(), "gone")
	if err := onnx.Build(t.Context(), p); err != nil {
		t.Errorf("with everything in place the package is not needed: %v", err)
	}
}

func TestBuildWithoutThePackageSaysWhatToDo(t *testing.T) {
	p := copied(t)
	p.Package = filepath.Join(t.TempDir(), "none")
	if err := onnx.Build(t.Context(), p); !errors.Is(err, onnx.ErrNoPackage) || !strings.Contains(err.Error(), "npm install") {
		t.Error(err)
	}
	if _, err := os.Stat(p.Browser); err == nil {
		t.Error("something was written")
	}
}
