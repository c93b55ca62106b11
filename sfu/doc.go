// Package sfu is the media server of relayed pairs. A [Node] has one UDP port, further
// ones when cores fill, an ICE-TCP listener if given, and the legs on them: one per
// visitor, two to a pair.
//
//	offer -> sdp (parse) -> leg: ICE agent, then DTLS, then keys -> relay.Leg -> partner
//
// [Node.Offer] answers a visitor's offer, [Node.Candidate] takes what trickles in later,
// [Node.CloseLeg] and [Node.ClosePair] end things, [Node.Statistics] tells how it goes, and
// [Node.Events] says what happened.
//
// Visitors' homes are on any node. A home has [Servers]: where a call is placed, and the way
// to each media server. The server's node has a [Service], which drives the Node as homes
// ask, in the order of each pair, and tells them what becomes of their legs. Between the two
// is whatever carries messages from node to node at most once; an answer that does not come
// is asked for again, of another server if need be. A message names the leg and its epoch,
// and never ends a leg of a later epoch.
//
// A home says with the offer, and whenever that changes, how often the visitor's picture is
// to be looked at; the Service passes it to its [Watcher] and says of each leg when it has
// gone. [Service.Hold] stops a picture at once and for the rest of the pair, by whatever
// leg it comes: new offers, ICE restarts and later epochs do not end it, only the home's word does.
// The home says the same to other servers of the pair. [Service.Verdict] and
// [Service.Looked] tell the home what was found. Statistics say whether a picture is held, so that
// the two agree again when one of these words was lost.
//
// # A leg is not a PeerConnection
//
// A leg is pion's ICE agent, pion's DTLS, pion's SRTP contexts under keys exported from
// DTLS, and an answer from a template; its media never leaves the goroutine that
// received it (package relay). Compared with webrtc.PeerConnection a leg has no
// transceivers and cannot offer, add, remove or replace tracks; it has one VP8 and one
// Opus stream each way at the most; no simulcast, SVC, FEC or RED; no data channels; no
// renegotiation but for directions and ICE restart (an offer with another fingerprint
// is a new leg); no active ICE-TCP, no server-reflexive or relay candidates of its own
// (a visitor behind TURN is a UDP peer), no mDNS lookups, no ICE-lite peers; no
// jitter buffer, no decoding, no getStats. ICE's byte counters do not see media.
//
// # Ports
//
// A port is the work of one core, and a pair lives on one port. The answer to an offer
// lists the candidates of the pair's own. A node begins with one; the next number
// upwards is opened when the loops of those in use are busy for more than 60 % of a core,
// never on a quiet node: two ports wake up twice as often for the same packets. New pairs
// go to the first that is not busy, so what was opened empties again when it is quiet.
// SO_REUSEPORT, one number for several sockets, is not used: the kernel would spread the
// checks of one leg over muxes that do not know it.
//
// Where a firewall or a port mapping lets one number through, there can be but one:
// Shards is 1 then, which an advertised port implies. A number that cannot be bound is
// logged and done without.
//
// A busy port gathers packets for half a millisecond before it takes them ([Config.Gather]).
//
// # States of a leg
//
//	         Offer            ICE, DTLS            silence, close_notify
//	(none) ────────► connecting ────────► connected ────────────────────► gone
//	                     │ ConnectTimeout, other fingerprint                ▲
//	                     └──────────────────────────────────────────────────┘
//
// CloseLeg, ClosePair, a new leg on the same side and the end of Run lead to gone from
// anywhere, without an event. A leg that goes by itself makes an [EventFailed].
//
// An offer for a leg that exists is answered by it if its certificate is the same; new
// ICE credentials then mean an ICE restart, during which media goes on by the old path.
//
// # Liveness
//
// A leg is dead when neither STUN answers nor authentic media came for SilenceTimeout.
// Either keeps it: browsers pause their checks in background tabs, and a visitor who
// sends nothing still answers STUN.
//
// # Goroutines
//
// Run waits for all of them, and Service.Run for its own: four workers, one that passes
// events on, one that tells statistics. A leg has two of ours (handshake then alerts; packets of
// its ICE connection) and a third once its path is TCP, besides pion's. A TCP connection
// has a writer: its STUN and DTLS are queued or dropped and its media waits in the leg's
// outbox for 200 ms at the most, so that neither the loop nor the ICE agent ever waits
// for a peer who takes nothing. The kernel is told to hold no more than 16 KB of it. The
// loop that relays media is the read loop of pion's UDP mux, one to a port.
package sfu
