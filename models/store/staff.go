package store

import (
	"context"

	"gorm.io/gorm/clause"

	"omezle/models"
)

// CreateStaff adds a member of staff. ErrExists means that the name is taken.
func (s *Store) CreateStaff(ctx context.Context, staff *models.Staff) error {
	if err := staff.Validate(); err != nil {
		return wrapIf("store: create staff", err)
	}
	result := s.db.WithContext(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "name"}},
		DoNothing: true,
	}).Create(staff)
	err := result.Error
	if err == nil && result.RowsAffected == 0 {
		err = ErrExists
	}
	return wrapIf("store: create staff", err)
}

// Staff returns one member of staff, or ErrNotFound.
func (s *Store) Staff(ctx context.Context, id models.StaffID) (models.Staff, error) {
	var staff models.Staff
	err := s.db.WithContext(ctx).Where("id = ?", id).Take(&staff).Error
	return staff, wrapIf("store: staff", err)
}

// StaffByName returns the member of staff who signs in with name, or ErrNotFound.
func (s *Store) StaffByName(ctx context.Context, name string) (models.Staff, error) {
	var staff models.Staff
	err := s.db.WithContext(ctx).Where("name = ?", name).Take(&staff).Error
	return staff, wrapIf("store: staff by name", err)
}

// ListStaff lists all staff by name, disabled ones too.
func (s *Store) ListStaff(ctx context.Context) ([]models.Staff, error) {
	var staff []models.Staff
	err := s.db.WithContext(ctx).Order("name").Find(&staff).Error
	return staff, wrapIf("store: list staff", err)
}
