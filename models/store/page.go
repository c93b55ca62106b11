package store

import (
	"gorm.io/gorm"

	"omezle/models"
)

const pageLimit = 500

// Page asks for a part of a list that is ordered newest first.
type Page = models.Page

// Cursor is a place in a list.
type Cursor = models.Cursor

func limitOf(page Page, byDefault int) int {
	if page.Limit <= 0 {
		return byDefault
	}
	return min(page.Limit, pageLimit)
}

// pageOf fills one page from a query over a table with the columns at and id,
// and says where the next one begins.
func pageOf[T any](query *gorm.DB, page Page, byDefault int, place func(T) Cursor) ([]T, Cursor, error) {
	if !page.Before.IsZero() {
		query = query.Where("(at, id) < (?, ?)", cut(page.Before.At), page.Before.ID)
	}
	var (
		rows  []T
		limit = limitOf(page, byDefault)
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
