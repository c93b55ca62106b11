package store

import (
	"context"

	"omezle/models"
)

const logsPage = 100

// LogFilter narrows a list of log entries; what is zero does not.
type LogFilter struct {
	Action string
	Target string
	Admin  models.StaffID
}

// AppendLog adds an entry to the audit log and fills in its Seq.
func (s *Store) AppendLog(ctx context.Context, entry *models.ModerationLog) error {
	return wrapIf("store: append log", s.db.WithContext(ctx).Create(entry).Error)
}

// Logs lists entries, newest first, at most limit of them (100 when it is 0, 500
// at the most), those before the entry numbered before, or from the newest on
// when that is 0. A list shorter than the limit is the last one.
func (s *Store) Logs(ctx context.Context, filter LogFilter, before int64, limit int) ([]models.ModerationLog, error) {
	query := s.db.WithContext(ctx).Model(&models.ModerationLog{})
	if filter.Action != "" {
		query = query.Where("action = ?", filter.Action)
	}
	if filter.Target != "" {
		query = query.Where("target = ?", filter.Target)
	}
	if filter.Admin != "" {
		query = query.Where("admin = ?", filter.Admin)
	}
	if before > 0 {
		query = query.Where("seq < ?", before)
	}
	var entries []models.ModerationLog
	err := query.Order("seq DESC").Limit(limitOf(Page{Limit: limit}, logsPage)).Find(&entries).Error
	return entries, wrapIf("store: logs", err)
}
