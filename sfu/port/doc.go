// Package port is the one public TCP listener: it tells apart what a connection speaks and hands it to whoever
// listens for that.
//
// It owns the listening sockets, the certificates and every connection until its protocol is known. A connection
// goes through these steps, each with a deadline:
//
//	accept -> PROXY header (from configured sources) -> admission -> first bytes -> kind
//	                                                                  TLS -> handshake -> ALPN or first bytes -> kind
//
// # Telling kinds apart
//
// Ten bytes are enough (RFC 7983 does the same for UDP), and most need one:
//
//	0x16 0x03               TLS (RFC 8446, 5.1)
//	magic cookie at byte 4  STUN over TCP, so TURN (RFC 8489, 5 and 6.2.2)
//	magic cookie at byte 6  STUN in an RFC 4571 frame, so ICE-TCP (RFC 6544)
//	anything else           HTTP
//
// Inside TLS the ALPN decides when there is one: h2 and http/1.1 are HTTP, stun.turn (RFC 7443) is TURN. Browsers send
// none for TURN, so without one the first decrypted bytes are looked at in the same way.
//
// # Who gets a connection
//
// Listener gives the connections of one kind as a net.Listener, which is what net/http, pion/turn and pion/ice's
// TCP mux take. A kind that nobody listens for, or no longer, is closed and counted. RemoteAddr of what
// Accept returns is the client's address as the PROXY header told it.
//
// The caller's Admit sees each connection once its client's address is known and before anything of it is read; what it returns
// is used in place of the connection, below TLS. Bytes that were looked at are given back by the next Read, and
// syscall.Conn and NetConn reach through, so that writes past this package's types go straight to the kernel.
//
// # Certificates
//
// From two files, read again when they change, or from an ACME authority (RFC 8555) by the TLS-ALPN-01 challenge
// (RFC 8737), which needs no other port than this one.
//
// # Goroutines and bounds
//
// Run accepts, one goroutine for each listening socket, and waits for the short-lived ones that look at new
// connections. At most MaxPending are looked at, and further ones are closed at once; one that does not say
// in PeekTimeout what it is is closed. So silent connections cost a bounded number of goroutines for a bounded
// time, and cannot keep out others for longer.
package port
