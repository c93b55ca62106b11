package onnx_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"omezle/moderation/frame"
	"omezle/moderation/onnx"
	"omezle/moderation/onnx/onnxtest"
)

// parity is how far a score of the server may be from the browser's.
const parity = 1e-4

// shot is one picture for both sides: its bytes for the browser's and its pixels, scaled by Go, for the server's.
type shot struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"` // rgb or i420
	Width  int    `json:"width"`
	Height int    `json:"height"`
	bytes  []byte
	pixels []float32
}

// The browser's side of keyframes gets the planes that Go decoded. That they are what libvpx decodes is shown by
// TestKeyframesDecodeToTheSamplesOfLibvpx, and the way from there (colours, scaling) is each side's own. Both take colours
// for what 8-bit fixed point makes of them. A browser whose canvas rounds otherwise moves scores near the middle: by up
// to 0.007 for these keyframes when it rounds exactly.
func TestPicturesScoreOnTheServerAsInTheBrowser(t *testing.T) {
	classifier := onnxtest.Open(t)
	size := classifier.Info().Size
	var shots []shot
	for i := range 40 {
		drawn := draw(i)
		shots = append(shots, shot{
			Name: fmt.Sprintf("%s %dx%d", drawn.name, drawn.width, drawn.height), Kind: "rgb", Width: drawn.width, Height: drawn.height,
			bytes: drawn.rgb, pixels: drawn.squeeze(size),
		})
	}
	for _, path := range keyframes(t) {
		picture := decode(t, path)
		pixels := make([]float32, 3*size*size)
		frame.Fill(pixels, picture, size)
		shots = append(shots, shot{
			Name: filepath.Base(path), Kind: "i420", Width: picture.Rect.Dx(), Height: picture.Rect.Dy(),
			bytes: planes(picture), pixels: pixels,
		})
	}
	if len(shots) != 80 {
		t.Fatalf("%d pictures, want 40 images and 40 keyframes", len(shots))
	}
	seen := browserScores(t, shots)
	t.Run("images", func(t *testing.T) { compare(t, classifier, shots[:40], seen[:40]) })
	t.Run("keyframes", func(t *testing.T) { compare(t, classifier, shots[40:], seen[40:]) })
}

// compare asks the server for its scores. browser has those of the same pictures by the names of the classes.
func compare(t *testing.T, classifier *onnx.Classifier, shots []shot, browser []map[string]float64) {
	t.Helper()
	classes := classifier.Info().Classes
	var largest float64
	var where string
	winners := map[string]int{}
	for i, s := range shots {
		server, err := classifier.Classify(t.Context(), s.pixels)
		if err != nil {
			t.Fatal(err)
		}
		if len(browser[i]) != len(classes) {
			t.Fatalf("%s: the browser scores %v, the server knows %v", s.Name, browser[i], classes)
		}
		for c, score := range server {
			seen, ok := browser[i][classes[c]]
			difference := math.Abs(score - seen)
			if difference > largest {
				largest, where = difference, s.Name
			}
			if !ok || !(difference <= parity) {
				t.Errorf("%s: %s is %.6f on the server and %.6f in the browser", s.Name, classes[c], score, seen)
			}
		}
		winners[classes[slices.Index(server, slices.Max(server))]]++
	}
	t.Logf("%d pictures, largest difference %.2g (%s), limit %g; %v", len(shots), largest, where, parity, winners)
	if len(winners) < 3 { // pictures that all look the same to the network would prove little
		t.Error("the pictures are of fewer than three classes")
	}
}

// scored is what web/parity/scores.mjs prints.
type scored struct {
	Backend string
	Scores  []map[string]float64
}

func browserScores(t *testing.T, shots []shot) []map[string]float64 {
	t.Helper()
	folder := t.TempDir()
	index, err := json.Marshal(shots)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, s := range shots {
		all = append(all, s.bytes...)
	}
	for name, data := range map[string][]byte{"index.json": index, "pictures.bin": all} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root := onnxtest.Root(t)
	node := exec.CommandContext(t.Context(), "node", "parity/scores.mjs", onnx.PlacesIn(root).Browser, folder)
	node.Dir = filepath.Join(root, "web")
	var problems bytes.Buffer
	node.Stderr = &problems
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node parity/scores.mjs: %v; it needs Node and `cd web && npm install`\n%s", err, &problems)
	}
	var result scored
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("node parity/scores.mjs: %v\n%.2000s", err, out)
	}
	if len(result.Scores) != len(shots) || result.Backend != "wasm" {
		t.Fatalf("%d scores by %s, want %d by wasm", len(result.Scores), result.Backend, len(shots))
	}
	return result.Scores
}

// planes are the samples of a picture, without what the decoder pads them with.
func planes(picture *image.YCbCr) []byte {
	width, height := picture.Rect.Dx(), picture.Rect.Dy()
	var all []byte
	for y := range height {
		all = append(all, picture.Y[y*picture.YStride:][:width]...)
	}
	for _, plane := range [][]byte{picture.Cb, picture.Cr} {
		for y := range (height + 1) / 2 {
			all = append(all, plane[y*picture.CStride:][:(width+1)/2]...)
		}
	}
	return all
}
