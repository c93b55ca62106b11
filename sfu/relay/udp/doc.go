// Package udp is one UDP port with batched input and output for Linux: recvmmsg,
// sendmmsg, and UDP GSO where the network card and the kernel take it.
//
// One goroutine, the owner, calls Receive, Next, Queue and Flush; it sleeps in the
// kernel while nothing arrives, at most PollInterval, so that it can keep time.
// WriteTo and Close may be called by anybody.
//
// A socket bound to an IPv6 address (or to all addresses) carries IPv4 too; an
// address is shown unmapped. Sending never blocks: what does not fit into the
// kernel's buffer is dropped and counted, as the network would.
//
// What a kernel, a sandbox or a card refuses is noticed by its errno and not tried
// again: GSO falls back to a message per packet, sendmmsg to a call per message.
package udp
