// Package web holds the visitors' and the staff's client and serves it.
//
// The client is a Vite application in this folder; `make build` compiles it into
// dist, which is embedded here, so that one binary is the whole service. dist
// holds nothing but a marker in a fresh clone: the Go side compiles all the same,
// and Handler then answers with a page that says how to build the client.
//
// What Handler guarantees:
//
//   - Files under /assets/ carry a hash of their content in their names, so they
//     are cached for ever (RFC 8246, immutable); every other file is asked for
//     again each time and answered 304 by its entity tag (RFC 9110, 13.1.2).
//   - A file with a .br or .gz sibling is sent compressed to whoever accepts it
//     (RFC 9110, 12.5.3). The siblings are never served by name. Texts without
//     one are compressed once, at the start.
//   - A path without an extension is a route of the client and gets index.html;
//     a missing file is 404, never a page that a script would choke on.
//   - Every answer carries the security headers of Headers. Nothing third-party
//     can be loaded, and no inline script or style runs.
//
// The package starts no goroutine. The embedded files are read once, when the
// Handler is made, and shared by all requests.
package web
