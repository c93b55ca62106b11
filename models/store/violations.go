package store

import (
	"context"
	"time"

	"omezle/models"
)

// Violations returns the device of a session and how many pictures of it rules have acted on since a time, in calls
// other than one, not counting what reviewers found to be none. ErrNotFound means that the session is not known yet.
func (s *Store) Violations(ctx context.Context, session models.SessionID, except models.PairID, since time.Time) (models.DeviceID, int, error) {
	var row struct {
		Device     models.DeviceID
		Violations int
	}
	result := s.db.WithContext(ctx).Raw(`SELECT device, (SELECT COUNT(*) FROM flags
		WHERE flags.device = sessions.device AND at >= ? AND kind = ? AND NOT shadow AND pair <> ? AND state NOT IN (?, ?)) AS violations
		FROM sessions WHERE id = ?`,
		cut(since), models.FlagFrame, except, models.FlagDismissed, models.FlagOverturned, session).Scan(&row)
	err := result.Error
	if err == nil && result.RowsAffected == 0 {
		err = ErrNotFound
	}
	return row.Device, row.Violations, wrapIf("store: violations", err)
}
