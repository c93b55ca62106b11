package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"omezle/models"
)

// History rows are written more than once in their life, by more than one node,
// and may arrive late. So a row that says how something ended is never undone by
// an older one that does not, and counters never fall. The same rule is applied
// twice: here in Go within one batch, because a statement may touch a row once
// only, and in SQL against what is stored.

// history is what one batch of the Recorder writes.
type history struct {
	sessions []models.Session
	pairs    []models.Pair
	ips      []models.IPStat
}

// SaveSessions inserts sessions, or updates what changes during one: its end and
// its counters.
func (s *Store) SaveSessions(ctx context.Context, sessions []models.Session) error {
	return wrapIf("store: save sessions", saveSessions(s.db.WithContext(ctx), sessions))
}

// SavePairs inserts pairs, or updates what changes during one: its route, its
// end and its counter.
func (s *Store) SavePairs(ctx context.Context, pairs []models.Pair) error {
	return wrapIf("store: save pairs", savePairs(s.db.WithContext(ctx), pairs))
}

// TouchIP adds increments to what is known of addresses.
func (s *Store) TouchIP(ctx context.Context, increments []models.IPStat) error {
	return wrapIf("store: touch addresses", touchIPs(s.db.WithContext(ctx), increments))
}

// Session returns one session of the history, or ErrNotFound.
func (s *Store) Session(ctx context.Context, id models.SessionID) (models.Session, error) {
	var session models.Session
	err := s.db.WithContext(ctx).Where("id = ?", id).Take(&session).Error
	return session, wrapIf("store: session", err)
}

// Pair returns one pair of the history, or ErrNotFound.
func (s *Store) Pair(ctx context.Context, id models.PairID) (models.Pair, error) {
	var pair models.Pair
	err := s.db.WithContext(ctx).Where("id = ?", id).Take(&pair).Error
	return pair, wrapIf("store: pair", err)
}

// IPStat returns what is known of one address, or ErrNotFound.
func (s *Store) IPStat(ctx context.Context, ip models.IP) (models.IPStat, error) {
	var stat models.IPStat
	err := s.db.WithContext(ctx).Where("ip = ?", ip).Take(&stat).Error
	return stat, wrapIf("store: address", err)
}

// saveHistory writes a batch as a whole or not at all.
func (s *Store) saveHistory(ctx context.Context, h history) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := saveSessions(tx, h.sessions); err != nil {
			return fmt.Errorf("sessions: %w", err)
		}
		if err := savePairs(tx, h.pairs); err != nil {
			return fmt.Errorf("pairs: %w", err)
		}
		if err := touchIPs(tx, h.ips); err != nil {
			return fmt.Errorf("addresses: %w", err)
		}
		return nil
	})
}

func saveSessions(tx *gorm.DB, sessions []models.Session) error {
	rows := fold(sessions, func(s models.Session) models.SessionID { return s.ID }, func(old, next models.Session) models.Session {
		if next.EndedAt != nil {
			old.EndedAt = next.EndedAt
		}
		old.Pairs = max(old.Pairs, next.Pairs)
		old.Messages = max(old.Messages, next.Messages)
		old.Flagged = max(old.Flagged, next.Flagged)
		return old
	})
	if len(rows) == 0 {
		return nil
	}
	const table = "sessions"
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "id"}},
		DoUpdates: clause.Set{
			known(table, "ended_at"),
			greatest(table, "pairs"),
			greatest(table, "messages"),
			greatest(table, "flagged"),
		},
	}).Create(&rows).Error
}

func savePairs(tx *gorm.DB, pairs []models.Pair) error {
	rows := fold(pairs, func(p models.Pair) models.PairID { return p.ID }, func(old, next models.Pair) models.Pair {
		if next.EndedAt != nil || old.EndedAt == nil {
			old.Route, old.EndReason, old.EndedBy, old.EndedAt = next.Route, next.EndReason, next.EndedBy, next.EndedAt
		}
		old.Messages = max(old.Messages, next.Messages)
		return old
	})
	if len(rows) == 0 {
		return nil
	}
	const table = "pairs"
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "id"}},
		DoUpdates: clause.Set{
			unlessEnded(table, "route"),
			unlessEnded(table, "end_reason"),
			unlessEnded(table, "ended_by"),
			known(table, "ended_at"),
			greatest(table, "messages"),
		},
	}).Create(&rows).Error
}

func touchIPs(tx *gorm.DB, increments []models.IPStat) error {
	rows := fold(increments, func(s models.IPStat) models.IP { return s.IP }, func(old, next models.IPStat) models.IPStat {
		if next.FirstSeen.Before(old.FirstSeen) {
			old.FirstSeen = next.FirstSeen
		}
		if next.LastSeen.After(old.LastSeen) {
			old.LastSeen = next.LastSeen
		}
		old.Sessions += next.Sessions
		old.Messages += next.Messages
		old.Flagged += next.Flagged
		return old
	})
	if len(rows) == 0 {
		return nil
	}
	const table = "ip_stats"
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "ip"}},
		DoUpdates: clause.Set{
			assign(table, "first_seen", "CASE WHEN excluded.%[2]s < %[1]s.%[2]s THEN excluded.%[2]s ELSE %[1]s.%[2]s END"),
			greatest(table, "last_seen"),
			sum(table, "sessions"),
			sum(table, "messages"),
			sum(table, "flagged"),
		},
	}).Create(&rows).Error
}

// fold joins rows of the same key and sorts them, so that two nodes that write
// the same rows lock them in the same order.
func fold[K cmp.Ordered, T any](rows []T, key func(T) K, join func(old, next T) T) []T {
	byKey := make(map[K]T, len(rows))
	for _, row := range rows {
		if old, ok := byKey[key(row)]; ok {
			row = join(old, row)
		}
		byKey[key(row)] = row
	}
	folded := make([]T, 0, len(byKey))
	for _, k := range slices.Sorted(maps.Keys(byKey)) {
		folded = append(folded, byKey[k])
	}
	return folded
}

// assign sets a column to an expression in which %[1]s is the table, %[2]s the
// column and excluded the row that was to be inserted.
func assign(table, column, expression string) clause.Assignment {
	return clause.Assignment{
		Column: clause.Column{Name: column},
		Value:  gorm.Expr(fmt.Sprintf(expression, table, column)),
	}
}

func known(table, column string) clause.Assignment {
	return assign(table, column, "COALESCE(excluded.%[2]s, %[1]s.%[2]s)")
}

func greatest(table, column string) clause.Assignment {
	return assign(table, column, "CASE WHEN excluded.%[2]s > %[1]s.%[2]s THEN excluded.%[2]s ELSE %[1]s.%[2]s END")
}

func sum(table, column string) clause.Assignment {
	return assign(table, column, "%[1]s.%[2]s + excluded.%[2]s")
}

func unlessEnded(table, column string) clause.Assignment {
	return assign(table, column,
		"CASE WHEN excluded.ended_at IS NOT NULL OR %[1]s.ended_at IS NULL THEN excluded.%[2]s ELSE %[1]s.%[2]s END")
}
