// Package evidence keeps what a flag or a report rests on: the pictures that raised it and the last lines of the
// conversation. It owns the place of the sealed items, the keys that open them, and the end of both.
//
// # Sealing
//
// Each item is sealed with AES-256-GCM by a random key of its own, bound to the item's id. That key is sealed by the
// master key and lies in the database (models.Evidence); the sealed item lies at the place under its id, which is
// random, with no other word about it. So neither the database nor the place alone shows anything, nor do both without
// the master key. The place is a folder, or a bucket of S3. The master key comes from the settings, from a file, which
// is made when nobody chose one, or stays in a key service, which then seals and opens the items' keys.
//
// # Guarantees
//
//   - What Put has returned, Open gives back until it is purged, or says why not: ErrGone, ErrMissing, ErrDamaged,
//     ErrWrongKey. Half an item is never given.
//   - Open of a vault with another master key than the database's, or at a place of another database, is refused, and
//     changes nothing. A key file that is missing while evidence is sealed is not made anew.
//   - The master key may change: with the former one among the old keys everything still opens, and Rewrap seals it
//     anew.
//   - An item is destroyed by taking its key out of the database, then its bytes from their place; then both are looked
//     for. So bytes in a backup of the place open no more, nor does a backup of the database give back bytes that are
//     gone. A backup of both does: it must not be kept longer than evidence is.
//   - The PDQ hash goes with the key: a hash of a picture tells coarsely what it shows.
//   - Of what is held nothing is destroyed. What lies at the place without a row is swept away after an hour; a row
//     whose bytes are missing is told and left alone until its time is over.
//   - Sizes are bounded before anything is sealed: MaxItem, MaxStills.
//   - Nothing but counts and ids is logged.
//
// A Vault is safe for concurrent use, also by several processes. It has no goroutine but the caller's of Run.
//
// # Stills
//
// A still is the VP8 keyframe that was judged, made a WebP file by 20 bytes around it (RFC 9649). Nothing is decoded or
// coded again for it, so it shows what the classifier saw.
package evidence
