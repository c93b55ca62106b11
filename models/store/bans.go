package store

import (
	"context"
	"time"

	"omezle/models"
)

// CreateBan stores a ban.
func (s *Store) CreateBan(ctx context.Context, ban *models.BannedIP) error {
	err := ban.Validate()
	if err == nil {
		err = s.db.WithContext(ctx).Create(ban).Error
	}
	return wrapIf("store: create ban", err)
}

// ActiveBans lists every ban that is in force at now, or will be later, oldest first.
func (s *Store) ActiveBans(ctx context.Context, now time.Time) ([]models.BannedIP, error) {
	var bans []models.BannedIP
	err := s.db.WithContext(ctx).
		Where("active = ? AND (expires_at IS NULL OR expires_at > ?)", true, cut(now)).
		Order("at, id").Find(&bans).Error
	return bans, wrapIf("store: active bans", err)
}

// LiftBan ends a ban before its time. Lifting twice changes nothing; an unknown
// ban gives ErrNotFound.
func (s *Store) LiftBan(ctx context.Context, id models.BanID) error {
	result := s.db.WithContext(ctx).Model(&models.BannedIP{}).Where("id = ?", id).Update("active", false)
	err := result.Error
	if err == nil && result.RowsAffected == 0 {
		err = ErrNotFound
	}
	return wrapIf("store: lift ban", err)
}
