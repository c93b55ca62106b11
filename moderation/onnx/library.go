package onnx

import "omezle/moderation/onnx/fetch"

// LibraryFile is what the library is called on this system.
func LibraryFile() string { return fetch.LibraryFile() }
