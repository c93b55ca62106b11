package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Classes are what the network tells apart, in the order of its scores.
func Classes() []string { return []string{"Drawing", "Hentai", "Neutral", "Porn", "Sexy"} }

// Names of the files. The browser loads the first, which names the second.
const (
	ModelJSON = "model.json"
	Weights   = "weights.bin"
	ModelONNX = "model.onnx"
)

// Browser returns the SHA-256 of what is written for browsers, by the names of the files.
func Browser() map[string]string {
	return map[string]string{ModelJSON: modelSHA256, Weights: weightsSHA256}
}

// Server returns those of what is written for the server.
func Server() map[string]string { return map[string]string{ModelONNX: onnxSHA256} }

const (
	modelSHA256   = "567cd0e269d92274dae0a4c03b7d65c1ea929b78b9c61e65fe1203da007242ab"
	weightsSHA256 = "fee38f0bcbad1a223b8301c014bbf78984365aef5ab08fc3289ed4229ab67f0e"
	onnxSHA256    = "f035347da705a22682f317b8dca493460fcb890daa3db43395bbd9b5b24bc8fc"
)

// ErrChecksum is the reason when what comes out is not what this version was checked with.
var ErrChecksum = errors.New("the result has another checksum than the one that was checked")

// Model is the network in both forms, by the names of the files.
type Model struct {
	Browser map[string][]byte // model.json, weights.bin
	Server  map[string][]byte // model.onnx
}

// Convert takes the network out of a folder that holds the npm package, unpacked.
func Convert(pkg fs.FS) (*Model, error) {
	model, err := convert(pkg)
	if err != nil {
		return nil, fmt.Errorf("convert: %w", err)
	}
	return model, nil
}

func convert(pkg fs.FS) (*Model, error) {
	s, err := read(pkg)
	if err != nil {
		return nil, err
	}
	output, err := s.output()
	if err != nil {
		return nil, err
	}
	tensors, err := s.tensors()
	if err != nil {
		return nil, err
	}
	var topology struct{ Node []operation }
	if err := json.Unmarshal(s.model.ModelTopology, &topology); err != nil {
		return nil, fmt.Errorf("model.min.js: %w", err)
	}
	graph, err := build(topology.Node, tensors, output, len(Classes()))
	if err != nil {
		return nil, err
	}
	onnx := graph.model(Network, []property{
		{"classes", strings.Join(Classes(), ",")}, {"source", Source}, {"licence", Licence}, {"weights_sha256", Checksum(s.weights)},
	})
	s.model.WeightsManifest[0].Paths = []string{Weights}
	browser, err := json.Marshal(s.model)
	if err != nil {
		return nil, err
	}
	model := &Model{
		Browser: map[string][]byte{ModelJSON: browser, Weights: s.weights},
		Server:  map[string][]byte{ModelONNX: onnx},
	}
	return model, model.check()
}

// check compares with the checksums.
func (m *Model) check() error {
	return errors.Join(compare(m.Browser, Browser()), compare(m.Server, Server()))
}

func compare(files map[string][]byte, checksums map[string]string) error {
	for name, data := range files {
		if got := Checksum(data); got != checksums[name] {
			return fmt.Errorf("%s: %w: %s", name, ErrChecksum, got)
		}
	}
	return nil
}

// Checksum is the SHA-256 of a file, in hexadecimal digits.
func Checksum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// output is the name of the node whose result is the scores.
func (s *source) output() (string, error) {
	type described struct {
		Name        string
		Dtype       string
		TensorShape struct{ Dim []struct{ Size string } }
	}
	var about struct {
		Signature struct{ Inputs, Outputs map[string]described }
	}
	if err := json.Unmarshal(s.model.UserDefinedMetadata, &about); err != nil {
		return "", fmt.Errorf("model.min.js: signature: %w", err)
	}
	if len(about.Signature.Inputs) != 1 || len(about.Signature.Outputs) != 1 {
		return "", errors.New("model.min.js: more than one input or output")
	}
	for _, input := range about.Signature.Inputs {
		if want := fmt.Sprintf("DT_FLOAT [{-1} {%d} {%d} {3}]", Size, Size); fmt.Sprint(input.Dtype, " ", input.TensorShape.Dim) != want {
			return "", fmt.Errorf("model.min.js: input is %s %v", input.Dtype, input.TensorShape.Dim)
		}
	}
	var name string
	for _, output := range about.Signature.Outputs {
		name = output.Name
	}
	return sourceOf(name)
}
