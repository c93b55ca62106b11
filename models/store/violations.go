package store

import (
	"context"
	"time"

	"omezle/models"
)

// Violations counts the flags of rules that acted on pictures of a session's visitor: since a time those of the device in
// calls other than one, and in that one those that were dismissed. ErrNotFound means that the session is not known yet.
func (s *Store) Violations(ctx context.Context, session models.SessionID, pair models.PairID, since time.Time) (models.Violations, error) {
	var found models.Violations
	result := s.db.WithContext(ctx).Raw(`SELECT device,
		(SELECT COUNT(*) FROM flags WHERE flags.device = sessions.device AND at >= ?
			AND kind = ? AND NOT shadow AND pair <> ? AND state NOT IN (?, ?)) AS elsewhere,
		(SELECT COUNT(*) FROM flags WHERE flags.session = sessions.id
			AND kind = ? AND NOT shadow AND pair = ? AND state IN (?, ?)) AS dismissed
		FROM sessions WHERE id = ?`,
		cut(since), models.FlagFrame, pair, models.FlagDismissed, models.FlagOverturned,
		models.FlagFrame, pair, models.FlagDismissed, models.FlagOverturned, session).Scan(&found)
	err := result.Error
	if err == nil && result.RowsAffected == 0 {
		err = ErrNotFound
	}
	return found, wrapIf("store: violations", err)
}
