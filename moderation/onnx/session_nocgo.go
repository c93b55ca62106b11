//go:build !cgo

package onnx

func openSession(Config, *loaded) (session, string, error) { return nil, "", ErrNoCGO }
