package models

import (
	"slices"
	"time"
)

// Outcome is what a reviewer found.
type Outcome string

// The outcomes of a review.
const (
	OutcomeViolation   Outcome = "violation"
	OutcomeNoViolation Outcome = "no_violation"
	OutcomeEscalated   Outcome = "escalated" // left to somebody more senior
	OutcomeUndone      Outcome = "undone"    // the finding before was a slip: nobody has decided
)

// Action is what was done to the offender.
type Action string

// The actions, from the mildest on.
const (
	ActionNone Action = "none"
	ActionWarn Action = "warn"
	ActionBlur Action = "blur" // the partner's browser blurs the picture
	ActionStop Action = "stop" // the media server forwards the picture no more
	ActionEnd  Action = "end"  // the call
	ActionBan  Action = "ban"
)

// Actions lists every action but none, from the mildest on.
var Actions = []Action{ActionWarn, ActionBlur, ActionStop, ActionEnd, ActionBan}

// Valid reports whether a is one of Actions, or ActionNone.
func (a Action) Valid() bool { return a == ActionNone || slices.Contains(Actions, a) }

// Decision is one finding on a flag or a report. Decisions are never changed:
// an undo, a second review and an appeal each add one.
type Decision struct {
	ID      DecisionID `gorm:"primaryKey"`
	Flag    FlagID     // empty for a report
	Report  ReportID   // empty for a flag
	By      StaffID    `gorm:"column:by_staff"`
	Outcome Outcome
	Action  Action
	Reason  string
	At      time.Time
}
