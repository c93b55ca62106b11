package review

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"omezle/models"
)

// Flags is the review queue. Its methods wrap models.ErrNotFound, and models.ErrConflict when a flag was not what the
// change asks for.
type Flags interface {
	Flag(ctx context.Context, id models.FlagID) (models.Flag, error)
	ClaimFlag(ctx context.Context, c models.Claim) (models.Flag, error)
	// RenewClaim wraps models.ErrNotHolder when the flag is not theirs, or no more.
	RenewClaim(ctx context.Context, c models.Claim) error
	ReleaseFlag(ctx context.Context, c models.Claim) (models.Flag, error)
	DecideFlag(ctx context.Context, d *models.Decision, version int, to models.FlagState) (models.Flag, error)
	UndoFlag(ctx context.Context, d *models.Decision, version int, since, until time.Time) (models.Flag, error)
	// Decisions are those on a flag, oldest first.
	Decisions(ctx context.Context, flag models.FlagID) ([]models.Decision, error)
}

// Evidence is what is kept of a flag.
type Evidence interface {
	// Of describes the items of a flag, destroyed ones too.
	Of(ctx context.Context, flag models.FlagID) ([]models.Evidence, error)
	// Open returns what an item says. It wraps models.ErrNotFound and models.ErrDestroyed.
	Open(ctx context.Context, id models.EvidenceID) ([]byte, models.Evidence, error)
	// Settle lets the items of a flag live as long as the outcome asks for, and says how many there are. OutcomeUndone: as
	// long as those of a flag that nobody has decided on.
	Settle(ctx context.Context, flag models.FlagID, outcome models.Outcome) (int, error)
	// Hold puts the items of a flag under legal hold, or ends it, and says how many there are.
	Hold(ctx context.Context, flag models.FlagID, on bool) (int, error)
}

// Sanctions is what reaches the visitors, wherever their call is. What cannot be done because the call or the visitor is gone
// is no error.
type Sanctions interface {
	Apply(ctx context.Context, s models.Sanction) error
	// Lift takes back the actions of s that can be: blur, stop and ban.
	Lift(ctx context.Context, s models.Sanction) error
}

// Log is the audit log.
type Log interface {
	AppendLog(ctx context.Context, entry *models.ModerationLog) error
}

// Times of the work on a flag.
const (
	Lease  = 10 * time.Minute // of a claim
	Undone = 10 * time.Second // how long a decision can be taken back
)

// Deps is what a Desk is joined with.
type Deps struct {
	Flags     Flags
	Evidence  Evidence  // nil: none is kept
	Sanctions Sanctions // nil: nothing reaches visitors
	Audit     Log
	Now       func() time.Time // nil: time.Now
}

// Desk is where reviewers work.
type Desk struct{ Deps }

// New returns a desk. It may be used at once.
func New(deps Deps) *Desk {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	return &Desk{deps}
}

// Claim gives a flag to a reviewer, if nobody else holds it and, unless version is 0, it is still that version.
func (d *Desk) Claim(ctx context.Context, id models.FlagID, version int, by models.StaffID) (models.Flag, error) {
	flag, err := d.Flags.ClaimFlag(ctx, d.claim(id, version, by))
	if err != nil {
		return flag, fmt.Errorf("review: claim: %w", err)
	}
	return flag, d.audit(ctx, "flag.claim", flagTarget(id), by, "", map[string]any{"version": flag.Version})
}

// Release gives a flag that the reviewer holds back to the queue.
func (d *Desk) Release(ctx context.Context, id models.FlagID, version int, by models.StaffID) (models.Flag, error) {
	flag, err := d.Flags.ReleaseFlag(ctx, d.claim(id, version, by))
	if err != nil {
		return flag, fmt.Errorf("review: release: %w", d.notHeld(ctx, id, by, err))
	}
	return flag, d.audit(ctx, "flag.release", flagTarget(id), by, "", map[string]any{"version": flag.Version})
}

// Renew gives the reviewer more time if they hold the flag. Anybody else it returns models.ErrNotHolder.
func (d *Desk) Renew(ctx context.Context, id models.FlagID, by models.StaffID) error {
	if err := d.Flags.RenewClaim(ctx, d.claim(id, 0, by)); err != nil {
		return fmt.Errorf("review: renew: %w", err)
	}
	return nil
}

func (d *Desk) claim(id models.FlagID, version int, by models.StaffID) models.Claim {
	now := d.Now()
	return models.Claim{Flag: id, Version: version, By: by, Now: now, Until: now.Add(Lease)}
}

// notHeld says more exactly than a conflict that the flag was not theirs.
func (d *Desk) notHeld(ctx context.Context, id models.FlagID, by models.StaffID, err error) error {
	if !errors.Is(err, models.ErrConflict) {
		return err
	}
	flag, lookErr := d.Flags.Flag(ctx, id)
	if lookErr == nil && (flag.State != models.FlagClaimed || flag.Reviewer != by) {
		return models.ErrNotHolder
	}
	return err
}

func flagTarget(id models.FlagID) string { return "flag:" + string(id) }

// auditTimeout bounds an entry about what is done already, whoever has gone meanwhile.
const auditTimeout = 5 * time.Second

func (d *Desk) audit(ctx context.Context, action, target string, by models.StaffID, reason string, metadata any) error {
	document, err := json.Marshal(metadata)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTimeout)
		defer cancel()
		err = d.Audit.AppendLog(ctx, &models.ModerationLog{
			Action: action, Target: target, Admin: by, Reason: reason, Metadata: document, At: d.Now(),
		})
	}
	if err != nil {
		return fmt.Errorf("review: %s: %w: %w", action, models.ErrUnaudited, err)
	}
	return nil
}
