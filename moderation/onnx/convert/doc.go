// Package convert takes the network mobilenet_v2_mid out of the npm package nsfwjs and writes it for both sides: as a
// graph model of TensorFlow.js for the browser (model.json, weights.bin) and as ONNX (opset 17) for the server.
//
// The package holds its networks as JavaScript modules, around a literal of JSON and around strings of base64. None of
// it is run. The wrapper must be the one that is expected, the literal is read by a strict parser of its own, and
// every size is bounded. What comes out is the same, to the byte, wherever it runs: its checksums are constants here,
// and a package that gives others is refused.
//
// The network works on NCHW inside and takes NHWC, 0 to 1, as the browser does; weights, bytes with a scale, become
// float32 just as TensorFlow.js makes them. Only the operations that the network has are known, and each attribute that
// would change what one does is checked: anything else ends the conversion, rather than giving a model that is almost
// right.
//
// Everything is a function of its input. There are no goroutines, and nothing is written to disk here.
package convert
