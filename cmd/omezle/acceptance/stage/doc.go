// Package stage is what the acceptance tests and the benchmarks play on: nodes
// of the real program as processes of their own, and a crowd of visitors in
// this one.
//
// The program is built once per test binary, when the first node starts; wrap TestMain in [Main], which removes it.
// A [Node] listens on free ports of the loopback, keeps its files and its log in the test's temporary folder
// and ends with the test; the log's end is shown when the test fails. Redis and Postgres come from
// signaling/redisdb/redistest and models/store/storetest. CPU and memory of processes are read from /proc, so
// only on Linux.
//
// A [Guest] is a client.Visitor who can talk: numbered messages with the time in them, checked for
// gaps and order where they arrive. A [Caller] is a guest with real WebRTC (pion), who follows the service from route
// to route as a browser does; its connections end with the test, which waits for them.
package stage
