package store

import (
	"cmp"
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"omezle/models"
)

// AddRuleCounts adds alarms to what is counted already, all of them or none.
func (s *Store) AddRuleCounts(ctx context.Context, counts []models.RuleCount) error {
	sorted := slices.SortedFunc(slices.Values(counts), func(a, b models.RuleCount) int { // two nodes lock rows in one order
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Version, b.Version))
	})
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, row := range sorted { // few: one for each rule that fired
			if err := row.Validate(); err != nil {
				return err
			}
			err := tx.Clauses(clause.OnConflict{
				Columns:   []clause.Column{{Name: "day"}, {Name: "rule"}, {Name: "version"}, {Name: "shadow"}},
				DoUpdates: clause.Set{sum("rule_counts", "alarms")},
			}).Create(&row).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	return wrapIf("store: add rule counts", err)
}

// RuleCounts lists what was counted since a day, the newest day first, at most limit rows.
func (s *Store) RuleCounts(ctx context.Context, since models.Day, limit int) ([]models.RuleCount, error) {
	var counts []models.RuleCount
	err := s.db.WithContext(ctx).Where("day >= ?", since).Order("day DESC, rule, version DESC, shadow").Limit(limit).Find(&counts).Error
	return counts, wrapIf("store: rule counts", err)
}
