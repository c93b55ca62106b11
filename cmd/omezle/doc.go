// Command omezle is the whole service in one binary: the client, signalling,
// matchmaking and TURN today, and whatever role a node is given.
//
//	omezle serve            run a node; --help lists every setting
//	omezle migrate up       bring the database to this version (serve does it too)
//	omezle config           print the settings in force and where each came from
//	omezle policy ...       the rules of the routes of media, and what others would change
//	omezle calls ...        the calls that are live, and the route of one
//	omezle version
//
// The commands policy and calls ask a running node, as the operator (package admin); they need a URL and the operator's
// token, no settings.
//
// # What this package owns
//
// It is the only place that reads the environment and the configuration file,
// and the only one that knows all others: it opens what they need, joins them and
// decides the order in which they start and stop. It has no rule of the service
// in it.
//
// # Start
//
//	private port -> database -> migrations -> banks of hashes -> evidence -> Redis -> frame rules -> history -> policy -> bus ->
//	signalling -> classifier -> public sockets -> TURN -> judge -> sampler -> media server -> HTTP -> public port
//
// A node without the role signaling has no signalling and no pages; with neither signaling nor sfu it has no database.
//
// The private port answers first, so that a node that waits for its database can
// be seen to live (/healthz) and not to be ready (/readyz). A database or Redis
// that does not answer is asked again until start_timeout, then the process ends
// with a sentence. Losing either later ends nothing: /readyz says so, calls go on.
//
// # Stop
//
// SIGTERM or SIGINT drains: no new sessions, those that live are told to go to
// another node, all within drain_timeout. Then everything stops in the reverse
// order of its start, each part waited for before the one below it goes. A second
// signal ends the process at once.
//
// # Goroutines
//
// Every long-lived one is started by services.start and waited for by
// services.stop; HTTP requests are waited for by their server.
package main
