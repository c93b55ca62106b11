package store

import (
	"context"
	"time"

	"omezle/models"
)

// CreateSighting stores the claim of a visitor's browser.
func (s *Store) CreateSighting(ctx context.Context, sighting *models.Sighting) error {
	err := sighting.Validate()
	if err == nil {
		err = s.db.WithContext(ctx).Create(sighting).Error
	}
	return wrapIf("store: create sighting", err)
}

// SettleSighting says what became of an open claim. ErrConflict means that it was settled before.
func (s *Store) SettleSighting(ctx context.Context, id models.SightingID, outcome models.SightingOutcome, at time.Time) error {
	return wrapIf("store: settle sighting", s.swap(ctx, &models.Sighting{}, "id = ?", id, "outcome = ?", models.SightingOpen,
		map[string]any{"outcome": outcome, "settled_at": cut(at)}))
}

// Sightings lists the claims made in a pair, the oldest first.
func (s *Store) Sightings(ctx context.Context, pair models.PairID) ([]models.Sighting, error) {
	var rows []models.Sighting
	err := s.db.WithContext(ctx).Where("pair = ?", pair).Order("at, id").Limit(pageLimit).Find(&rows).Error
	return rows, wrapIf("store: sightings", err)
}
