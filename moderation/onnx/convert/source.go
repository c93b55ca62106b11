package convert

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
)

// The package and the network in it that this converter was made and checked for.
const (
	Package = "nsfwjs"
	Version = "4.4.0"
	Network = "mobilenet_v2_mid"
	Licence = "MIT"
)

// Source says where the model comes from.
const Source = Package + "@" + Version + "/" + Network

// Bounds of what is read. The largest file has 5.6 MB.
const (
	maxFile   = 16 << 20
	maxShards = 16
)

// ErrPackage is the reason when a folder does not hold the package, or not the version that is known here.
var ErrPackage = errors.New("not " + Package + " " + Version)

// source is the network as the package holds it.
type source struct {
	model   graphModel
	weights []byte
}

// shardName is a name of a file beside the model.
var shardName = regexp.MustCompile(`^group[0-9]+-shard[0-9]+of[0-9]+$`)

// read takes the network out of the package's folder.
func read(pkg fs.FS) (*source, error) {
	var about struct{ Name, Version, License string }
	manifest, err := readFile(pkg, "package.json")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPackage, err)
	}
	if err := json.Unmarshal(manifest, &about); err != nil {
		return nil, fmt.Errorf("%w: package.json: %w", ErrPackage, err)
	}
	if about.Name != Package || about.Version != Version || about.License != Licence {
		return nil, fmt.Errorf("%w: %s %s, %s", ErrPackage, about.Name, about.Version, about.License)
	}
	folder := path.Join("dist/models", Network)
	topology, err := readExported(pkg, path.Join(folder, "model.min.js"))
	if err != nil {
		return nil, err
	}
	s := &source{}
	strict := json.NewDecoder(bytes.NewReader(topology))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&s.model); err != nil {
		return nil, fmt.Errorf("model.min.js: %w", err)
	}
	if s.model.Format != "graph-model" || len(s.model.WeightsManifest) != 1 {
		return nil, errors.New("model.min.js: not a graph model with one group of weights")
	}
	group := &s.model.WeightsManifest[0]
	if len(group.Paths) > maxShards {
		return nil, fmt.Errorf("model.min.js: %d files of weights", len(group.Paths))
	}
	for _, shard := range group.Paths {
		if !shardName.MatchString(shard) {
			return nil, fmt.Errorf("model.min.js: weights in a file named %q", shard)
		}
		text, err := readExported(pkg, path.Join(folder, shard+".min.js"))
		if err != nil {
			return nil, err
		}
		var encoded string
		if err := json.Unmarshal(text, &encoded); err != nil {
			return nil, fmt.Errorf("%s: %w", shard, err)
		}
		decoded, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", shard, err)
		}
		s.weights = append(s.weights, decoded...)
	}
	return s, nil
}

func readExported(pkg fs.FS, name string) ([]byte, error) {
	bundle, err := readFile(pkg, name)
	if err != nil {
		return nil, err
	}
	literal, err := exported(bundle)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return literal, nil
}

func readFile(pkg fs.FS, name string) ([]byte, error) {
	file, err := pkg.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: longer than %d bytes", name, maxFile)
	}
	return data, nil
}
