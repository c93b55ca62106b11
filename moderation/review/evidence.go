package review

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"omezle/models"
	"omezle/moderation/review/preview"
)

// Items describes the evidence of a flag. Looking at it renews the claim of who holds it.
func (d *Desk) Items(ctx context.Context, flag models.FlagID, by models.StaffID) ([]models.Evidence, error) {
	if d.Evidence == nil {
		return nil, nil
	}
	if err := d.stay(ctx, flag, by); err != nil {
		return nil, fmt.Errorf("review: evidence: %w", err)
	}
	items, err := d.Evidence.Of(ctx, flag)
	if err != nil {
		return nil, fmt.Errorf("review: evidence: %w", err)
	}
	return items, nil
}

// Chat returns the last lines of the conversation behind a flag, none when there are none or they were destroyed. That
// somebody read them is in the audit log before they are returned.
func (d *Desk) Chat(ctx context.Context, items []models.Evidence, by models.StaffID) (lines []models.ChatLine, err error) {
	for i := range items {
		item := &items[i]
		if item.Kind != models.EvidenceChat || item.DestroyedAt != nil {
			continue
		}
		data, _, err := d.Evidence.Open(ctx, item.ID)
		if errors.Is(err, models.ErrDestroyed) || errors.Is(err, models.ErrNotFound) {
			continue // just now
		}
		if err != nil {
			return nil, fmt.Errorf("review: chat: %w", err)
		}
		var some []models.ChatLine
		if err := json.Unmarshal(data, &some); err != nil {
			return nil, fmt.Errorf("review: chat: %w", err)
		}
		if err := d.audit(ctx, "evidence.chat", evidenceTarget(item.ID), by, "", about(item)); err != nil {
			return nil, err
		}
		lines = append(lines, some...)
	}
	return lines, nil
}

// Preview returns a PNG that tells no more than whether a still is worth revealing.
func (d *Desk) Preview(ctx context.Context, id models.EvidenceID, by models.StaffID) ([]byte, error) {
	data, item, err := d.open(ctx, id)
	if err == nil && item.Flag != "" {
		err = d.stay(ctx, item.Flag, by)
	}
	if err != nil {
		return nil, fmt.Errorf("review: preview: %w", err)
	}
	picture, err := preview.PNG(data)
	if err != nil {
		return nil, fmt.Errorf("review: preview: %w: %w", models.ErrInvalid, err)
	}
	return picture, nil
}

// Reveal returns an original to who holds its flag. The audit log has it before.
func (d *Desk) Reveal(ctx context.Context, id models.EvidenceID, by models.StaffID, reason string) ([]byte, models.Evidence, error) {
	data, item, err := d.open(ctx, id)
	if err == nil {
		err = d.Flags.RenewClaim(ctx, d.claim(item.Flag, 0, by))
	}
	if err == nil {
		err = d.audit(ctx, "evidence.reveal", evidenceTarget(id), by, reason, about(&item))
	}
	if err != nil {
		return nil, models.Evidence{}, fmt.Errorf("review: reveal: %w", err)
	}
	return data, item, nil
}

// Hold puts the evidence of a flag under legal hold, so that it is kept whatever is decided, or ends that.
func (d *Desk) Hold(ctx context.Context, flag models.FlagID, on bool, by models.StaffID, reason string) error {
	_, err := d.Flags.Flag(ctx, flag)
	if err == nil && d.Evidence == nil {
		err = models.ErrNotFound
	}
	items := 0
	if err == nil {
		items, err = d.Evidence.Hold(ctx, flag, on)
	}
	if err != nil {
		return fmt.Errorf("review: hold: %w", err)
	}
	action := "evidence.hold"
	if !on {
		action = "evidence.unhold"
	}
	return d.audit(ctx, action, flagTarget(flag), by, reason, map[string]any{"items": items})
}

func (d *Desk) open(ctx context.Context, id models.EvidenceID) ([]byte, models.Evidence, error) {
	if d.Evidence == nil {
		return nil, models.Evidence{}, models.ErrNotFound
	}
	return d.Evidence.Open(ctx, id)
}

// stay renews the claim, if it is theirs.
func (d *Desk) stay(ctx context.Context, flag models.FlagID, by models.StaffID) error {
	err := d.Flags.RenewClaim(ctx, d.claim(flag, 0, by))
	if errors.Is(err, models.ErrNotHolder) {
		return nil
	}
	return err
}

func evidenceTarget(id models.EvidenceID) string { return "evidence:" + string(id) }

func about(item *models.Evidence) map[string]any {
	return map[string]any{"flag": item.Flag, "kind": item.Kind}
}
