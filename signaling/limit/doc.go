// Package limit says who a stranger is on the network and how much one may do.
//
// It owns the rule that finds a client's address behind proxies and the token
// buckets that bound what one session sends. It has no goroutine; a Bucket
// belongs to whoever holds it and is not safe for concurrent use, everything
// else is immutable after construction and safe.
package limit
