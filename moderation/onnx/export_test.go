package onnx

import "testing"

// WriteMeanModel writes a model that gives the mean of each colour, with a manifest, and returns its path.
func WriteMeanModel(t *testing.T, manifest string) string { return written(t, meanModel(), manifest) }
