package store

import (
	"context"
)

// swap changes one row if it is still in the state the caller has seen. A row
// that is not gives ErrConflict, one that does not exist ErrNotFound.
func (s *Store) swap(ctx context.Context, model any, is string, id any, still string, seen any, change map[string]any) error {
	db := s.db.WithContext(ctx).Model(model)
	result := db.Where(is, id).Where(still, seen).Updates(change)
	if result.Error != nil || result.RowsAffected == 1 {
		return result.Error
	}
	var rows int64
	if err := s.db.WithContext(ctx).Model(model).Where(is, id).Count(&rows).Error; err != nil {
		return err
	}
	if rows == 0 {
		return ErrNotFound
	}
	return ErrConflict
}
