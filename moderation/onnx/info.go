package onnx

import (
	"cmp"
	"path"
	"path/filepath"
)

// infoOf puts together what manifest and file say.
func infoOf(file string, m Manifest, checksum string) Info {
	source := cmp.Or(m.Source, filepath.Base(file))
	return Info{
		Name: path.Base(source), Source: source, Licence: cmp.Or(m.Licence, "unknown"), Version: source + "+" + checksum[:12],
		Size: m.Size, Classes: m.Classes, Thresholds: m.Thresholds, SHA256: checksum, Model: file,
	}
}
