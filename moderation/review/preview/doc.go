// Package preview makes out of a still a picture that tells a reviewer roughly what it is about, and spares them the rest:
// grey, 64 pixels wide before it is enlarged, and blurred.
//
// It owns no goroutine. [PNG] is safe for concurrent use. Stills are keyframes as WebP (RIFF and one VP8 chunk, RFC 9649) and
// JPEGs of visitors' browsers, so both come from strangers: their header is checked before anything is allocated, which bounds
// the memory of one preview to about 30 MB, and a decoder that panics costs one preview.
package preview
