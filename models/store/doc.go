// Package store keeps what must outlive the process: history, reports, blocks,
// bans, flags, policies, settings, staff and the audit log. It is the only
// package that speaks SQL, and it speaks it to PostgreSQL in production and to
// a SQLite file when none is configured, with the same code and the same tests.
//
// # Guarantees
//
//   - A Store is safe for concurrent use and starts no goroutine of its own
//     beyond those of database/sql, which end with Close.
//   - Times go in and come out as UTC with millisecond precision on both
//     engines; times in records passed by pointer are cut to that.
//   - Every query takes a context and ends with it.
//   - Rows that a concurrent writer may have changed are guarded by a version or
//     by their old state, and the loser gets ErrConflict.
//   - Errors are wrapped; callers branch on the sentinels of errors.go only.
//   - Nothing is logged except statements slower than 200 ms, and those without
//     their parameters.
//
// # Schema
//
// The schema is made by the numbered scripts in schema/ and by nothing else.
// They are plain SQL rather than derived from the models, so a change of a model
// never changes what an old migration does. Migrate may be called by any number
// of nodes at the same time: PostgreSQL serialises them by an advisory lock,
// SQLite by its write lock. Migrations only add, so that a node of the previous
// version keeps working on the new schema while a deployment rolls.
//
// # Outages
//
// The pool reconnects by itself: a query during an outage fails, one after it
// works. What must not wait for the database, and must not be lost with it, goes
// through a Recorder: a bounded queue that writes behind.
//
//	            queue full: oldest dropped, counted
//	                 |
//	Session,Pair,IP -> queue -> batch -> one transaction -> written
//	                              ^          |
//	                              +- backoff + database away
//	                                         + row refused: dropped, counted
package store
