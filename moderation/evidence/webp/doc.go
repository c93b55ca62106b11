// Package webp puts the container of WebP's simple lossy format (RFC 9649) around a VP8 keyframe. Nothing is decoded or
// coded again. It refuses what a decoder of WebP would, and what is larger than MaxKeyframe, before it allocates. It has
// no state and no goroutine. It is apart from its parent because a fuzzer of the parent, which holds the libraries of
// object stores, does four inputs a second.
package webp
