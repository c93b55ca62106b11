// Package client is the Go side of omezle.v1: what a browser's page does with
// the signalling service, without media. Tests and the load tool visit with it.
//
// It has three layers, each of use without the next:
//
//   - [Create] and [Dial]: one session over HTTP, one websocket from hello on.
//   - [Stream]: the numbered peer stream of one pair, as package protocol
//     describes it. It is pure: time is passed in, it neither sends nor waits.
//   - [Visitor]: a person with a browser. It connects, resumes after every loss as
//     protocol.Advice says, over a list of nodes, keeps what was asked (a search, a leave, a
//     report) until it is answered, and runs the stream of its pair.
//
// # Guarantees
//
// What a Visitor's handler sees of pairs is consistent whatever happens to
// sockets: matched, then the partner's numbered messages exactly once and in order,
// then ended, then perhaps the next matched. If the server lost a pair, or made one
// while the socket was away, the visitor learns it from welcome and tells the
// handler as if the message had come.
//
// # Goroutines
//
// One per Visitor, the caller's own in [Visitor.Run], which also calls the handler. One timer,
// armed only while something is to be sent later. Memory per connected visitor is
// kept small (256 bytes of read buffer, pooled write buffers), so that one process can hold 15,000.
package client
