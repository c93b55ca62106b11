package sfu

import (
	"omezle/models"
)

// Side is which of the two of a pair a leg belongs to.
type Side uint8

// The sides.
const (
	A Side = iota
	B
)

// Other is the partner's side.
func (s Side) Other() Side { return 1 - s }

// EventKind says what happened.
type EventKind uint8

// The kinds of events.
const (
	EventConnected EventKind = iota + 1 // media can flow
	EventVideo                          // the first authentic packet of it came
	EventAudio                          // likewise
	EventBitrate                        // BPS has changed
	EventFailed                         // the leg is gone by itself; Err says why
)

// Event is something that happened to a leg.
type Event struct {
	Kind EventKind
	Pair models.PairID
	Side Side
	// BPS is what the visitor's video may use, in bits per second, so that the partner's
	// path carries it. Browsers hear it by REMB too, but not all obey.
	BPS int
	Err error
}

// Keyframe is a whole VP8 keyframe that a visitor published.
type Keyframe struct {
	Pair  models.PairID
	Side  Side
	Frame []byte // the reader's to keep
}

const (
	eventsQueued    = 1024
	keyframesQueued = 32
)

// Events is the queue of what happened to all legs, for one reader. If it is full an
// event is dropped and counted; what it would have told can be seen in Statistics.
func (n *Node) Events() <-chan Event { return n.events }

// Keyframes is the queue of sampled keyframes, for one reader. If it is full a keyframe
// is shed, and counted in the leg's statistics.
func (n *Node) Keyframes() <-chan Keyframe { return n.keyframes }

func (n *Node) emit(e Event) {
	select {
	case n.events <- e:
	default:
		n.lostEvents.Add(1)
	}
}
