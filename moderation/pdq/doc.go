// Package pdq knows pictures again. It computes PDQ, the perceptual hash that Meta has published and that banks of hashes
// are exchanged in, keeps banks of known hashes in memory, and finds what is near to a hash.
//
// # The hash
//
// A picture's luma is averaged down to 64x64 by two passes of box filters, that is transformed to its 16x16 lowest
// frequencies, and each bit of the 256 says whether one of them is above their median. Two pictures are taken for the
// same when at most MaxDistance bits differ and both have MinQuality. This is written from the published description and
// gives bit for bit what its reference code gives, without that code's shortcut of scaling large pictures down before.
// Cost is bounded by the picture's area; buffers are kept for the next one.
//
// # Banks
//
// A bank is a named set of hashes with labels, of its operator's own or from others. Banks are in the database; every
// node has all of them in an Index. Run watches the number that counts their changes, and loads them anew; Reload makes
// it look at once. A match says which bank and label, and nothing else: what follows is its reader's business.
//
// # Guarantees
//
//   - Everything is safe for concurrent use. An Index never changes; a search that runs keeps the one it began with.
//   - No more than MaxHashes are kept, by refusing an import that would exceed it.
//   - A bank that cannot be loaded leaves those before in force, and Run tries again.
//   - Text from others is bounded by line and in all, and an import is done as a whole or not at all.
package pdq
