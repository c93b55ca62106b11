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

// DeviceBan returns the ban that keeps a device out at now, the longest one, if there is any.
func (s *Store) DeviceBan(ctx context.Context, device models.DeviceID, now time.Time) (ban models.BannedIP, found bool, err error) {
	var bans []models.BannedIP
	err = s.db.WithContext(ctx).
		Where("kind = ? AND target = ? AND severity = ? AND active = ? AND at <= ?", models.BanDevice, device, models.SeverityNoAccess, true, cut(now)).
		Where("expires_at IS NULL OR expires_at > ?", cut(now)).
		Order("CASE WHEN expires_at IS NULL THEN 0 ELSE 1 END, expires_at DESC, id").Limit(1).Find(&bans).Error
	if err != nil || len(bans) == 0 {
		return models.BannedIP{}, false, wrapIf("store: device ban", err)
	}
	return bans[0], true, nil
}

// LiftBansFor ends the bans whose notes name a flag, by one member of staff if that is not empty, and returns how many
// there were.
func (s *Store) LiftBansFor(ctx context.Context, flag models.FlagID, by models.StaffID) (int, error) {
	query := s.db.WithContext(ctx).Model(&models.BannedIP{}).Where("notes = ? AND active = ?", models.BanNotes(flag), true)
	if by != "" {
		query = query.Where("by_staff = ?", by)
	}
	result := query.Update("active", false)
	return int(result.RowsAffected), wrapIf("store: lift bans of a flag", result.Error)
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
