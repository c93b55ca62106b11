// Package acceptance tests what the service promises to people, with the real
// program: several nodes as processes on one machine, real Redis and Postgres,
// and visitors who speak omezle.v1. Nodes are killed, stopped and drained, stores go away and come back, strangers
// misbehave; the tests look at what visitors notice.
//
// With OMEZLE_TEST_LONG=1 outages of stores take 30 s instead of 8 s.
package acceptance
