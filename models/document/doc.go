// Package document reads the JSON documents that staff write: policies, rules. Such a document is refused whole unless
// every word of it is understood, and whoever wrote it is told everything that is wrong at once, each problem with the
// path to where it is, as "rules[0].then.route: want p2p, turn or sfu".
//
// A [Reader] takes objects apart: members that are unknown, missing, twice, null or of the wrong kind are problems.
// [Problems] gathers them, and checks values that many documents have: texts, shares, lists of choices. [Span] is a time
// as people write it. Sizes are checked before anything is read, and what is told is bounded too. The package owns no
// goroutine; a Reader is used by one.
package document
