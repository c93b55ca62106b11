// Package match pairs strangers. Tickets wait in Redis; a [Matcher] puts them
// there, takes two that fit out again in one atomic script, and keeps them alive
// meanwhile. It is the same code on a single Redis, behind Sentinel, on a Cluster
// and on the embedded one. It starts no goroutines: the owner of a ticket (its
// home node) calls Join once and Poll about every second.
//
// # States of a ticket
//
//	       Join, nobody fits              claimed by another's Join or Poll
//	new ───────────────────► waiting ─────────────────────────────────────► gone
//	 │                        │  ▲ │                                         ▲ ▲
//	 │ Join finds somebody    │  └─┘ Poll: lease renewed, accepts more,      │ │
//	 │                        │      moves to the meeting queue              │ │
//	 │                        ├── Poll finds somebody, Leave ───────────────┘ │
//	 └────────────────────────┴── lease over: the node is dead ───────────────┘
//
// A gone ticket comes back only by a Join, with its old JoinedAt if the pair that
// took it came to nothing: place in the queue is a time, so it is never lost.
//
// # Guarantees
//
//   - A ticket is claimed once. A match removes both tickets in the script that
//     finds it; all keys of a queue have one hash tag, so this holds in a Cluster.
//   - No match with the same session, the same device, or a device that either
//     blocked.
//   - No match with a ticket whose lease is over. A lease is a time in Redis that
//     the owner renews: a node that dies cannot be asked to clean up, and a flag
//     that says "alive" cannot be trusted. Whoever meets a dead ticket removes it.
//   - A match is mutual: each side accepts the other for what it insists on at its
//     waiting time (Config: interests, language, region). Of those who fit, more
//     shared interests go first (three count), then the same language, then age.
//     Among equals the oldest is always taken. The preference by interests is
//     exact as long as fewer than 256 tickets have one of the seeker's interests.
//   - Two who have met lately are kept apart until both waited Config.RematchAfter
//     and nobody else fits; Match.Rematch then says so.
//   - No two tickets that accept one another go on waiting. A ticket searches when
//     it joins and each time it accepts more; one whose search was too long for a
//     call goes on with it at its next Poll. Of two that fit, the later to accept
//     the other therefore finds it.
//
// # No record of pairs
//
// Redis holds who waits, nothing else. A match is a proposal: the node that found
// it asks the partner's node, and that node agrees if the session still waits
// there, in its own memory, where there is one writer. So a lost message or a node
// that dies in between leaves nothing to repair: the asked one is Missing at its
// next Poll and joins again at its old place, and so does the asking one. A record
// in Redis would be a second truth that can disagree with the sessions.
// For the same reason a Join that is repeated after a lost reply does no harm.
//
// # Regions and shards
//
// With one region and one shard a mode has one queue. Otherwise a ticket starts in
// the queue of its region and language and goes to its mode's meeting queue once
// it accepts others. Newcomers look into the meeting queue first when somebody
// waits there (see meetingHint), so that a ticket that has gone there is not left
// out while its own region is busy. "Region first" is by time: until
// Config.RegionFor only the own region will do.
// A move is two scripts. If the second fails the ticket is Missing, no more.
//
// # Cost
//
// A queue has an index by age, by language and by interest. A Join costs
// O(log n) for each of its at most 10 interests, plus the candidates it looks at:
// mostly one page of 8, at most about 256 (scanLimit). A Poll costs one lease
// renewal, and a search only when the ticket accepts more, or every minute; a script
// looks at no more than about 1,280 tickets (callLimit + scanLimit).
// Every key expires 10 minutes after the last search in its queue.
//
// The scripts read Redis's own TIME: the clocks of the nodes play no part.
package match
