// Package versioned holds, on each node, the version in force of a document that staff change while the service runs:
// the routing policy, the rules about frames.
//
// A document is kept in the database with its history, as [omezle/models.Policy]: versions count from 1, are never
// changed, and the newest is in force. Version 0 is a default that is part of the program. A [Keeper] owns what is in
// force on its node; who asks for it reads a pointer and never waits. A version is set from the one that the editor has
// seen, and of two editors of the same version one wins.
//
// Its goroutine is [Keeper.Run]. It reads again when another node says that there is a new version, when messages may
// have been missed, and every 5 s in any case. While the database is away, and when a version cannot be read, as one
// that a newer program wrote, the version before stays in force. Subscribers are told of each change by that goroutine.
package versioned
