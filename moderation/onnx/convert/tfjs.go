package convert

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// graphModel is a model of TensorFlow.js, as its converter writes it.
type graphModel struct {
	Format              string          `json:"format"`
	GeneratedBy         string          `json:"generatedBy"`
	ConvertedBy         string          `json:"convertedBy"`
	UserDefinedMetadata json.RawMessage `json:"userDefinedMetadata"`
	ModelTopology       json.RawMessage `json:"modelTopology"`
	WeightsManifest     []weightGroup   `json:"weightsManifest"`
}

type weightGroup struct {
	Paths   []string `json:"paths"`
	Weights []weight `json:"weights"`
}

// weight is where a tensor is in the bytes: they follow one another.
type weight struct {
	Name         string        `json:"name"`
	Shape        []int         `json:"shape"`
	Dtype        string        `json:"dtype"`
	Quantization *quantization `json:"quantization,omitempty"`
}

type quantization struct {
	Min   json.Number `json:"min"`
	Scale json.Number `json:"scale"`
	Dtype string      `json:"dtype"`
}

// operation is a node of the graph.
type operation struct {
	Name  string               `json:"name"`
	Op    string               `json:"op"`
	Input []string             `json:"input"`
	Attr  map[string]attribute `json:"attr"`
}

// attribute has texts as base64 and integers as text, as protobuf's JSON has them.
type attribute struct {
	S    string `json:"s"`
	B    bool   `json:"b"`
	List struct {
		I []string `json:"i"`
		S []string `json:"s"`
	} `json:"list"`
}

// tensor is a constant of the network.
type tensor struct {
	shape  []int
	values []float32
}

// maxValues is how many numbers the constants may have together; the network has 4.3 million.
const maxValues = 16 << 20

// tensors reads the constants. The arithmetic is TensorFlow.js': double precision, then rounded once.
func (s *source) tensors() (map[string]tensor, error) {
	all := map[string]tensor{}
	rest, total := s.weights, 0
	for _, w := range s.model.WeightsManifest[0].Weights {
		count := 1
		for _, side := range w.Shape {
			if side < 1 || side > maxValues {
				return nil, fmt.Errorf("weights %s: shape %v", w.Name, w.Shape)
			}
			if count *= side; count > maxValues {
				return nil, fmt.Errorf("weights %s: shape %v", w.Name, w.Shape)
			}
		}
		if total += count; total > maxValues {
			return nil, errors.New("weights: too many")
		}
		if w.Dtype != "float32" {
			return nil, fmt.Errorf("weights %s: of type %s", w.Name, w.Dtype)
		}
		t := tensor{w.Shape, make([]float32, count)}
		size := 4 * count
		if w.Quantization != nil {
			size = count
		}
		if len(rest) < size {
			return nil, fmt.Errorf("weights %s: the bytes end before", w.Name)
		}
		if err := w.decode(t.values, rest[:size]); err != nil {
			return nil, fmt.Errorf("weights %s: %w", w.Name, err)
		}
		if _, ok := all[w.Name]; ok {
			return nil, fmt.Errorf("weights %s: twice", w.Name)
		}
		all[w.Name], rest = t, rest[size:]
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("weights: %d bytes belong to none", len(rest))
	}
	return all, nil
}

func (w *weight) decode(values []float32, data []byte) error {
	if w.Quantization == nil {
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		return nil
	}
	low, err := w.Quantization.Min.Float64()
	if err != nil {
		return err
	}
	scale, err := w.Quantization.Scale.Float64()
	if err != nil {
		return err
	}
	if w.Quantization.Dtype != "uint8" {
		return fmt.Errorf("kept as %s", w.Quantization.Dtype)
	}
	for i, b := range data {
		scaled := float64(b) * scale
		values[i] = float32(float64(scaled) + low) // the conversion keeps compilers from fusing, which would round once less
	}
	return nil
}

// text is an attribute that is a word.
func (o *operation) text(name string) (string, error) {
	decoded, err := base64.StdEncoding.DecodeString(o.Attr[name].S)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return string(decoded), nil
}

// words is an attribute that is a list of words.
func (o *operation) words(name string) ([]string, error) {
	var words []string
	for _, encoded := range o.Attr[name].List.S {
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		words = append(words, string(decoded))
	}
	return words, nil
}

// plane is the part about height and width of an attribute with a number for each of N, H, W and C.
func (o *operation) plane(name string) ([2]int, error) {
	list := o.Attr[name].List.I
	if len(list) != 4 || list[0] != "1" || list[3] != "1" {
		return [2]int{}, fmt.Errorf("%s: %v", name, list)
	}
	var sides [2]int
	for i := range sides {
		n, err := strconv.Atoi(list[1+i])
		if err != nil || n < 1 || n > 64 {
			return sides, fmt.Errorf("%s: %v", name, list)
		}
		sides[i] = n
	}
	return sides, nil
}

// sourceOf names the node that an input comes from: all nodes of the network have one output.
func sourceOf(input string) (string, error) {
	name, output, _ := strings.Cut(input, ":")
	if strings.HasPrefix(name, "^") || (output != "" && output != "0") {
		return "", fmt.Errorf("input %q", input)
	}
	return name, nil
}
