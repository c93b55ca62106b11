package onnx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
)

// Manifest says how a model of one's own is used. It is the file beside it, named as it is and ".json" (model.onnx.json):
//
//	{
//	  "source": "where it comes from", "licence": "MIT",
//	  "size": 224, "layout": "NCHW",
//	  "scaling": {"scale": 255, "mean": [123.7, 116.3, 103.5], "std": [58.4, 57.1, 57.4]},
//	  "classes": ["neutral", "nude"], "thresholds": {"nude": 0.8}
//	}
//
// What it leaves out is taken from the model's metadata and shape. The model has one input, float32, and
// one output, a score from 0 to 1 for each class.
type Manifest struct {
	Source  string `json:"source,omitempty"`
	Licence string `json:"licence,omitempty"`
	// Size is the side of the square picture that the model takes, in pixels.
	Size    int     `json:"size,omitempty"`
	Layout  Layout  `json:"layout,omitempty"`
	Scaling Scaling `json:"scaling,omitzero"`
	// Classes are what the scores are of, in their order.
	Classes []string `json:"classes,omitempty"`
	// Thresholds are the scores from which the model's maker takes a class for certain. Rules have their own.
	Thresholds map[string]float64 `json:"thresholds,omitempty"`
}

// Layout is the order of the numbers of a picture.
type Layout string

// Layouts that models use: colours of a pixel together, or one plane of pixels for each colour.
const (
	NHWC Layout = "NHWC"
	NCHW Layout = "NCHW"
)

// Scaling turns colours from 0..1 to what the model was trained with: (value*Scale - Mean) / Std. Zero means as they are.
type Scaling struct {
	Scale float64    `json:"scale,omitempty"`
	Mean  [3]float64 `json:"mean,omitzero"`
	Std   [3]float64 `json:"std,omitzero"`
}

// Bounds of a manifest and of what it describes.
const (
	maxManifest = 64 << 10
	maxSize     = 1024
	maxClasses  = 64
)

// readManifest returns an empty one if there is none.
func readManifest(path string) (Manifest, error) {
	var m Manifest
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxManifest+1))
	if err != nil {
		return m, err
	}
	if len(data) > maxManifest {
		return m, fmt.Errorf("%s: longer than %d bytes", path, maxManifest)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&m); err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	if strict.More() {
		return m, fmt.Errorf("%s: something follows the manifest", path)
	}
	return m, nil
}

// complete fills in what the model's file says, and checks that both agree. All problems are joined.
func (m *Manifest) complete(d described) error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if m.Source == "" {
		m.Source = d.metadata["source"]
	}
	if m.Licence == "" {
		m.Licence = d.metadata["licence"]
	}
	if classes := d.metadata["classes"]; len(m.Classes) == 0 && classes != "" {
		m.Classes = strings.Split(classes, ",")
	}
	m.completeShape(d.input.shape, bad)
	m.Scaling.complete(bad)
	if n := len(m.Classes); n == 0 || n > maxClasses {
		bad("classes: want 1 to %d, there are %d", maxClasses, n)
	}
	for i, class := range m.Classes {
		if class == "" || len(class) > 64 || slices.Contains(m.Classes[:i], class) {
			bad("classes: %q is empty, too long or there twice", class)
		}
	}
	for class, threshold := range m.Thresholds {
		if !slices.Contains(m.Classes, class) || !(threshold > 0 && threshold <= 1) {
			bad("thresholds: %s is no class, or %v not above 0 and up to 1", class, threshold)
		}
	}
	if d.input.elements != typeFloat || d.output.elements != typeFloat {
		bad("input and output: want float32")
	}
	if out := d.output.shape; len(out) != 2 || !fits(out[0], 1) || !fits(out[1], len(m.Classes)) {
		bad("output: shape %v for %d classes", out, len(m.Classes))
	}
	return errors.Join(problems...)
}

// completeShape tells layout and size by where the three colours are in the input's shape.
func (m *Manifest) completeShape(shape []int, bad func(string, ...any)) {
	if len(shape) != 4 {
		bad("input: shape %v, want four dimensions", shape)
		return
	}
	if m.Layout == "" {
		m.Layout = NHWC
		if shape[1] == 3 && shape[3] != 3 {
			m.Layout = NCHW
		}
	}
	if m.Size == 0 {
		m.Size = shape[2] // a side in both layouts
	}
	if m.Size < 1 || m.Size > maxSize {
		bad("size: want 1 to %d, not %d", maxSize, m.Size)
	}
	for i, side := range m.shape() {
		if !fits(shape[i], int(side)) {
			bad("input: shape %v is not %s of size %d", shape, m.Layout, m.Size)
			return
		}
	}
}

// shape is the input's, for one picture.
func (m *Manifest) shape() [4]int64 {
	side := int64(m.Size)
	if m.Layout == NCHW {
		return [4]int64{1, 3, side, side}
	}
	return [4]int64{1, side, side, 3}
}

// fits tells whether a model's side, which may be left open, can be this one.
func fits(side, want int) bool { return side == want || side < 0 }

func (s *Scaling) complete(bad func(string, ...any)) {
	if s.Scale == 0 {
		s.Scale = 1
	}
	if s.Std == [3]float64{} {
		s.Std = [3]float64{1, 1, 1}
	}
	for i := range 3 {
		if !(s.Std[i] > 0) || math.IsInf(s.Std[i], 0) || math.IsNaN(s.Mean[i]) || !(s.Scale > 0) {
			bad("scaling: scale and std want numbers above 0")
			return
		}
	}
}

// fill writes a picture, colours together and from 0 to 1, as the model takes it.
func (m *Manifest) fill(input, pixels []float32) {
	if m.Layout == NHWC && m.Scaling == (Scaling{Scale: 1, Std: [3]float64{1, 1, 1}}) {
		copy(input, pixels)
		return
	}
	var by, less [3]float32
	for c := range 3 {
		by[c] = float32(m.Scaling.Scale / m.Scaling.Std[c])
		less[c] = float32(m.Scaling.Mean[c] / m.Scaling.Std[c])
	}
	plane := m.Size * m.Size
	for i := range plane {
		for c := range 3 {
			v := pixels[3*i+c]*by[c] - less[c]
			if m.Layout == NCHW {
				input[c*plane+i] = v
			} else {
				input[3*i+c] = v
			}
		}
	}
}
