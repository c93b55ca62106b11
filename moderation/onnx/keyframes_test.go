package onnx_test

import (
	"crypto/sha256"
	"encoding/hex"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"omezle/moderation/frame"
)

// keyframes are the paths of those in testdata.
func keyframes(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/keyframes/*.vp8")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no keyframes: %v", err)
	}
	return paths
}

func decode(t *testing.T, path string) *image.YCbCr {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := frame.Decode(data)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return picture
}

func TestKeyframesDecodeToTheSamplesOfLibvpx(t *testing.T) {
	text, err := os.ReadFile("testdata/keyframes/planes.sha256")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		want[name] = sum
	}
	for _, path := range keyframes(t) {
		sum := sha256.Sum256(planes(decode(t, path)))
		if got := hex.EncodeToString(sum[:]); got != want[filepath.Base(path)] {
			t.Errorf("%s: the samples' checksum is %s, libvpx has %q", path, got, want[filepath.Base(path)])
		}
	}
}
