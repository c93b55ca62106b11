// Package signaling is the service that visitors' browsers hold a websocket to:
// sessions, pairs, and what passes between partners. It speaks omezle.v1
// (signaling/protocol) outwards and, over signaling/bus, to the other nodes.
//
// # What lives where
//
// A session has one home node: the one with its socket, or the last one that
// had it. There its state is in memory, guarded by the session's own mutex;
// Redis keeps a record of it (node, epoch, pair) from which any other node can
// take it over. A pair has no home: each side's home node knows the partner's,
// and messages go from the sender's reader straight into the partner's
// socket, or over the bus when that is elsewhere.
//
//	       find                 match confirmed
//	idle --------> waiting -------------------------> paired
//	 ^  <--------   ^  |  claim: proposed to the        |
//	 |    cancel    |  |  partner's node, answered      |
//	 |              +--+  or dropped in ClaimTimeout    |
//	 +---------------------------------------------------+
//	    leave, partner left     (waiting again with next, or when the
//	                             partner was lost through no fault of anybody's)
//
// Apart from that a session is attached (has a socket) or away. Away for longer
// than the resume window, it ends, and its pair with it.
//
// Beside the websocket there is an HTTP interface for the first page, and one for the page that looks which ways of a call
// work from where it is (preflight.go): it has no session, and gets credentials that are good for looking only.
//
// # Routes
//
// The home of a pair's polite side leads its media (conduct.go); it got the other's facts with the proposal and says
// in its acceptance how the pair begins. It asks the [Router] again when a fact changes: policy, a wish, a failure, a
// hand of staff. Another way is an epoch of its own:
//
//	            prepare            ready at both            commit
//	(in use) ------------> next --------------------------------------> (in use), the old one lingers
//	                         |  failed, or not ready in PrepareTimeout
//	                         |-- forced, or the way in use is not allowed: committed, blank until it shows something
//	                         '-- otherwise: rolled back; the route counts as failed and the Router is asked again
//
// One way is prepared at a time; a newer wish replaces it with a higher epoch. The first connection of a pair is
// helped: when it takes long, what would come after it is prepared beside it, and the first that is ready wins. Calls
// on a media server that fails are taken to another one, three in a row, before the route counts as failed.
// The following side takes steps as they come, whatever was lost between; commits are said again for some seconds; a
// socket that resumes begins an unfinished switch anew. What worked is remembered for the network in Redis.
//
// # Pictures
//
// Moderation looks at pictures on the media server (package moderation) and has a picture stopped there at once. Its
// verdict comes to the home of the accused, which enacts it (verdict.go): it tells its visitor and the partner's home,
// and keeps what lasts as a [regard] at both homes and in the record.
//
//	browser's claim (sighting.go)                  verdict, staff (sanctions.go)
//	   |  the partner's home: hit                     |  blur, stop: a regard; the pair stays on the media server, forced,
//	   v                                              |  blank rather than by another way
//	policy moves the call -- looks --> refuted:       |  warn: said once
//	   the claimant's standing falls                  |  end: both hear why; the partner is left as by one who goes
//	                      \-- verdict: confirmed      |  ban: the device is kept out on all nodes (bans.go)
//	                      \-- the end: unseen         v  lift: shown again
//
// A claim moves a call and does nothing else to the partner. A picture once stopped stays so in its pair until it is lifted:
// every offer to a media server carries it, statistics and the check of pairs mend what was lost between nodes. Claims, bans,
// notes of flags and evidence are written behind (clerk.go), tried for a minute. The last lines of a conversation are in
// memory only, bounded, and gone two minutes after its end unless there was a verdict or a report.
//
// # Guarantees
//
//   - No session is in two pairs: signaling/match hands a ticket out once, and a
//     session's home node has the last word under the session's mutex.
//   - Nobody waits for ever: every wait on another node has a deadline; a session that waits and has no
//     ticket in Redis is given one again, at its old place, by the next poll.
//   - Pairs do not depend on the bus being reliable: peer messages are numbered
//     end to end, and nodes compare their shared pairs every few seconds, so a
//     lost control message heals or ends the pair.
//   - Records follow their sessions within milliseconds. A takeover that comes before its pair was written
//     finds none; the check of pairs then ends the other side.
//   - Strangers' bytes are bounded before they are read, checked before they are
//     used, and re-encoded before they are passed on. A session's mistakes cost only
//     that session. No write waits for a reader (signaling/socket).
//   - Without Redis, live pairs on one node go on and finds wait; without Postgres,
//     reports and blocks are answered "unavailable" and sent again by the client.
//
// # Goroutines
//
// One reader for each session from which something has just arrived (signaling/socket), which also carries
// out what the messages ask. Server.Run owns the rest: the lot of idle sockets, the wheel (pings, time-outs), the poll of
// waiting sessions, the watch over unsettled routes, the writer of session records, the clerk, and a few workers that
// put sessions back in the queue. Locks: Server.mu is never held while a
// session's mutex is taken; two sessions are locked in the order of their ids.
package signaling
