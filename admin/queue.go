package admin

import (
	"context"

	"omezle/models"
)

// Queue is what the database tells of flags. Its methods wrap models.ErrNotFound.
type Queue interface {
	Flag(ctx context.Context, id models.FlagID) (models.Flag, error)
	// Flags lists flags, newest first; the cursor asks for the next page and is zero after the last.
	Flags(ctx context.Context, filter models.FlagFilter, page models.Page) ([]models.Flag, models.Cursor, error)
	FlagCounts(ctx context.Context) ([]models.FlagCount, error)
	// Decisions are those on a flag, oldest first.
	Decisions(ctx context.Context, flag models.FlagID) ([]models.Decision, error)
	// Precision tells how often reviewers agreed with each version of a rule, at whatever score and from thresholds on.
	Precision(ctx context.Context, rule string, classes []string, thresholds ...float64) ([]models.Precision, error)
}

// Reviews is the work on flags. It writes the audit log itself. Its methods wrap models.ErrNotFound, ErrConflict, ErrNotHolder,
// ErrTooLate, ErrInvalid, ErrDestroyed, ErrUnaudited and ErrUnenforced.
type Reviews interface {
	Claim(ctx context.Context, flag models.FlagID, version int, by models.StaffID) (models.Flag, error)
	Release(ctx context.Context, flag models.FlagID, version int, by models.StaffID) (models.Flag, error)
	Decide(ctx context.Context, ruling models.Ruling) (models.Ruled, error)
	Undo(ctx context.Context, flag models.FlagID, version int, by models.StaffID) (models.Ruled, error)
	// Items describes the evidence of a flag, and renews the claim of who looks at it.
	Items(ctx context.Context, flag models.FlagID, by models.StaffID) ([]models.Evidence, error)
	// Chat returns what was said, after the audit log has it that somebody reads it.
	Chat(ctx context.Context, items []models.Evidence, by models.StaffID) ([]models.ChatLine, error)
	// Preview returns a PNG that shows little.
	Preview(ctx context.Context, item models.EvidenceID, by models.StaffID) ([]byte, error)
	// Reveal returns an original to who holds the flag, after the audit log has it.
	Reveal(ctx context.Context, item models.EvidenceID, by models.StaffID, reason string) ([]byte, models.Evidence, error)
	Hold(ctx context.Context, flag models.FlagID, on bool, by models.StaffID, reason string) error
}

// Similar knows which stills look alike.
type Similar interface {
	// Similar counts the other flags that have a still like one of a flag's.
	Similar(ctx context.Context, flag models.FlagID) (int, error)
}
