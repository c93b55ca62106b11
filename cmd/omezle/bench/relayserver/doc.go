// Command relayserver is what the relay benchmark measures, in a process of its own:
// the SFU of this project, a naive relay made of pion/webrtc, or the floor, which is
// nothing but receive, decrypt, encrypt and send.
//
//	relayserver node|gather|unwatched|stuck|naive|floor
//
// gather is node with gathering of packets under load, as it is by default. Both copy every keyframe; unwatched copies
// none, and stuck has a sampler look at every picture once a second, with a classifier that takes 5 s for each.
//
// It prints the address of its HTTP interface: POST /join?pair=N&side=S with an offer
// answers it; for the floor the body is the UDP address of that side, the answer the
// server's. GET /stats tells what only the process knows.
package main
