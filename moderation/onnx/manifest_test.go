package onnx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// written puts a model and its manifest into a folder and returns the model's path.
func written(t *testing.T, model []byte, manifest string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mean.onnx")
	if err := os.WriteFile(path, model, 0o600); err != nil {
		t.Fatal(err)
	}
	if manifest != "" {
		if err := os.WriteFile(path+".json", []byte(manifest), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestAManifestTellsWhatAModelDoesNot(t *testing.T) {
	path := written(t, meanModel(), `{
		"source": "example/means", "layout": "NCHW", "scaling": {"scale": 255, "mean": [10, 20, 30], "std": [2, 4, 8]},
		"classes": ["red", "green", "blue"], "thresholds": {"red": 0.8}
	}`)
	info, err := Inspect(Config{Model: path})
	if err != nil {
		t.Fatal(err)
	}
	if info.Name != "means" || info.Licence != "CC0-1.0" || info.Size != 8 || strings.Join(info.Classes, " ") != "red green blue" ||
		info.Thresholds["red"] != 0.8 || !strings.HasPrefix(info.Version, "example/means+"+info.SHA256[:12]) {
		t.Errorf("%+v", info)
	}
}

func TestPicturesAreLaidOutAndScaledAsTheManifestSays(t *testing.T) {
	m := Manifest{Size: 2, Layout: NCHW, Scaling: Scaling{Scale: 10, Mean: [3]float64{1, 2, 3}, Std: [3]float64{1, 2, 4}}}
	pixels := []float32{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 0}
	input := make([]float32, len(pixels))
	m.fill(input, pixels)
	want := []float32{-1, 2, 5, 8, -0.5, 1, 2.5, 4, -0.25, 0.5, 1.25, -0.75}
	for i := range want {
		if d := input[i] - want[i]; d > 1e-5 || d < -1e-5 {
			t.Fatalf("%v, want %v", input, want)
		}
	}
	m.Layout = NHWC
	m.fill(input, pixels)
	for i, w := range []float32{-1, -0.5, -0.25, 2, 1, 0.5} {
		if d := input[i] - w; d > 1e-5 || d < -1e-5 {
			t.Fatalf("number %d is %v, want %v", i, input[i], w)
		}
	}
}

func TestAManifestThatDoesNotFitIsRefusedWithTheReason(t *testing.T) {
	for _, row := range []struct{ manifest, reason string }{
		{``, "classes: want 1 to 64"},
		{`{"classes": ["a", "b"]}`, "for 2 classes"},
		{`{"classes": ["a", "b", "a"]}`, "there twice"},
		{`{"classes": ["a", "b", "c"], "size": 9}`, "size 9"},
		{`{"classes": ["a", "b", "c"], "layout": "NHWC"}`, "is not NHWC"},
		{`{"classes": ["a", "b", "c"], "layout": "CHWN"}`, "is not CHWN"},
		{`{"classes": ["a", "b", "c"], "thresholds": {"d": 0.5}}`, "d is no class"},
		{`{"classes": ["a", "b", "c"], "thresholds": {"a": 1.5}}`, "1.5 not above 0"},
		{`{"classes": ["a", "b", "c"], "scaling": {"std": [1, 0, 1]}}`, "std"},
		{`{"classes": ["a", "b", "c"], "scaling": {"scale": -1}}`, "scale"},
		{`{"clases": []}`, "unknown field"},
		{`{"classes": ["a", "b", "c"]} {}`, "follows"},
		{strings.Repeat(" ", maxManifest) + `{}`, "longer than"},
	} {
		_, err := Inspect(Config{Model: written(t, meanModel(), row.manifest)})
		if err == nil || !strings.Contains(err.Error(), row.reason) {
			t.Errorf("%.60s: %v, want %q", row.manifest, err, row.reason)
		}
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"classes": ["a", "b", "c"], "size": 8, "scaling": {"std": [1, 2, 3]}}`))
	d, err := describe(meanModel())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "m.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := readManifest(path)
		if err != nil || m.complete(d) != nil {
			return
		}
		pixels := make([]float32, 3*m.Size*m.Size)
		m.fill(make([]float32, len(pixels)), pixels)
	})
}
