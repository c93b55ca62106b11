// Package cache keeps the packets last forwarded, to answer NACKs of the viewer.
//
// It is a ring in order of arrival: a packet is decrypted into the spare slot and
// becomes part of the cache by Keep only, so that a forged packet, which fails its
// authentication after it was written, can spoil nothing but the spare slot.
//
// A Cache has no lock and no clock: the leg's shard guards it, times are passed in.
package cache
