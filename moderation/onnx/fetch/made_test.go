package fetch_test

import (
	"path/filepath"
	"testing"

	"omezle/moderation/onnx/fetch"
	"omezle/moderation/onnx/onnxtest"
)

func TestAFolderThatHasTheLibraryNeedsNoNPM(t *testing.T) {
	library := onnxtest.Model(t).Library
	t.Setenv("PATH", t.TempDir())
	if err := fetch.Library(t.Context(), filepath.Dir(library)); err != nil {
		t.Error(err)
	}
	if err := fetch.Check(library); err != nil {
		t.Error(err)
	}
}
