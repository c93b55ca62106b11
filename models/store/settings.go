package store

import (
	"context"

	"gorm.io/gorm/clause"

	"omezle/models"
)

// Setting returns one setting, or ErrNotFound.
func (s *Store) Setting(ctx context.Context, key string) (models.Setting, error) {
	var setting models.Setting
	err := s.db.WithContext(ctx).Where(map[string]any{"key": key}).Take(&setting).Error
	return setting, wrapIf("store: setting", err)
}

// Settings lists every setting by key.
func (s *Store) Settings(ctx context.Context) ([]models.Setting, error) {
	var settings []models.Setting
	err := s.db.WithContext(ctx).Order(clause.OrderByColumn{Column: clause.Column{Name: "key"}}).Find(&settings).Error
	return settings, wrapIf("store: settings", err)
}

// PutSetting stores a setting. setting.Version is the version the change was made
// from, 0 for a new one, and is raised by one on success; ErrConflict means that
// somebody else was faster.
func (s *Store) PutSetting(ctx context.Context, setting *models.Setting) error {
	row := *setting
	row.Version++
	row.At = cut(row.At)
	var err error
	if setting.Version == 0 {
		result := s.db.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if err = result.Error; err == nil && result.RowsAffected == 0 {
			err = ErrConflict
		}
	} else {
		err = s.swap(ctx, &models.Setting{}, "settings.key = ?", row.Key, "version = ?", setting.Version, map[string]any{
			"value": row.Value, "version": row.Version, "by_staff": row.By, "at": row.At,
		})
	}
	if err == nil {
		*setting = row
	}
	return wrapIf("store: put setting", err)
}
