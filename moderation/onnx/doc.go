// Package onnx runs the network that judges pictures, inside this process, with ONNX Runtime.
//
// A Classifier owns one session, which any number of goroutines use at once: each call runs on its caller's thread and
// holds it for some 15 ms. It starts no goroutine. What a picture is scored depends on nothing but the picture.
//
// # What it needs
//
// A model (model.onnx) and the library libonnxruntime, both of which `omezle model build` puts into var/model. The library
// is loaded while the program runs, so that nothing but cgo is needed to build it; a binary without cgo has this package
// as well, and Open says ErrNoCGO. ErrNoModel and ErrNoLibrary tell what else may be missing. A process loads one
// library, once, and keeps it.
//
// The model of the package convert carries what there is to know about it as metadata. One of your own needs a manifest
// beside it, the file's name and ".json": see Manifest.
//
// # How pictures are given
//
// As float32, red, green and blue of a pixel together, rows from the top, 0 to 1: Size*Size*3 numbers. It is this form in
// which the browser gives them to the same network, so that both sides' scores can be compared. What else a model of your
// own wants, its manifest says, and it is done here.
//
// Build makes the files of the bundled model, for the server and for the browser; SelfTest says whether a model judges two
// patterns, which are no pictures of anything, as the bundled one does.
package onnx
