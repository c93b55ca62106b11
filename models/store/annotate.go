package store

import (
	"context"

	"omezle/models"
)

// AnnotateFlag adds to a flag what the visitors' homes know of its call. It is no change of the flag as reviewers see it: its
// version stays. ErrNotFound also means that the flag has not been stored yet.
func (s *Store) AnnotateFlag(ctx context.Context, id models.FlagID, notes models.FlagNotes) error {
	result := s.db.WithContext(ctx).Model(&models.Flag{}).Where("id = ?", id).
		Select("device", "route", "timeline", "client_scores").
		Updates(&models.Flag{Device: notes.Device, Route: notes.Route, Timeline: notes.Timeline, ClientScores: notes.ClientScores})
	err := result.Error
	if err == nil && result.RowsAffected == 0 {
		err = ErrNotFound
	}
	return wrapIf("store: annotate flag", err)
}
