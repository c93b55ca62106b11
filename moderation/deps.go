package moderation

import (
	"context"
	"log/slog"
	"time"

	"omezle/models"
	"omezle/moderation/frame"
)

// Media is the media server of this node.
type Media interface {
	// Hold stops forwarding the video of a visitor, or lets it go on, and does not wait. It is for every connection that
	// the visitor will have here in this call; an error means that there is none now.
	Hold(pair models.PairID, side models.Side, hold bool) error
}

// Homes are the nodes where visitors are at home.
type Homes interface {
	// Verdict tells the home of the visitor of v.Leg, and does not wait. The flag that it names may be in the database
	// later, or, while that is away, never.
	Verdict(v models.Verdict)
}

// Records is the database.
type Records interface {
	// Violations tells of the visitor of a session what there is besides this call, since a time, and what of this call
	// was dismissed.
	Violations(ctx context.Context, session models.SessionID, pair models.PairID, since time.Time) (models.Violations, error)
	// CreateFlag puts a flag before reviewers. One that is there already stays as it is.
	CreateFlag(ctx context.Context, flag *models.Flag) error
	// AddRuleCounts adds alarms to what is counted already.
	AddRuleCounts(ctx context.Context, counts []models.RuleCount) error
}

// Stills keeps pictures for reviewers, sealed.
type Stills interface {
	// Put adds a picture to a flag, and says which banks of hashes know it.
	Put(ctx context.Context, flag models.FlagID, still frame.Still) ([]Known, error)
}

// Known says that a bank of hashes has a picture that is like one.
type Known struct {
	Bank     string
	Distance int // bits of 256 that differ
}

// Deps is what a judge needs. Every field is required.
type Deps struct {
	Media   Media
	Homes   Homes
	Records Records
	Stills  Stills
	Rules   func() *Rules // those in force, as Keeper.Rules
	Model   string        // that scores, with its version, for the flags
	Log     *slog.Logger
}
