package onnx

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Config is what operators set about the model.
type Config struct {
	Model   string `help:"ONNX model that judges frames; empty: var/model/model.onnx, here or beside the program"`
	Library string `help:"libonnxruntime; empty: beside the model, then where the bundled model is looked for"`
	Threads int    `unit:"threads" help:"threads that work on one frame; more than 1 helps only where cores are idle"`
}

// DefaultConfig returns the settings of a node that nobody configured.
func DefaultConfig() Config { return Config{Threads: 1} }

// Validate returns every problem, joined. Whether the files are there is found out by Open.
func (c Config) Validate() error {
	if c.Threads < 1 || c.Threads > 64 {
		return errors.New("onnx: threads: want 1 to 64")
	}
	return nil
}

// Reasons why there is no classifier.
var (
	ErrNoModel   = errors.New("onnx: no model: run `omezle model build`, or set the path of one")
	ErrNoLibrary = errors.New("onnx: no libonnxruntime: run `omezle model build`, or set its path")
	ErrNoCGO     = errors.New("onnx: this program was built without cgo, which the classifier needs: install gcc and build it again")
)

// Folder is where the files are made for a working copy of the source.
const Folder = "var/model"

// ModelFile is the name of the model in it.
const ModelFile = "model.onnx"

// folders are where files are looked for that nobody named, in this order.
func folders() []string {
	found := []string{filepath.FromSlash(Folder)}
	program, err := os.Executable()
	if err != nil {
		return found
	}
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	beside := filepath.Dir(program)
	return append(found, filepath.Join(beside, "model"), filepath.Join(beside, "..", filepath.FromSlash(Folder)), beside)
}

// Find returns c with the paths of the files that are used. ErrNoModel and ErrNoLibrary name where they were looked for.
func (c Config) Find() (Config, error) {
	var err error
	if c.Model, err = find(c.Model, ModelFile, folders(), ErrNoModel); err != nil {
		return c, err
	}
	where := append([]string{filepath.Dir(c.Model)}, folders()...)
	c.Library, err = find(c.Library, LibraryFile(), where, ErrNoLibrary)
	return c, err
}

// find returns path, or the first of the folders' files of that name.
func find(path, name string, folders []string, missing error) (string, error) {
	candidates := []string{path}
	if path == "" {
		candidates = nil
		for _, folder := range folders {
			candidates = append(candidates, filepath.Join(folder, name))
		}
	}
	for _, candidate := range candidates {
		if about, err := os.Stat(candidate); err == nil && about.Mode().IsRegular() {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("%w (looked for %s)", missing, candidates)
}
