package review

import (
	"context"
	"fmt"
	"slices"
	"time"

	"omezle/models"
)

// effectTimeout bounds what follows from a decision, which happens whoever has gone meanwhile.
const effectTimeout = 5 * time.Second

// Decide stores what the holder of a flag finds, and does what follows from it. With an error that wraps
// models.ErrUnenforced or models.ErrUnaudited the decision stands nevertheless, and is in the answer.
func (d *Desk) Decide(ctx context.Context, r models.Ruling) (models.Ruled, error) {
	if err := r.Validate(); err != nil {
		return models.Ruled{}, fmt.Errorf("review: decide: %w", err)
	}
	to := models.FlagDismissed
	if r.Outcome == models.OutcomeViolation {
		to = models.FlagUpheld
	}
	now := d.Now()
	flag, err := d.Flags.DecideFlag(ctx, &models.Decision{
		ID: models.NewDecisionID(), Flag: r.Flag, By: r.By, Outcome: r.Outcome, Action: r.Action, Reason: r.Reason, At: now,
	}, r.Version, to)
	if err != nil {
		return models.Ruled{}, fmt.Errorf("review: decide: %w", d.notHeld(ctx, r.Flag, r.By, err))
	}
	ruled := models.Ruled{Flag: flag, UndoUntil: now.Add(Undone)}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), effectTimeout)
	defer cancel()
	var effects effects
	if r.Outcome == models.OutcomeViolation {
		if r.Action != models.ActionNone {
			effects.add("carry out", d.apply(ctx, models.Sanction{
				Flag: flag, Actions: []models.Action{r.Action}, BanFor: r.BanFor, Reason: r.Reason, By: r.By,
			}))
		}
	} else if lift := held(flag.Actions); len(lift) > 0 {
		effects.add("take back", d.lift(ctx, models.Sanction{Flag: flag, Actions: lift, Reason: r.Reason}))
	}
	effects.add("evidence", d.settle(ctx, r.Flag, r.Outcome))
	return ruled, d.done(ctx, "flag.decide", r.By, r.Reason, flag, map[string]any{
		"outcome": r.Outcome, "action": r.Action, "ban_seconds": int(r.BanFor / time.Second), "version": flag.Version,
	}, effects)
}

// Undo takes back what the reviewer decided, for 10 s after it, and leaves them the flag. It returns models.ErrTooLate after
// that, models.ErrNotHolder to anybody else; for errors after it see Decide.
func (d *Desk) Undo(ctx context.Context, id models.FlagID, version int, by models.StaffID) (models.Ruled, error) {
	now := d.Now()
	before, err := d.Flags.Flag(ctx, id)
	if err == nil {
		err = undoable(before, version, by, now)
	}
	if err != nil {
		return models.Ruled{}, fmt.Errorf("review: undo: %w", err)
	}
	decisions, err := d.Flags.Decisions(ctx, id)
	if err != nil {
		return models.Ruled{}, fmt.Errorf("review: undo: %w", err)
	}
	flag, err := d.Flags.UndoFlag(ctx, &models.Decision{
		ID: models.NewDecisionID(), Flag: id, By: by, Outcome: models.OutcomeUndone, Action: models.ActionNone, At: now,
	}, before.Version, now.Add(-Undone), now.Add(Lease))
	if err != nil {
		return models.Ruled{}, fmt.Errorf("review: undo: %w", err)
	}
	ruled := models.Ruled{Flag: flag}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), effectTimeout)
	defer cancel()
	var effects effects
	if before.State == models.FlagDismissed {
		back := held(flag.Actions)
		if i := slices.Index(back, models.ActionBan); i >= 0 {
			back = slices.Delete(back, i, i+1)
			ruled.Notes = append(ruled.Notes, "the ban that was lifted is not put back: confirm the flag with a ban if it should be")
		}
		if len(back) > 0 {
			effects.add("put back", d.apply(ctx, models.Sanction{Flag: flag, Actions: back}))
		}
	} else if n := len(decisions); n > 0 {
		switch decisions[n-1].Action {
		case models.ActionBan:
			ruled.Notes = append(ruled.Notes, "the ban is lifted; the call that it ended does not come back")
			effects.add("lift the ban", d.lift(ctx, models.Sanction{Flag: flag, Actions: []models.Action{models.ActionBan}, By: by}))
		case models.ActionEnd:
			ruled.Notes = append(ruled.Notes, "the call has ended and does not come back")
		case models.ActionWarn:
			ruled.Notes = append(ruled.Notes, "the visitor was warned, which cannot be taken back")
		}
	}
	effects.add("evidence", d.settle(ctx, id, models.OutcomeUndone))
	return ruled, d.done(ctx, "flag.undo", by, "", flag, map[string]any{"was": before.State, "version": flag.Version}, effects)
}

func undoable(flag models.Flag, version int, by models.StaffID, now time.Time) error {
	switch {
	case flag.State != models.FlagUpheld && flag.State != models.FlagDismissed:
		return fmt.Errorf("nothing is decided: %w", models.ErrConflict)
	case flag.Reviewer != by:
		return models.ErrNotHolder
	case version != 0 && version != flag.Version:
		return models.ErrConflict
	case now.Sub(flag.ChangedAt) >= Undone:
		return models.ErrTooLate
	}
	return nil
}

// held are those of actions that last until they are taken back.
func held(actions []models.Action) (lasting []models.Action) {
	for _, action := range actions {
		switch action {
		case models.ActionBlur, models.ActionStop, models.ActionBan:
			lasting = append(lasting, action)
		}
	}
	return lasting
}

func (d *Desk) apply(ctx context.Context, s models.Sanction) error {
	if d.Sanctions == nil {
		return nil
	}
	return d.Sanctions.Apply(ctx, s)
}

func (d *Desk) lift(ctx context.Context, s models.Sanction) error {
	if d.Sanctions == nil {
		return nil
	}
	return d.Sanctions.Lift(ctx, s)
}

func (d *Desk) settle(ctx context.Context, flag models.FlagID, outcome models.Outcome) error {
	if d.Evidence == nil {
		return nil
	}
	_, err := d.Evidence.Settle(ctx, flag, outcome)
	return err
}

// effects are what follows from a decision and failed.
type effects struct {
	failed []string
	err    error
}

func (e *effects) add(what string, err error) {
	if err == nil {
		return
	}
	e.failed = append(e.failed, what)
	if e.err == nil {
		e.err = err
	}
}

// done writes the audit log, with what failed, and says what did.
func (d *Desk) done(ctx context.Context, action string, by models.StaffID, reason string, flag models.Flag, metadata map[string]any, e effects) error {
	if len(e.failed) > 0 {
		metadata["failed"] = e.failed
	}
	if err := d.audit(ctx, action, flagTarget(flag.ID), by, reason, metadata); err != nil {
		return err
	}
	if e.err != nil {
		return fmt.Errorf("review: %s: %w: %w", e.failed[0], models.ErrUnenforced, e.err)
	}
	return nil
}
