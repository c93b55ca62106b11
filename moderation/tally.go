package moderation

import (
	"context"
	"fmt"
	"sync"
	"time"

	"omezle/models"
)

const (
	tallyEvery   = 5 * time.Second
	tallyTimeout = 5 * time.Second
	maxTally     = 1024 // rows: rules times versions times days
)

// tally counts alarms until the database takes them. Its methods are safe for concurrent use.
type tally struct {
	mu     sync.Mutex
	counts map[models.RuleCount]int64 // by row with no alarms
}

// add reports whether there was room.
func (t *tally) add(rule string, version int, shadow bool, at time.Time) bool {
	return t.put(models.RuleCount{Rule: rule, Version: version, Day: models.DayOf(at), Shadow: shadow, Alarms: 1})
}

func (t *tally) put(row models.RuleCount) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	alarms := row.Alarms
	row.Alarms = 0
	if _, known := t.counts[row]; !known && len(t.counts) >= maxTally {
		return false
	}
	t.counts[row] += alarms
	return true
}

func (t *tally) take() []models.RuleCount {
	t.mu.Lock()
	defer t.mu.Unlock()
	rows := make([]models.RuleCount, 0, len(t.counts))
	for row, alarms := range t.counts {
		row.Alarms = alarms
		rows = append(rows, row)
	}
	clear(t.counts)
	return rows
}

// save hands the counts to the database. After an error they are counted on. What was lost in between is returned.
func (t *tally) save(ctx context.Context, records Records) (lost int64, err error) {
	rows := t.take()
	if len(rows) == 0 {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, tallyTimeout)
	defer cancel()
	if err = records.AddRuleCounts(ctx, rows); err == nil {
		return 0, nil
	}
	for _, row := range rows {
		if !t.put(row) {
			lost += row.Alarms
		}
	}
	return lost, fmt.Errorf("moderation: count alarms: %w", err)
}
