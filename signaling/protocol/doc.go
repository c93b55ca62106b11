// Package protocol is omezle.v1: the words that browsers and the signalling
// service say to one another. It owns the message kinds, their limits, the
// close codes and the goldens that both languages' tests read; it owns no
// goroutine and keeps no state. The TypeScript side (web/src/protocol) is
// generated from these types by the tsgen command below this folder.
//
// # Carriage
//
// One websocket (RFC 6455) with subprotocol "omezle.v1", text frames, one JSON
// object (RFC 8259) a frame, at most MaxFrame bytes. Every object has "type".
// Unknown members are ignored, so that members can be added in v1; an unknown
// type is answered with an error and costs a strike. Compression is not
// negotiated.
//
// # Course of a session
//
//	client                         server
//	  | POST /api/session            |   consent, device token -> session token
//	  | websocket, omezle.v1         |
//	  | hello {token} -------------> |   within HelloTimeout
//	  | <------------------ welcome  |   idle, waiting or paired
//	  | find {mode, interests} ----> |
//	  | <-------------------- queue  |   while waiting, at its own pace
//	  | <------------------ matched  |   polite, route, ICE servers
//	  | <-- description, candidate, chat, ... --> partner
//	  | leave {next} --------------> |
//	  | <-------------------- ended  |
//
// The same token on a new socket within the resume window continues the
// session on any node; the older socket is closed with CloseSuperseded.
//
// # The peer stream
//
// Messages for the partner never name an address: the server knows the
// partner. Those that must not be lost (chat, reaction, media, description,
// candidate) are numbered per pair and direction from 1 in "seq", and each
// carries "ack", the highest number received in order from the partner. The
// server forwards them in order, answers for nothing and stores nothing: the
// sender keeps what is not acknowledged (Window messages at the most) and sends
// it again from the oldest on when its socket or its partner's came back, or
// when nothing was acknowledged for ResendAfter. The receiver delivers seq = last+1
// and drops everything else, so a resend is always safe and the stream is exact
// although the nodes between deliver at most once (Saltzer, Reed, Clark: End-to-end
// arguments in system design, 1984). A message that the server refuses
// ("rate_limited" with its seq) leaves a gap that the sender fills by resending from there.
// "typing" and "ack" are not numbered.
//
// Perfect negotiation (W3C WebRTC 1.0, section 10.7) runs over this stream:
// "matched" says who is polite; description carries an RFC 9429 offer, answer,
// or rollback, candidate an RFC 8839 candidate; an empty candidate ends the
// candidates of its generation (RFC 8838).
//
// # Routes and epochs
//
// Media of a pair takes a route (p2p, turn, sfu), which can change during the call
// without a gap. Each connection that is tried has a number, the epoch; the match
// is epoch 1. The service leads a switch, make before break:
//
//	server                         both clients
//	  | route {epoch 2, prepare} --> |  a second RTCPeerConnection with the same tracks, unseen
//	  |    description, candidate    |  with the epoch, between partners (p2p, turn)
//	  |    sfu_offer, sfu_answer     |  or with the media server (sfu)
//	  | <----------- ready {epoch 2} |  its first frames are decoded (or none are sent), its sound flows
//	  | route {epoch 2, commit} ---> |  when both are ready: it is shown and heard instead of
//	  |                              |  the old one, which is closed Linger later
//	  | route {epoch 2, rollback} -> |  when one is not in time, or says failed: it is closed
//
// A forced route is committed when its time is over even if it shows nothing: then
// nothing is seen until it does. A step of a higher epoch overtakes what was
// prepared before. "ready" and "failed" are said of every epoch, the first
// included; after "failed" of the one in use the service prepares another.
// welcome's pair names the epoch in use: whatever else a client had is given up.
//
// With relay_only no address of one visitor reaches the other: the service strips
// all candidates but relays from descriptions and candidates, and what their
// attributes tell of the address behind the relay.
//
// sfu_offer and sfu_candidate are not numbered: a client that gets no answer
// says failed, or, after its socket came back, offers again with a higher attempt.
//
// # Pictures
//
// A browser may look at the partner's picture itself, as /api/config says, and hide it by itself. With "sighting" it tells the
// service, which may move the call to where it can look; several sightings of one call are one claim, and one who
// claims what is not so is not listened to for a day. What the service does about a picture both are told with
// "moderation": all that is in force about it now, so that a repeated one changes nothing; it is said again on a new socket. A pair
// that ends by it has the reason "moderated". A banned visitor hears "banned" before the close code that says never to come
// back by itself.
//
// # Errors and ends
//
// A mistake gets an error message with a code that programs branch on and a
// sentence for people; MaxStrikes of them close the socket. Each close code says
// what to do next, see Advice.
package protocol
