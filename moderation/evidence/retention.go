package evidence

import (
	"context"
	"fmt"
	"time"

	"omezle/models"
)

// Case is what evidence belongs to: a flag or a visitor's report.
type Case struct {
	Flag   models.FlagID
	Report models.ReportID // when Flag is empty
}

// Settle sets how long the evidence of a flag is kept from now on, by what a reviewer found; an outcome that is none,
// as after an undo, is that of a flag nobody decided about. What is held stays held. It says how many items there are.
func (v *Vault) Settle(ctx context.Context, flag models.FlagID, outcome models.Outcome) (int, error) {
	return v.SettleCase(ctx, Case{Flag: flag}, outcome)
}

// SettleCase is Settle for a report too.
func (v *Vault) SettleCase(ctx context.Context, of Case, outcome models.Outcome) (int, error) {
	keep := v.config.KeepUndecided
	switch outcome {
	case models.OutcomeViolation:
		keep = v.config.KeepActioned
	case models.OutcomeNoViolation:
		keep = v.config.KeepDismissed
	}
	expires := time.Now().Add(keep)
	n, err := v.rows.ExpireEvidence(ctx, of.Flag, of.Report, &expires)
	if err != nil {
		return 0, fmt.Errorf("evidence: settle: %w", err)
	}
	return n, nil
}

// Hold keeps the evidence of a flag whatever its time says, and what is added to it later, or lifts that: then its time
// counts again. It says how many items there are. Who may and why is the caller's, and so is the audit log.
func (v *Vault) Hold(ctx context.Context, flag models.FlagID, on bool) (int, error) {
	return v.HoldCase(ctx, Case{Flag: flag}, on)
}

// HoldCase is Hold for a report too.
func (v *Vault) HoldCase(ctx context.Context, of Case, on bool) (int, error) {
	n, err := v.rows.HoldEvidence(ctx, of.Flag, of.Report, on)
	if err != nil {
		return 0, fmt.Errorf("evidence: hold: %w", err)
	}
	return n, nil
}
