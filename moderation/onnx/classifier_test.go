package onnx_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"omezle/moderation/onnx"
	"omezle/moderation/onnx/onnxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var silent = slog.New(slog.DiscardHandler)

func TestTheBundledModelJudgesThePatternsAsItShould(t *testing.T) {
	c := onnxtest.Open(t)
	if err := c.SelfTest(t.Context()); err != nil {
		t.Error(err)
	}
	info := c.Info()
	if err := info.Check(); err != nil {
		t.Error(err)
	}
	if info.Size != 224 || !slices.Equal(info.Classes, []string{"Drawing", "Hentai", "Neutral", "Porn", "Sexy"}) ||
		info.Version != "nsfwjs@4.4.0/mobilenet_v2_mid+"+info.SHA256[:12] || info.Licence != "MIT" || info.Runtime != "1.24.3" {
		t.Errorf("%+v", info)
	}
}

func TestManyGoroutinesGetTheScoresOfTheirOwnPicture(t *testing.T) {
	c := onnxtest.Open(t)
	var pictures [][]float32
	var want [][]float64
	for i := range 4 {
		pixels := draw(i).squeeze(c.Info().Size)
		scores, err := c.Classify(t.Context(), pixels)
		if err != nil {
			t.Fatal(err)
		}
		pictures, want = append(pictures, pixels), append(want, scores)
	}
	var all sync.WaitGroup
	for g := range 24 { // more than it keeps buffers for
		all.Go(func() {
			scores, err := c.Classify(t.Context(), pictures[g%4])
			if err != nil || !slices.Equal(scores, want[g%4]) {
				t.Errorf("%v, %v; alone %v", scores, err, want[g%4])
			}
		})
	}
	all.Wait()
}

func TestClassifyRefusesWhatIsNoPicture(t *testing.T) {
	c := onnxtest.Open(t)
	for _, length := range []int{0, 1, 3*224*224 - 1, 3*224*224 + 1} {
		if scores, err := c.Classify(t.Context(), make([]float32, length)); err == nil {
			t.Errorf("%d numbers score %v", length, scores)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := c.Classify(ended, make([]float32, 3*224*224)); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func TestClosingWaitsForThoseThatClassify(t *testing.T) {
	c, err := onnx.Open(onnxtest.Model(t), silent)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := c.Classify(t.Context(), make([]float32, 3*224*224)); err != nil && !errors.Is(err, onnx.ErrClosed) {
				t.Error(err)
			}
		})
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
	all.Wait()
	if _, err := c.Classify(t.Context(), make([]float32, 3*224*224)); !errors.Is(err, onnx.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestWhatIsMissingIsToldApart(t *testing.T) {
	made := onnxtest.Model(t)
	nowhere := filepath.Join(t.TempDir(), "none")
	for _, row := range []struct {
		name string
		c    onnx.Config
		want error
	}{
		{"no model", onnx.Config{Model: nowhere, Library: made.Library, Threads: 1}, onnx.ErrNoModel},
		{"no library", onnx.Config{Model: made.Model, Library: nowhere, Threads: 1}, onnx.ErrNoLibrary},
	} {
		_, err := onnx.Open(row.c, silent)
		if !errors.Is(err, row.want) || !strings.Contains(err.Error(), "omezle model build") || !strings.Contains(err.Error(), nowhere) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func TestAFileThatIsNoModelIsRefused(t *testing.T) {
	made := onnxtest.Model(t)
	whole, err := os.ReadFile(made.Model)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("hello"), "half": whole[:len(whole)/2]} {
		c := made
		c.Model = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(c.Model, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := onnx.Open(c, silent); err == nil || !strings.Contains(err.Error(), c.Model) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A model of the operator's own: three planes of colours, scaled, of which it gives the means.
func TestAModelOfOnesOwnWorksByItsManifest(t *testing.T) {
	c := onnxtest.Model(t)
	c.Model = onnx.WriteMeanModel(t, `{"classes": ["red", "green", "blue"], "scaling": {"mean": [0.5, 0, 0], "std": [0.5, 1, 2]}}`)
	classifier, err := onnx.Open(c, silent)
	if err != nil {
		t.Fatal(err)
	}
	defer classifier.Close()
	pixels := make([]float32, 3*8*8)
	for i := 0; i < len(pixels); i += 3 {
		pixels[i], pixels[i+1], pixels[i+2] = 0.75, 0.25, 0.5
	}
	scores, err := classifier.Classify(t.Context(), pixels)
	if err != nil || !slices.Equal(scores, []float64{0.5, 0.25, 0.25}) {
		t.Errorf("%v, %v", scores, err)
	}
	if err := classifier.SelfTest(t.Context()); err != nil {
		t.Errorf("self-test of a model without the class: %v", err)
	}
}

func BenchmarkClassify(b *testing.B) {
	c := onnxtest.Open(b)
	pixels := draw(0).squeeze(c.Info().Size)
	for b.Loop() {
		if _, err := c.Classify(b.Context(), pixels); err != nil {
			b.Fatal(err)
		}
	}
}
