// Package fetch gets the library libonnxruntime, which runs the classifier, out of the npm package onnxruntime-node.
//
// It is the one way to that library that needs neither an account nor a host beside those that the client is built with.
// The package holds the library for every system, 86 MB packed and 300 MB unpacked, of which one file is wanted: so it is
// no dependency of the client. npm itself fetches the package, from the registry and cache that this machine is set up
// with, without running any script of it. Package and file must have the checksums that are written here, and the
// file is put in place by renaming, so that there is a whole one or none.
//
// There are no goroutines; a call takes as long as the download and ends with its context.
package fetch
