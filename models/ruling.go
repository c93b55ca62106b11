package models

import (
	"errors"
	"slices"
	"time"
)

var (
	// ErrTooLate is wrapped when the time in which something could be undone is over.
	ErrTooLate = errors.New("models: too late")
	// ErrNotHolder is wrapped when a flag is not claimed by who would have to hold it.
	ErrNotHolder = errors.New("models: not claimed by them")
	// ErrUnenforced is wrapped when a decision stands and what follows from it could not be done.
	ErrUnenforced = errors.New("models: decided, but not carried out")
	// ErrUnaudited is wrapped when the audit log could not be written.
	ErrUnaudited = errors.New("models: not in the audit log")
)

// Claim is who takes a flag, and until when.
type Claim struct {
	Flag    FlagID
	Version int // of the flag, that was seen; 0: whichever it is
	By      StaffID
	Now     time.Time
	Until   time.Time // end of the lease
}

// RulingActions are what a reviewer can add to what was done at once, from the mildest on.
var RulingActions = []Action{ActionNone, ActionWarn, ActionEnd, ActionBan}

// Bounds of a ban that a reviewer decides on.
const (
	MinBan = time.Minute
	MaxBan = 365 * 24 * time.Hour
)

// Ruling is what a reviewer finds about a flag that they hold, and what is to be done.
type Ruling struct {
	Flag    FlagID
	Version int // of the flag, that was seen
	By      StaffID
	Outcome Outcome       // OutcomeViolation or OutcomeNoViolation
	Action  Action        // of RulingActions; none without a violation
	BanFor  time.Duration // with ActionBan
	Reason  string        // of a ban, shown to the visitor; BanReasonLimit characters
}

// Validate returns an error that wraps ErrInvalid when the ruling may not be carried out.
func (r *Ruling) Validate() error {
	switch {
	case !validID(string(r.Flag)) || r.By == "":
		return invalid("ruling without a flag or a reviewer")
	case r.Version < 1:
		return invalid("ruling without the version of the flag")
	case r.Outcome != OutcomeViolation && r.Outcome != OutcomeNoViolation:
		return invalid("ruling with outcome %q", r.Outcome)
	case !slices.Contains(RulingActions, r.Action):
		return invalid("ruling with action %q", r.Action)
	case r.Outcome == OutcomeNoViolation && r.Action != ActionNone:
		return invalid("action without a violation")
	case r.Action == ActionBan && (r.BanFor < MinBan || r.BanFor > MaxBan):
		return invalid("ban of %v: want %v to %v", r.BanFor, MinBan, MaxBan)
	case r.Action != ActionBan && r.BanFor != 0:
		return invalid("time of a ban without a ban")
	}
	return checkText("reason", r.Reason, BanReasonLimit)
}

// Ruled is what came of a ruling, or of undoing one.
type Ruled struct {
	Flag      Flag
	UndoUntil time.Time // zero: there is nothing to undo
	Notes     []string  // for the reviewer: what was not done, and why
}

// Sanction is what is done to the visitor behind a flag, or taken back.
type Sanction struct {
	Flag    Flag
	Actions []Action
	BanFor  time.Duration // with ActionBan
	Reason  string        // shown to the visitor
	By      StaffID       // who decided; to take back a ban: whose bans, empty: everybody's and the service's own
}
