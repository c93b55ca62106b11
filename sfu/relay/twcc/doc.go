// Package twcc is transport-wide congestion control, both ends of it: a Recorder
// of arrivals that writes feedback for the publisher, and a History of departures
// that reads the viewer's (draft-holmer-rmcat-transport-wide-cc-extensions-01).
//
// Neither has a lock or a clock: the leg's shard guards them, times are passed in.
package twcc
