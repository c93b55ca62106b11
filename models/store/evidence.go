package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"omezle/models"
)

// evidenceKey is the setting that says by which master key evidence is sealed, and to which place it belongs.
const evidenceKey = "evidence.key"

// CreateEvidence stores what is known of one sealed item.
func (s *Store) CreateEvidence(ctx context.Context, item *models.Evidence) error {
	err := item.Validate()
	if err == nil {
		err = s.db.WithContext(ctx).Create(item).Error
	}
	return wrapIf("store: create evidence", err)
}

// Evidence returns the items of those ids that there are, in no order.
func (s *Store) Evidence(ctx context.Context, ids ...models.EvidenceID) ([]models.Evidence, error) {
	var items []models.Evidence
	if len(ids) == 0 {
		return nil, nil
	}
	err := s.db.WithContext(ctx).Where("id IN ?", ids).Find(&items).Error
	return items, wrapIf("store: evidence", err)
}

// EvidenceOf lists the items of a flag or, when that is empty, of a report, oldest first, destroyed ones too.
func (s *Store) EvidenceOf(ctx context.Context, flag models.FlagID, report models.ReportID) ([]models.Evidence, error) {
	var items []models.Evidence
	err := ofCase(s.db.WithContext(ctx), flag, report).Order("at, id").Find(&items).Error
	return items, wrapIf("store: evidence of a case", err)
}

func ofCase(query *gorm.DB, flag models.FlagID, report models.ReportID) *gorm.DB {
	if flag != "" {
		return query.Where("flag = ?", flag)
	}
	return query.Where("report = ? AND flag = ''", report)
}

// ExpireEvidence sets the time after which the items of a flag or report may be destroyed, nil for never, and says how
// many there are.
func (s *Store) ExpireEvidence(ctx context.Context, flag models.FlagID, report models.ReportID, at *time.Time) (int, error) {
	return s.changeEvidence(ctx, flag, report, "expires_at", cutPtr(at))
}

// HoldEvidence sets or lifts the legal hold on the items of a flag or report, and says how many there are.
func (s *Store) HoldEvidence(ctx context.Context, flag models.FlagID, report models.ReportID, held bool) (int, error) {
	return s.changeEvidence(ctx, flag, report, "held", held)
}

func (s *Store) changeEvidence(ctx context.Context, flag models.FlagID, report models.ReportID, column string, value any) (int, error) {
	result := ofCase(s.db.WithContext(ctx).Model(&models.Evidence{}), flag, report).
		Where("destroyed_at IS NULL").Update(column, value)
	return int(result.RowsAffected), wrapIf("store: change evidence", result.Error)
}

// ExpiredEvidence lists items whose time is over at now and that nobody holds, at most limit.
func (s *Store) ExpiredEvidence(ctx context.Context, now time.Time, limit int) ([]models.Evidence, error) {
	var items []models.Evidence
	err := s.db.WithContext(ctx).Where("destroyed_at IS NULL AND held = ? AND expires_at <= ?", false, cut(now)).
		Order("expires_at").Limit(limit).Find(&items).Error
	return items, wrapIf("store: expired evidence", err)
}

// DestroyEvidence takes the key of an item, and what was derived from its picture, out of the database. It reports
// false, and changes nothing, when the item is held, is not yet expired or was destroyed before.
func (s *Store) DestroyEvidence(ctx context.Context, id models.EvidenceID, now time.Time) (bool, error) {
	result := s.db.WithContext(ctx).Model(&models.Evidence{}).
		Where("id = ? AND destroyed_at IS NULL AND held = ? AND expires_at <= ?", id, false, cut(now)).
		Updates(map[string]any{"key": nil, "pdq": nil, "destroyed_at": cut(now)})
	return result.RowsAffected == 1, wrapIf("store: destroy evidence", result.Error)
}

// LiveEvidence lists items that were not destroyed, by id from the one after on, at most limit.
func (s *Store) LiveEvidence(ctx context.Context, after models.EvidenceID, limit int) ([]models.Evidence, error) {
	var items []models.Evidence
	err := s.db.WithContext(ctx).Where("destroyed_at IS NULL AND id > ?", after).Order("id").Limit(limit).Find(&items).Error
	return items, wrapIf("store: live evidence", err)
}

// RewrapEvidence replaces the sealed key of an item, if it is still sealed by the master key from.
func (s *Store) RewrapEvidence(ctx context.Context, id models.EvidenceID, from, to string, key []byte) error {
	err := s.swap(ctx, &models.Evidence{}, "id = ?", id, "destroyed_at IS NULL AND master_key = ?", from,
		map[string]any{"key": key, "master_key": to})
	return wrapIf("store: rewrap evidence", err)
}

// HashedEvidence lists the newest items that have a PDQ hash, at most limit, without their keys.
func (s *Store) HashedEvidence(ctx context.Context, limit int) ([]models.Evidence, error) {
	var items []models.Evidence
	err := s.db.WithContext(ctx).Select("id", "flag", "report", "pdq", "quality", "at").
		Where("pdq IS NOT NULL AND destroyed_at IS NULL").Order("at DESC").Limit(limit).Find(&items).Error
	return items, wrapIf("store: hashed evidence", err)
}

// EvidenceKey returns the setting about the master key of evidence, which has version 0 when there is none.
func (s *Store) EvidenceKey(ctx context.Context) (models.Setting, error) {
	var found []models.Setting
	err := s.db.WithContext(ctx).Where(map[string]any{"key": evidenceKey}).Limit(1).Find(&found).Error
	if err != nil || len(found) == 0 {
		return models.Setting{Key: evidenceKey}, wrapIf("store: evidence key", err)
	}
	return found[0], nil
}

// PutEvidenceKey replaces that setting and reports whether it did: not when somebody else was faster.
func (s *Store) PutEvidenceKey(ctx context.Context, setting models.Setting) (bool, error) {
	setting.Key, setting.At, setting.Version = evidenceKey, cut(setting.At), setting.Version+1
	db := s.db.WithContext(ctx)
	var result *gorm.DB
	if setting.Version == 1 {
		result = db.Clauses(clause.OnConflict{DoNothing: true}).Create(&setting)
	} else {
		result = db.Model(&models.Setting{}).Where("settings.key = ? AND version = ?", setting.Key, setting.Version-1).
			Updates(map[string]any{"value": setting.Value, "version": setting.Version, "by_staff": setting.By, "at": setting.At})
	}
	return result.RowsAffected == 1, wrapIf("store: put evidence key", result.Error)
}
