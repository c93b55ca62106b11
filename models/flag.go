package models

import (
	"slices"
	"time"
)

// FlagKind says what raised a flag.
type FlagKind string

// The kinds of a flag.
const (
	FlagFrame       FlagKind = "frame"        // the server's classifier on a keyframe
	FlagClientFrame FlagKind = "client_frame" // the partner's browser: a claim, not yet verified
	FlagText        FlagKind = "text"         // word filter or AI on a message
	FlagLimit       FlagKind = "limit"        // rate limits broken too often
	FlagHash        FlagKind = "hash"         // a still that a bank of hashes knows
)

// FlagKinds lists every kind.
var FlagKinds = []FlagKind{FlagFrame, FlagClientFrame, FlagText, FlagLimit, FlagHash}

// Valid reports whether k is one of FlagKinds.
func (k FlagKind) Valid() bool { return slices.Contains(FlagKinds, k) }

// FlagState is where a flag stands.
type FlagState string

// The states of a flag.
//
//	open <-> claimed -> upheld <-> appealed -> overturned
//	         claimed -> dismissed
//	         claimed <- upheld, dismissed   (undo, second review)
const (
	FlagOpen       FlagState = "open"       // waits for a reviewer
	FlagClaimed    FlagState = "claimed"    // a reviewer holds it
	FlagUpheld     FlagState = "upheld"     // a violation
	FlagDismissed  FlagState = "dismissed"  // none
	FlagAppealed   FlagState = "appealed"   // the visitor asked for another look
	FlagOverturned FlagState = "overturned" // the appeal was right; final
)

// FlagStates lists every state.
var FlagStates = []FlagState{FlagOpen, FlagClaimed, FlagUpheld, FlagDismissed, FlagAppealed, FlagOverturned}

// Valid reports whether s is one of FlagStates.
func (s FlagState) Valid() bool { return slices.Contains(FlagStates, s) }

var flagSteps = map[FlagState][]FlagState{
	FlagOpen:      {FlagClaimed},
	FlagClaimed:   {FlagOpen, FlagUpheld, FlagDismissed},
	FlagUpheld:    {FlagClaimed, FlagAppealed},
	FlagDismissed: {FlagClaimed},
	FlagAppealed:  {FlagUpheld, FlagOverturned},
}

// To returns nil when next may follow s, otherwise an error that wraps
// ErrTransition.
func (s FlagState) To(next FlagState) error { return step("flag", flagSteps, s, next) }

// Flag is one item of the review queue.
type Flag struct {
	ID      FlagID `gorm:"primaryKey"`
	Kind    FlagKind
	Session SessionID // whose frame, message or behaviour it is
	Device  DeviceID
	Pair    PairID
	Rule    string             // the rule that fired, with its version
	Model   string             // the model behind the scores, with its version; empty if none
	Scores  map[string]float64 `gorm:"serializer:json"` // by class or category, 0 to 1
	// ClientScores are those of the partner's browser for the same picture, if it said any.
	ClientScores map[string]float64 `gorm:"serializer:json"`
	Route        Route              // of the call when it was raised
	Actions      []Action           `gorm:"serializer:json"` // what was done at once
	Shadow       bool               // by a rule that is only watched
	Timeline     []TimelineEvent    `gorm:"serializer:json"`
	State        FlagState
	At           time.Time
	ChangedAt    time.Time  // of the last transition; At for a new flag
	Version      int        // counts the changes, from 1; guards against two reviewers
	Reviewer     StaffID    // who has claimed it or decided last
	LeaseUntil   *time.Time // of the claim
}

// Validate returns an error that wraps ErrInvalid when the flag may not be
// stored as a new one.
func (f *Flag) Validate() error {
	if !validID(string(f.ID)) || !validID(string(f.Session)) {
		return invalid("flag without id or session")
	}
	if !f.Kind.Valid() {
		return invalid("flag kind %q", f.Kind)
	}
	if f.State != FlagOpen {
		return invalid("new flag that is %q", f.State)
	}
	if f.At.IsZero() {
		return invalid("flag without time")
	}
	return nil
}
