// Package relay is the hot path of relayed pairs: it takes a packet from a UDP port,
// opens its SRTP, rewrites what differs between the two sides, seals it for the
// partner and sends it, all on the goroutine that received it.
//
// # What it is made of
//
//   - A [Shard] is one UDP port and the legs on it. It is the net.PacketConn under an
//     unmodified ice.UDPMuxDefault of pion, whose read loop calls ReadFromAddrPort: the
//     Shard relays media there and returns only what is pion's, which is STUN, DTLS and
//     everything from an unknown source.
//   - A [Leg] is one visitor's connection to their pair: an uplink and a downlink for
//     each of video and audio. Both legs of a pair are on one shard.
//   - An [Outbox] carries media of a leg whose path is not this UDP port (ICE-TCP).
//   - Its children hold one idea each: batched sockets (udp), sequence numbers (window),
//     packets to resend (cache), transport-cc both ways (twcc), the viewer's bandwidth
//     (bandwidth), keyframes (vp8).
//
// # Goroutines and locks
//
// The package starts none. The shard's owner is the mux's read loop; it holds the
// shard's lock once for a batch of packets, and makes NACKs, receiver reports and
// transport-cc feedback in the same go: there are no timers. Methods of Leg take the
// same lock and may be called by anybody. Callbacks ([Events]) run under the lock: they
// must return at once and call nothing of this package.
//
// # What is guaranteed
//
//   - No SRTP index is used twice under one key, which AES-GCM would not survive. A
//     number forwarded once is never forwarded again, whether it comes by itself, as RTX
//     or replayed; a publisher who starts anew is renumbered to go on where the last one
//     ended; what is resent goes as RTX, with numbers of its own.
//   - Nothing changes because of a packet before its authentication tag is checked.
//     Addresses are learned from authenticated packets; candidates are only claims.
//     Media goes where ICE nominated, which only the visitor's STUN credentials move.
//   - A packet is forwarded or dropped at once. Nothing waits for a slow receiver.
//   - Forwarding a packet allocates nothing.
//
// # Rewriting
//
// A pair needs no mixing, so a viewer sees the publisher's sequence numbers and
// timestamps; gaps are seen as gaps. SSRCs, payload types and header extension ids are
// the viewer's own (browsers number them differently), the transport-wide number is
// counted anew, MID and unknown extensions are blanked.
//
// RFCs: 3550 (RTP, reports), 3711 and 7714 (SRTP), 4585 and 5104 (NACK, PLI, FIR), 4588
// (RTX), 8285 (header extensions), 7741 (VP8); transport-cc and REMB by their drafts.
package relay
