package store

import (
	"context"
	"time"

	"omezle/models"
)

// Standing counts what there is against a device since a time: reports that were not dismissed, one for each
// reporting device, and flags likewise not dismissed.
func (s *Store) Standing(ctx context.Context, device models.DeviceID, since time.Time) (reports, flags int, err error) {
	var row struct{ Reports, Flags int }
	err = s.db.WithContext(ctx).Raw(`SELECT
		(SELECT COUNT(DISTINCT reporter_device) FROM reports WHERE reported_device = ? AND at >= ? AND status <> ?) AS reports,
		(SELECT COUNT(*) FROM flags WHERE device = ? AND at >= ? AND state NOT IN (?, ?)) AS flags`,
		device, cut(since), models.ReportDismissed, device, cut(since), models.FlagDismissed, models.FlagOverturned).Scan(&row).Error
	return row.Reports, row.Flags, wrapIf("store: standing", err)
}
