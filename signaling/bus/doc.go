// Package bus is how the nodes of one installation know of one another and
// talk: a registry with heartbeats, and messages from node to node, both over
// Redis.
//
// # Messages
//
// [Bus.Send] queues a message for one node, [Bus.Broadcast] for all; neither
// waits for the network. Each destination has a bounded queue and a goroutine
// that publishes whatever gathered during the previous PUBLISH as one batch.
//
//   - At most once. A batch whose PUBLISH failed, or that nobody listened to, is
//     tried again until its messages are MaxAge old; its sequence number lets the
//     receiver ignore a second copy. What is lost is lost without a word to the
//     sender: who waits for an answer sets a deadline.
//   - In order from one node to another. Broadcasts have an order of their own.
//   - A full queue refuses ([ErrBusy]); nothing blocks, nothing grows.
//   - A batch is checked whole before any of it reaches the handler.
//
// On a Redis Cluster the channels are sharded (SPUBLISH): a channel then has one
// master, which is what keeps the order.
//
// # Registry
//
// Every Interval a node writes a heartbeat, and gets the list of the living back
// (beat.lua). All times are those of Redis, so nodes' clocks do not matter.
//
//	           Run                        silent for DeadAfter
//	(nothing) -----> alive --------------------------------> dead, unclaimed
//	    ^   ^         |  ^                                      |       ^
//	    |   '---------'  |  heard again, unclaimed: OnReset     |       | lease ran out,
//	    |   clean stop   '--------------------------------------'       | or OnDead failed
//	    |                                                       v       |
//	    '---------------------------------------------------- being buried
//	                    OnDead succeeded                   (one holds the lease)
//
// A dead node is buried by exactly one survivor: the one whose heartbeat takes
// the lease runs OnDead and renews the lease with each heartbeat. If it dies or
// fails, the next heartbeat of another takes over; so OnDead may run twice, one
// after the other, and must be able to. A node that was only stalled is not
// admitted again in the middle of its burial; afterwards it is told by OnReset
// that what it had published is gone. On every node OnGone says that a node is
// no longer among Nodes, for whatever reason.
//
// When Redis was away, all are silent alike. A heartbeat that finds that nobody
// was heard for a while gives everybody a fresh DeadAfter, in Redis itself, so
// it holds for all. A Redis that comes back empty has another epoch: every node
// puts back those it knew, so that one which died meanwhile is buried as well,
// and calls OnReset. A node that alone lost its way to Redis cannot be told from
// a dead one, and is buried.
//
// # Goroutines
//
// [Bus.Run] owns them all and waits for them: the heartbeat, two subscriptions
// with a watchdog each, a flusher for each known node, one for broadcasts and
// one for messages to itself, one for OnGone, one for OnReset, and one for each
// burial under way (four at most). The handler is never called by two at a
// time.
package bus
