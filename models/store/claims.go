package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"omezle/models"
)

// Every change of a flag by reviewers is one statement that names the version it was made from, so of any number of
// reviewers one wins and the others get ErrConflict. Only the lease is renewed without a new version: it changes nothing
// of what anybody decides on.

// ClaimFlag gives a flag to a reviewer if it is open, or claimed with a lease that has run out.
func (s *Store) ClaimFlag(ctx context.Context, c models.Claim) (models.Flag, error) {
	return s.turn(ctx, "claim flag", c.Flag, c.Version, func(q *gorm.DB) *gorm.DB {
		return q.Where("(state = ? OR state = ? AND (lease_until IS NULL OR lease_until <= ?))", models.FlagOpen, models.FlagClaimed, cut(c.Now))
	}, map[string]any{"state": models.FlagClaimed, "reviewer": c.By, "lease_until": cut(c.Until), "changed_at": cut(c.Now)})
}

// RenewClaim gives whoever holds a flag more time. It returns models.ErrNotHolder when they do not, or no more; the version
// does not matter to it, nor is it raised.
func (s *Store) RenewClaim(ctx context.Context, c models.Claim) error {
	result := s.db.WithContext(ctx).Model(&models.Flag{}).
		Where("id = ? AND state = ? AND reviewer = ? AND lease_until > ?", c.Flag, models.FlagClaimed, c.By, cut(c.Now)).
		Updates(map[string]any{"lease_until": cut(c.Until)})
	err := result.Error
	if err == nil && result.RowsAffected == 0 {
		err = models.ErrNotHolder
	}
	return wrapIf("store: renew claim", err)
}

// ReleaseFlag gives a claimed flag back to the queue.
func (s *Store) ReleaseFlag(ctx context.Context, c models.Claim) (models.Flag, error) {
	return s.turn(ctx, "release flag", c.Flag, c.Version, heldBy(c.By),
		map[string]any{"state": models.FlagOpen, "reviewer": models.StaffID(""), "lease_until": nil, "changed_at": cut(c.Now)})
}

// DecideFlag stores a decision and takes its flag from claimed to state, both or neither. A lease that has run out does not
// matter as long as nobody else has taken the flag.
func (s *Store) DecideFlag(ctx context.Context, d *models.Decision, version int, to models.FlagState) (models.Flag, error) {
	if err := models.FlagClaimed.To(to); err != nil {
		return models.Flag{}, wrapIf("store: decide flag", err)
	}
	return s.decision(ctx, "decide flag", d, version, heldBy(d.By),
		map[string]any{"state": to, "lease_until": nil, "changed_at": cut(d.At)})
}

// UndoFlag gives a flag back to the reviewer who has decided it, if that was after since, and stores that as a decision.
func (s *Store) UndoFlag(ctx context.Context, d *models.Decision, version int, since, until time.Time) (models.Flag, error) {
	return s.decision(ctx, "undo decision", d, version, func(q *gorm.DB) *gorm.DB {
		return q.Where("state IN (?, ?) AND reviewer = ? AND changed_at > ?", models.FlagUpheld, models.FlagDismissed, d.By, cut(since))
	}, map[string]any{"state": models.FlagClaimed, "lease_until": cut(until), "changed_at": cut(d.At)})
}

func heldBy(by models.StaffID) func(*gorm.DB) *gorm.DB {
	return func(q *gorm.DB) *gorm.DB {
		return q.Where("state = ? AND reviewer = ?", models.FlagClaimed, by)
	}
}

func (s *Store) decision(ctx context.Context, what string, d *models.Decision, version int,
	from func(*gorm.DB) *gorm.DB, change map[string]any) (flag models.Flag, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if flag, err = turn(tx, d.Flag, version, from, change); err != nil {
			return err
		}
		return tx.Create(d).Error
	})
	return flag, wrapIf("store: "+what, err)
}

func (s *Store) turn(ctx context.Context, what string, id models.FlagID, version int,
	from func(*gorm.DB) *gorm.DB, change map[string]any) (flag models.Flag, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		flag, err = turn(tx, id, version, from, change)
		return err
	})
	return flag, wrapIf("store: "+what, err)
}

// turn changes one flag if it is what from asks for, and returns it as it is then.
func turn(tx *gorm.DB, id models.FlagID, version int, from func(*gorm.DB) *gorm.DB, change map[string]any) (models.Flag, error) {
	query := from(tx.Model(&models.Flag{}).Where("id = ?", id))
	if version != 0 {
		query = query.Where("version = ?", version)
	}
	change["version"] = gorm.Expr("version + 1")
	result := query.Updates(change)
	if result.Error != nil {
		return models.Flag{}, result.Error
	}
	var flag models.Flag
	if err := tx.Where("id = ?", id).Take(&flag).Error; err != nil {
		return models.Flag{}, err
	}
	if result.RowsAffected == 0 {
		return models.Flag{}, ErrConflict
	}
	return flag, nil
}
