package onnx

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"os"
	"slices"
	"sync"
)

// maxModel is how large a model's file may be.
const maxModel = 512 << 20

// ErrClosed is what Classify says after Close.
var ErrClosed = errors.New("onnx: the classifier is closed")

// Info is what is known about a model.
type Info struct {
	Name    string `json:"name"` // the part of the source after the last slash, or the file's name
	Source  string `json:"source"`
	Licence string `json:"licence"`
	// Version tells models apart, in flags and in the figures of rules: source and the first 12 digits of the checksum.
	Version string   `json:"version"`
	Size    int      `json:"size"` // side of the square picture, in pixels
	Classes []string `json:"classes"`
	// Thresholds are those that the manifest recommends, if any.
	Thresholds map[string]float64 `json:"thresholds,omitempty"`
	SHA256     string             `json:"sha256"`
	Model      string             `json:"model"`   // path
	Library    string             `json:"library"` // path, or empty
	Runtime    string             `json:"runtime"` // version of the library; empty until it is loaded
}

// Classifier scores pictures. It is safe for concurrent use.
type Classifier struct {
	info     Info
	manifest Manifest

	open    sync.RWMutex // held for reading while a session is used
	session session
}

// session runs the network. Its run is safe for concurrent use, close is called once and when nothing runs.
type session interface {
	// run lets fill write the input and returns the scores, which the caller owns.
	run(fill func(input []float32)) ([]float32, error)
	close() error
}

// Open loads the library and the model. ErrNoModel, ErrNoLibrary and ErrNoCGO tell what is missing.
func Open(c Config, log *slog.Logger) (*Classifier, error) {
	c, err := c.Find()
	if err != nil {
		return nil, err
	}
	m, err := load(c.Model)
	if err != nil {
		return nil, err
	}
	m.info.Library = c.Library
	opened, version, err := openSession(c, m)
	if err != nil {
		return nil, err
	}
	m.info.Runtime = version
	log.Info("classifier loaded", "model", m.info.Version, "onnxruntime", version)
	return &Classifier{info: m.info, manifest: m.manifest, session: opened}, nil
}

// Inspect tells about a model without running it, which needs no library and no cgo.
func Inspect(c Config) (Info, error) {
	found, err := c.Find()
	if err != nil && !errors.Is(err, ErrNoLibrary) {
		return Info{}, err
	}
	m, err := load(found.Model)
	if err != nil {
		return Info{}, err
	}
	m.info.Library = found.Library
	return m.info, nil
}

// loaded is a model's file and what is known about it.
type loaded struct {
	data     []byte
	in, out  string // names of its input and output
	manifest Manifest
	info     Info
}

func load(path string) (*loaded, error) {
	fail := func(err error) (*loaded, error) { return nil, fmt.Errorf("onnx: model %s: %w", path, err) }
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoModel, err)
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return fail(err)
	}
	if about.Size() > maxModel {
		return fail(fmt.Errorf("larger than %d bytes", int64(maxModel)))
	}
	data := make([]byte, about.Size())
	if _, err := io.ReadFull(file, data); err != nil {
		return fail(err)
	}
	d, err := describe(data)
	if err != nil {
		return fail(err)
	}
	manifest, err := readManifest(path + ".json")
	if err != nil {
		return nil, fmt.Errorf("onnx: manifest: %w", err)
	}
	if err := manifest.complete(d); err != nil {
		return fail(err)
	}
	sum := sha256.Sum256(data)
	return &loaded{data: data, in: d.input.name, out: d.output.name, manifest: manifest, info: infoOf(path, manifest, hex.EncodeToString(sum[:]))}, nil
}

// Info tells about the model. The caller owns what it gets.
func (c *Classifier) Info() Info {
	info := c.info
	info.Classes = slices.Clone(info.Classes)
	info.Thresholds = maps.Clone(info.Thresholds)
	return info
}

// Classify scores a picture: Size*Size*3 numbers from 0 to 1, red, green and blue of a pixel together, rows from the
// top. The scores are in the order of the classes. It does not wait for anybody and cannot be interrupted; ctx is looked
// at before.
func (c *Classifier) Classify(ctx context.Context, pixels []float32) ([]float64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if want := 3 * c.info.Size * c.info.Size; len(pixels) != want {
		return nil, fmt.Errorf("onnx: a picture of %d numbers, want %d", len(pixels), want)
	}
	c.open.RLock()
	defer c.open.RUnlock()
	if c.session == nil {
		return nil, ErrClosed
	}
	raw, err := c.session.run(func(input []float32) { c.manifest.fill(input, pixels) })
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	if len(raw) != len(c.info.Classes) {
		return nil, fmt.Errorf("onnx: %d scores for %d classes", len(raw), len(c.info.Classes))
	}
	scores := make([]float64, len(raw))
	for i, score := range raw {
		if scores[i] = float64(score); math.IsNaN(scores[i]) || math.IsInf(scores[i], 0) {
			return nil, fmt.Errorf("onnx: the score of %s is %v", c.info.Classes[i], score)
		}
	}
	return scores, nil
}

// Close frees the model, after the calls that use it. The library stays loaded.
func (c *Classifier) Close() error {
	c.open.Lock()
	defer c.open.Unlock()
	if c.session == nil {
		return nil
	}
	err := c.session.close()
	c.session = nil
	return err
}
