// Package turn is the embedded TURN server (RFC 8656) and the credentials that browsers get for it, or for another.
//
// It owns the UDP socket of the server, the relay sockets and the connections that the public port hands over. The protocol
// itself is pion/turn's; what is here is who may use it and for what.
//
// # Credentials
//
// The user name is "expiry:session" and the password its HMAC-SHA1 under a shared secret, which is what coturn calls REST
// credentials, so that the same code serves an external server. An allocation is made with a credential that
//
//   - this service signed: anything else is foreign,
//   - has not expired (five minutes by default). An allocation that exists goes on after that: its refreshes,
//     permissions and channels are accepted from where it was made, by the session that made it,
//   - nobody uses from elsewhere: the first client address that proves to know the password of a credential keeps it, one address for each of
//     IPv4 and IPv6, UDP and TCP, since a browser may leave by another path for each. A credential
//     that was passed on to another visitor is refused as reused.
//
// A credential of IssueCheck is for a page that looks which ways work: its allocations reach nobody and end within
// eleven minutes, whatever their client does. An external server cannot tell it from the others.
//
// # What can be reached
//
// Peers decides: the open internet over UDP, and relays of this server by each other. Never loopback, private, link-local,
// shared (CGNAT), multicast or reserved addresses, IPv4 in any disguise of IPv6, nor this machine's own addresses or
// those the caller names, unless the operator allows a range. It is asked for each
// permission and again for each datagram, which is when the port is known. Two visitors who both relay meet at the
// public address; such datagrams stay inside the machine, so that neither Docker nor a NAT has to turn them around.
//
// RFC 6062 (TCP to peers), EVEN-PORT and reservations are refused: browsers use none of them.
//
// # Bounds
//
// Allocations are bounded for each session and in total; a refusal is 486 (quota) or 508 (capacity). A connection that makes no allocation
// within half a minute, or falls silent for longer than an allocation lives, is closed; one that does not take what
// it is sent for five seconds is closed too.
//
// # Goroutines
//
// Serve runs the server until its context ends, then closes sockets and connections and waits for what pion started: one goroutine for the
// UDP socket, one for each connection and one for each allocation.
package turn
