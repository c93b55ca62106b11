package store

import (
	"context"
	"time"

	"omezle/models"
)

// Standing counts what there is against a device since a time. Reports count once for each reporting device that has
// not made falseAlarms refuted claims or more in the same time, flags if they are not dismissed and their rule acts.
func (s *Store) Standing(ctx context.Context, device models.DeviceID, since time.Time, falseAlarms int) (models.Standing, error) {
	var row models.Standing
	err := s.db.WithContext(ctx).Raw(`SELECT
		(SELECT COUNT(DISTINCT reporter_device) FROM reports WHERE reported_device = ? AND at >= ? AND status <> ? AND
			(SELECT COUNT(*) FROM sightings WHERE sightings.reporter_device = reports.reporter_device AND sightings.at >= ? AND outcome = ?) < ?
		) AS reports,
		(SELECT COUNT(*) FROM flags WHERE device = ? AND at >= ? AND state NOT IN (?, ?) AND NOT shadow) AS flags,
		(SELECT COUNT(*) FROM sightings WHERE reporter_device = ? AND at >= ? AND outcome = ?) AS false_alarms`,
		device, cut(since), models.ReportDismissed, cut(since), models.SightingRefuted, falseAlarms,
		device, cut(since), models.FlagDismissed, models.FlagOverturned,
		device, cut(since), models.SightingRefuted).Scan(&row).Error
	return row, wrapIf("store: standing", err)
}
