package store

import (
	"time"

	"gorm.io/gorm"
)

const pageLimit = 500

// Page asks for a part of a list that is ordered newest first.
type Page struct {
	Limit  int    // rows; 0 means the list's own default, never more than 500
	Before Cursor // the zero Cursor asks for the first page
}

// Cursor is a place in a list. It names the last row seen instead of counting
// rows, so that nothing is skipped or repeated while new rows arrive.
type Cursor struct {
	At time.Time
	ID string
}

// IsZero reports whether it names no place: the start of a list when asked for,
// its end when returned.
func (c Cursor) IsZero() bool { return c.ID == "" }

func (p Page) limit(byDefault int) int {
	if p.Limit <= 0 {
		return byDefault
	}
	return min(p.Limit, pageLimit)
}

// pageOf fills one page from a query over a table with the columns at and id,
// and says where the next one begins.
func pageOf[T any](query *gorm.DB, page Page, byDefault int, place func(T) Cursor) ([]T, Cursor, error) {
	if !page.Before.IsZero() {
		query = query.Where("(at, id) < (?, ?)", cut(page.Before.At), page.Before.ID)
	}
	var (
		rows  []T
		limit = page.limit(byDefault)
	)
	if err := query.Order("at DESC, id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, Cursor{}, err
	}
	if len(rows) <= limit {
		return rows, Cursor{}, nil
	}
	rows = rows[:limit]
	return rows, place(rows[limit-1]), nil
}
