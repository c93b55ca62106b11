// Package storetest gives tests and benchmarks databases to work on: SQLite files
// and a PostgreSQL server of their own.
//
// The server is started at the first request of a test binary, on a free port of
// 127.0.0.1 with its files in a temporary folder and durability off, and shared by
// its tests; each gets a database of its own, dropped at its end. Run by root it
// becomes the user "postgres", because PostgreSQL refuses to be root. A helper
// process stops the server and removes its files when the test binary ends in
// whatever way, a panic and a kill included. No goroutine is left to a leak check.
//
// With OMEZLE_TEST_DATABASE_URL set, databases are created on that server instead,
// whose user must be allowed to. Tests that stop and start a server always have
// their own: see StartPostgres.
package storetest
