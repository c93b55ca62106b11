package store

import (
	"context"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"omezle/models"
)

const flagsPage = 50

// FlagFilter narrows a list of flags; what is zero does not.
type FlagFilter = models.FlagFilter

// CreateFlag puts a new flag into the review queue. A zero ChangedAt becomes At. A flag that is there already stays as
// it is, so that one may try again who does not know whether it was.
func (s *Store) CreateFlag(ctx context.Context, flag *models.Flag) error {
	if flag.ChangedAt.IsZero() {
		flag.ChangedAt = flag.At
	}
	flag.Version = max(flag.Version, 1)
	err := flag.Validate()
	if err == nil {
		err = s.db.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(flag).Error
	}
	return wrapIf("store: create flag", err)
}

// Flag returns one flag, or ErrNotFound.
func (s *Store) Flag(ctx context.Context, id models.FlagID) (models.Flag, error) {
	var flag models.Flag
	err := s.db.WithContext(ctx).Where("id = ?", id).Take(&flag).Error
	return flag, wrapIf("store: flag", err)
}

// Flags lists flags, newest first, 50 a page unless the page says otherwise.
// The cursor asks for the next page; it is zero after the last.
func (s *Store) Flags(ctx context.Context, filter FlagFilter, page Page) ([]models.Flag, Cursor, error) {
	query := s.db.WithContext(ctx).Model(&models.Flag{})
	if filter.State != "" {
		query = query.Where("state = ?", filter.State)
	}
	if filter.Kind != "" {
		query = query.Where("kind = ?", filter.Kind)
	}
	if filter.Session != "" {
		query = query.Where("session = ?", filter.Session)
	}
	if filter.Device != "" {
		query = query.Where("device = ?", filter.Device)
	}
	if filter.Rule != "" {
		query = ofRule(query, filter.Rule)
	}
	if filter.Shadow != nil {
		query = query.Where("shadow = ?", *filter.Shadow)
	}
	rows, next, err := pageOf(query, page, flagsPage, func(f models.Flag) Cursor {
		return Cursor{At: f.At, ID: string(f.ID)}
	})
	return rows, next, wrapIf("store: flags", err)
}

// ofRule keeps the flags of one version of a rule, or of a rule by its name alone, whatever the version. Names are
// compared as they are: no character of them is a pattern.
func ofRule(query *gorm.DB, ref string) *gorm.DB {
	if _, version := models.ParseRuleRef(ref); version > 0 {
		return query.Where("rule = ?", ref)
	}
	prefix := ref + "@"
	return query.Where("(rule = ? OR substr(rule, 1, ?) = ?)", ref, utf8.RuneCountInString(prefix), prefix)
}

// FlagCounts counts the flags there are by kind, state and whether their rule is only watched.
func (s *Store) FlagCounts(ctx context.Context) ([]models.FlagCount, error) {
	var counts []models.FlagCount
	err := s.db.WithContext(ctx).Model(&models.Flag{}).Select("kind, state, shadow, COUNT(*) AS flags").
		Group("kind, state, shadow").Order("kind, state, shadow").Scan(&counts).Error
	return counts, wrapIf("store: count flags", err)
}

// MoveFlag takes a flag from one state to another. ErrConflict means that its
// state was no longer from.
func (s *Store) MoveFlag(ctx context.Context, id models.FlagID, from, to models.FlagState, at time.Time) error {
	err := from.To(to)
	if err == nil {
		err = s.swap(ctx, &models.Flag{}, "id = ?", id, "state = ?", from,
			map[string]any{"state": to, "changed_at": cut(at)})
	}
	return wrapIf("store: move flag", err)
}
