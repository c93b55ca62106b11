package onnx

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"omezle/moderation/onnx/convert"
	"omezle/moderation/onnx/fetch"
)

// ErrNoPackage is what Build says when the npm package is not where it should be.
var ErrNoPackage = errors.New("onnx: the npm package " + convert.Package + " " + convert.Version + " is not there: run `cd web && npm install`")

// Places are where Build takes the bundled model from and where it puts it.
type Places struct {
	Package string // folder of the npm package nsfwjs, unpacked
	Server  string // gets the model and the library
	Browser string // gets the two files that the client loads
}

// PlacesIn are those of a working copy of the source.
func PlacesIn(root string) Places {
	in := func(path string) string { return filepath.Join(root, filepath.FromSlash(path)) }
	return Places{Package: in("web/node_modules/" + convert.Package), Server: in(Folder), Browser: in("web/public/model")}
}

// Build makes the bundled model for both sides and puts the library beside it. What is there and right is left as it
// is; files are replaced as a whole.
func Build(ctx context.Context, p Places) error {
	if !p.made() {
		model, err := convert.Convert(os.DirFS(p.Package))
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w: %w", ErrNoPackage, err)
		}
		if err != nil {
			return fmt.Errorf("onnx: %w", err)
		}
		packed, err := pack(model.Browser[convert.Weights])
		if err != nil {
			return fmt.Errorf("onnx: %w", err)
		}
		model.Browser[packedWeights] = packed
		if err := errors.Join(place(p.Server, model.Server), place(p.Browser, model.Browser)); err != nil {
			return fmt.Errorf("onnx: %w", err)
		}
	}
	if err := fetch.Library(ctx, p.Server); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	return nil
}

// Check tells what of the bundled model is missing or not as it was made. All problems are joined.
func (p Places) Check() error {
	return errors.Join(check(p.Server, convert.Server()), CheckBrowser(p.Browser), fetch.Check(filepath.Join(p.Server, LibraryFile())))
}

// packedWeights is what the page's server sends to browsers that take gzip: 3.3 MB instead of 4.3.
const packedWeights = convert.Weights + ".gz"

// CheckBrowser tells what of the browser's files is missing in a folder or not as it was made.
func CheckBrowser(folder string) error {
	if err := check(folder, convert.Browser()); err != nil {
		return err
	}
	path := filepath.Join(folder, packedWeights)
	packed, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	plain, err := unpack(packed)
	if err != nil {
		return fmt.Errorf("onnx: %s: run `omezle model build`: %w", path, err)
	}
	if convert.Checksum(plain) != convert.Browser()[convert.Weights] {
		return fmt.Errorf("onnx: %s does not hold the weights: run `omezle model build`", path)
	}
	return nil
}

func pack(data []byte) ([]byte, error) {
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zip.Write(data); err != nil {
		return nil, err
	}
	err = zip.Close()
	return packed.Bytes(), err
}

func unpack(packed []byte) ([]byte, error) {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(zip, maxWeights))
}

// maxWeights is more than the bundled weights have.
const maxWeights = 64 << 20

// Check tells whether a model that says that it is the bundled one is as it was made; about others there is nothing to compare with.
func (i Info) Check() error {
	if i.Source != convert.Source {
		return nil
	}
	if i.SHA256 != convert.Server()[convert.ModelONNX] {
		return fmt.Errorf("onnx: %s is not as it was made, its checksum is %s: run `omezle model build`", i.Model, i.SHA256)
	}
	return nil
}

func (p Places) made() bool {
	return check(p.Server, convert.Server()) == nil && CheckBrowser(p.Browser) == nil
}

// check compares the files of a folder with their checksums.
func check(folder string, checksums map[string]string) error {
	var problems []error
	for name, want := range checksums {
		path := filepath.Join(folder, name)
		data, err := os.ReadFile(path)
		if err != nil {
			problems = append(problems, fmt.Errorf("onnx: %w", err))
		} else if got := convert.Checksum(data); got != want {
			problems = append(problems, fmt.Errorf("onnx: %s has the checksum %s, want %s: run `omezle model build`", path, got, want))
		}
	}
	return errors.Join(problems...)
}

func place(folder string, files map[string][]byte) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, data := range files {
		if err := replace(filepath.Join(folder, name), data); err != nil {
			return err
		}
	}
	return nil
}

// replace writes a file so that there is the old one or the new one, never half of it.
func replace(path string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".model-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // renamed away, if all went well
	_, err = file.Write(data)
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
