package store

import (
	"context"

	"gorm.io/gorm/clause"

	"omezle/models"
)

// Block remembers that one device never wants to meet another again. Blocking
// twice changes nothing.
func (s *Store) Block(ctx context.Context, block models.IPBlock) error {
	err := block.Validate()
	if err == nil {
		err = s.db.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&block).Error
	}
	return wrapIf("store: block", err)
}

// BlocksOf returns the devices that device has blocked, newest first, at most
// limit of them.
func (s *Store) BlocksOf(ctx context.Context, device models.DeviceID, limit int) ([]models.DeviceID, error) {
	var blocked []models.DeviceID
	err := s.db.WithContext(ctx).Model(&models.IPBlock{}).Where("blocker = ?", device).
		Order("at DESC, blocked").Limit(limit).Pluck("blocked", &blocked).Error
	return blocked, wrapIf("store: blocks", err)
}
