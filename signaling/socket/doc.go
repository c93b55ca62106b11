// Package socket carries websocket messages (RFC 6455) to and from browsers at
// the lowest price per idle socket, and never lets a slow reader hold anybody up.
//
// An idle connection has no goroutine, no timer and no buffer but 272 bytes: it is parked in a Lot (an epoll
// instance of our own, on Linux) and gets a goroutine when something arrives. Send may be called from any goroutine: the
// frame goes to the kernel in the caller's own system call as far as the kernel
// takes it at once, and only what it does not take is queued, up to a bound, and
// written by a goroutine that lives until the queue is empty. A peer whose
// queue is full is closed. So Send never waits for the network.
//
// A Gate, or a Listener with one, wraps accepted connections for this, below TLS if there is TLS,
// and bounds how many connections one address may have open that are not websockets (yet).
//
// What the end of a connection must not miss: every connection that Serve was called for calls end exactly once,
// since Close and Abandon wake a parked one and its goroutine sees the end.
package socket
