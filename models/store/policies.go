package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"omezle/models"
)

// AppendPolicy adds the next version of a named policy. policy.Version is the
// version the change was made from, 0 for the first, and is raised by one on
// success; ErrConflict means that somebody else was faster.
func (s *Store) AppendPolicy(ctx context.Context, policy *models.Policy) error {
	row := *policy
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var current int
		err := tx.Model(&models.Policy{}).Where("name = ?", row.Name).
			Select("COALESCE(MAX(version), 0)").Scan(&current).Error
		if err != nil {
			return err
		}
		if current != row.Version {
			return ErrConflict
		}
		row.Version++
		result := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if result.Error == nil && result.RowsAffected == 0 {
			return ErrConflict // between the two statements
		}
		return result.Error
	})
	if err == nil {
		*policy = row
	}
	return wrapIf("store: append policy", err)
}

// Policy returns the version of a policy that is in force, or ErrNotFound.
func (s *Store) Policy(ctx context.Context, name string) (models.Policy, error) {
	var policy models.Policy
	err := s.db.WithContext(ctx).Where("name = ?", name).Order("version DESC").Take(&policy).Error
	return policy, wrapIf("store: policy", err)
}

// PolicyHistory lists the versions of a policy, newest first, at most limit.
func (s *Store) PolicyHistory(ctx context.Context, name string, limit int) ([]models.Policy, error) {
	var policies []models.Policy
	err := s.db.WithContext(ctx).Where("name = ?", name).Order("version DESC").Limit(limit).Find(&policies).Error
	return policies, wrapIf("store: policy history", err)
}
