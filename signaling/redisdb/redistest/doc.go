// Package redistest starts the Redis servers that tests and benchmarks talk
// to: one server, a Cluster of three masters, a Sentinel with a master and a
// replica. They are real redis-server processes on loopback ports, in
// temporary folders, and end with the test.
//
// [Each] is the usual way in: it runs one test over the embedded server, a
// single one and a Cluster. Every test gets a Redis of its own, so parallel
// tests never meet. A Cluster takes more than two seconds to become writable, so
// a package that uses many wraps its TestMain in [Main]; its tests then share
// one, emptied in between, and take turns on it.
//
// [Server] is for outages: Stop and Start, Pause and Resume. [StartSingle],
// [StartCluster] and [StartSentinel] need no testing.T.
//
// OMEZLE_TEST_REDIS_URL names a server for [Single] to use instead of starting
// one. Its database is emptied before each test, and tests of all processes
// take turns on it.
package redistest
