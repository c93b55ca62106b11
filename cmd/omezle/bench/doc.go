// Package bench measures what the service costs and how fast it is, with the
// real program as processes of its own, real Redis, and the load made in this
// process: `make bench`, or `make bench BENCH=Chat`. Everything shares one machine, so the load is made
// cheaply: one goroutine a socket, no timers of their own.
//
//   - IdleSocket: B/socket, the growth of the server's resident memory for each of 15,000 idle sockets
//     (OMEZLE_BENCH_SOCKETS changes the number), after two rounds of pings.
//   - Chat/nodes=1 and Chat/nodes=2: 500 pairs, 2,000 messages a second. cpu-s/Mmsg is what servers and Redis together
//     spend on a million messages delivered, with acknowledgements and everything else that runs meanwhile;
//     redis-cpu-s/Mmsg is Redis's share of it. p50-ms and p99-ms are from the sender to the partner. With two nodes
//     each pair is on both.
//   - Match/burst=1000: 1,000 visitors ask at the same instant, five times over. Match/rate=200: 200 ask every second.
//     p50-ms and p99-ms are from asking to being told of the partner, which for the first of two includes the wait for
//     the second; retried is how many had to ask again because nothing came of it for 5 s.
//   - Match/saturated: matches/s, when 1,000 visitors leave every partner at once.
//   - Relay/pairs=20 and Relay/pairs=40: pairs of 1 Mbit/s video and Opus each way through the SFU. cpu-s/Mpkt is what
//     the server spends on a million packets that arrive, system calls included; x-naive and x-floor compare that with
//     a relay of pion/webrtc as its examples lead to, and with nothing but receive, decrypt, encrypt and send, measured
//     in turns. Gathering of packets is off for these; x-naive-gathering has it. p50-us and p99-us are what the server
//     adds to the way of a packet between two clients connected directly. MB/pair and goroutines/pair are the server's.
//   - Sample/320x240, Sample/640x480 and Sample/1280x720: what one look at a keyframe costs in this process, with the
//     bundled model. cpu-ms is all of it, garbage collection included; decode-, resize- and classify-cpu-ms are its parts.
//   - Police: streams/core, how many pictures of 640x480 one core can look at once in 2 s, by the processor time of all
//     that the sampler does. Police/saturated has more of them than it can, Police/streams=60 has 60 at one look in 4 s:
//     shed/s are looks that were lost there, wait-ms how long a frame waits to be judged.
//   - Watched/streams=60: pion callers who play a detailed picture of 640x480 through a real node, each looked at every
//     4 s. judged/s are looks, shed/s those that were lost, failed/s those that went wrong; cores is what the node used and
//     load-cores what the callers did, who share the machine with it. The budget for keyframes is off: these callers send
//     less than a camera does, so that there is processor time for the rest.
//   - Verdict: p50-ms and p99-ms are from the last packet of the keyframe that completes a vote, as its sender notes it, to
//     the partner's being told that the picture is hidden and stopped; two verdicts of each of 20 pairs, one after the other.
//     queue-ms and judge-ms are how long a frame waited and was judged, as means over all of them. A verdict that took
//     150 ms has a line of its own.
//   - StuckClassifier: added-p99-ms, how much later packets arrive through an SFU whose pictures are all looked at once a
//     second by a classifier that takes 5 s for each, compared with an SFU that looks at none, 20 pairs, in turns, of the
//     quieter round of three each. shed is how many looks were lost in a round, loss-% are packets.
//
// With OMEZLE_BENCH_PROFILE=DIR a CPU profile of the first node is put there for each measured window, and a heap
// profile of the idle sockets.
package bench
