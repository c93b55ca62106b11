package onnx

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// part is a field of a message: a nested one, a text or a number.
type part struct {
	number protowire.Number
	value  any
}

// message puts a protobuf message together.
func message(parts ...part) []byte {
	var m []byte
	for _, p := range parts {
		switch v := p.value.(type) {
		case []byte:
			m = protowire.AppendBytes(protowire.AppendTag(m, p.number, protowire.BytesType), v)
		case string:
			m = protowire.AppendBytes(protowire.AppendTag(m, p.number, protowire.BytesType), []byte(v))
		case int:
			m = protowire.AppendVarint(protowire.AppendTag(m, p.number, protowire.VarintType), uint64(v))
		}
	}
	return m
}

// valueInfo describes an input or output; -1 is a side that is left open.
func valueInfo(name string, sides ...int) []byte {
	var shape []byte
	for _, side := range sides {
		dimension := part{1, side}
		if side < 0 {
			dimension = part{2, "N"}
		}
		shape = append(shape, message(part{1, message(dimension)})...)
	}
	return message(part{1, name}, part{2, message(part{1, message(part{1, 1}, part{2, shape})})})
}

// meanModel is a model of somebody else's: planes of colours in, and the mean of each out.
func meanModel() []byte {
	node := func(op, in, out string) part {
		return part{1, message(part{1, in}, part{2, out}, part{4, op})}
	}
	return message(
		part{1, 8},
		part{7, message(
			node("GlobalAveragePool", "x", "mean"), node("Flatten", "mean", "y"), part{2, "mean"},
			part{11, valueInfo("x", -1, 3, 8, 8)}, part{12, valueInfo("y", -1, 3)},
		)},
		part{8, message(part{1, ""}, part{2, 17})},
		part{14, message(part{1, "licence"}, part{2, "CC0-1.0"})},
	)
}

func TestAModelsFileTellsHowToUseIt(t *testing.T) {
	d, err := describe(meanModel())
	if err != nil {
		t.Fatal(err)
	}
	if d.input.name != "x" || !slices.Equal(d.input.shape, []int{-1, 3, 8, 8}) || d.input.elements != typeFloat {
		t.Errorf("input %+v", d.input)
	}
	if d.output.name != "y" || !slices.Equal(d.output.shape, []int{-1, 3}) {
		t.Errorf("output %+v", d.output)
	}
	if d.metadata["licence"] != "CC0-1.0" {
		t.Errorf("metadata %v", d.metadata)
	}
}

func TestAFileWithMoreThanOneInputIsNoClassifier(t *testing.T) {
	for name, model := range map[string][]byte{
		"two inputs":  message(part{7, message(part{11, valueInfo("a")}, part{11, valueInfo("b")}, part{12, valueInfo("y")})}),
		"no output":   message(part{7, message(part{11, valueInfo("a")})}),
		"nothing":     nil,
		"cut short":   meanModel()[:60],
		"another one": []byte("\x89PNG\r\n\x1a\n\x00\x00"),
	} {
		if d, err := describe(model); err == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
	weighted := message(part{7, message(
		part{5, message(part{8, "w"})}, part{11, valueInfo("a")}, part{11, valueInfo("w")}, part{12, valueInfo("y")},
	)})
	if d, err := describe(weighted); err != nil || d.input.name != "a" {
		t.Errorf("an input that has its value in the file: %+v, %v", d, err)
	}
}

func FuzzDescribe(f *testing.F) {
	f.Add(meanModel())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, model []byte) {
		d, err := describe(model)
		if err == nil {
			manifest := Manifest{}
			_ = manifest.complete(d) // it may fail, and does not panic
		}
	})
}
