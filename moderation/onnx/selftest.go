package onnx

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
)

// patterns are two grids of coloured points. Neither shows anything; the bundled model takes one of them for Porn.
//
//go:embed testdata/trigger.grid.json testdata/neutral.grid.json
var patterns embed.FS

// Scores that the self-test wants of the bundled model: that of Porn, for the two patterns.
const (
	triggerAtLeast = 0.99
	neutralAtMost  = 0.05
)

// SelfTest lets the model judge the two patterns. A model without the class Porn cannot be tested so: it has to
// give scores only.
func (c *Classifier) SelfTest(ctx context.Context) error {
	class := slices.Index(c.info.Classes, "Porn")
	for _, name := range []string{"trigger", "neutral"} {
		pixels, err := pattern(name, c.info.Size)
		if err != nil {
			return err
		}
		scores, err := c.Classify(ctx, pixels)
		if err != nil {
			return err
		}
		if class < 0 {
			continue
		}
		if score := scores[class]; (name == "trigger" && score < triggerAtLeast) || (name == "neutral" && score > neutralAtMost) {
			return fmt.Errorf("onnx: self-test: the %s pattern scores %.4f as Porn", name, score)
		}
	}
	return nil
}

// pattern draws one of the grids as a picture for the model, with smooth steps between its points.
func pattern(name string, size int) ([]float32, error) {
	data, err := patterns.ReadFile("testdata/" + name + ".grid.json")
	if err != nil {
		return nil, fmt.Errorf("onnx: self-test: %w", err)
	}
	var grid struct {
		Width  int   `json:"gw"`
		Height int   `json:"gh"`
		RGB    []int `json:"rgb"`
	}
	if err := json.Unmarshal(data, &grid); err != nil {
		return nil, fmt.Errorf("onnx: self-test: %w", err)
	}
	at := func(x, y, c int) float32 { return float32(grid.RGB[3*(y*grid.Width+x)+c]) / 255 }
	pixels := make([]float32, 0, 3*size*size)
	for y := range size {
		y0, y1, fy := between(y, size, grid.Height)
		for x := range size {
			x0, x1, fx := between(x, size, grid.Width)
			for c := range 3 {
				above := at(x0, y0, c)*(1-fx) + at(x1, y0, c)*fx
				below := at(x0, y1, c)*(1-fx) + at(x1, y1, c)*fx
				pixels = append(pixels, above*(1-fy)+below*fy)
			}
		}
	}
	return pixels, nil
}

// between tells which two of a row of points a pixel's middle is between, and how far from the first.
func between(pixel, pixels, points int) (first, second int, part float32) {
	at := (float32(pixel)+0.5)/float32(pixels)*float32(points) - 0.5
	at = min(max(at, 0), float32(points-1))
	first = min(int(at), points-1)
	return first, min(first+1, points-1), at - float32(first)
}
