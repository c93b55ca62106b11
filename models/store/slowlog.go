package store

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

const slowStatement = 200 * time.Millisecond

// slowLog is gorm's logger: it names slow statements and nothing else, because
// errors are returned to the caller, who knows what they mean. Parameters are
// left out: they are addresses, devices and texts of people.
type slowLog struct{ log *slog.Logger }

// LogMode implements logger.Interface; the level is slog's business.
func (l slowLog) LogMode(logger.LogLevel) logger.Interface { return l }

// Info implements logger.Interface. Nothing gorm says here matters.
func (l slowLog) Info(context.Context, string, ...any) {}

// Warn implements logger.Interface. The arguments may hold values of rows.
func (l slowLog) Warn(ctx context.Context, msg string, _ ...any) {
	l.log.WarnContext(ctx, "database library warns", "text", msg)
}

// Error implements logger.Interface. gorm calls it for errors it returns as well.
func (l slowLog) Error(context.Context, string, ...any) {}

// Trace implements logger.Interface.
func (l slowLog) Trace(ctx context.Context, begin time.Time, statement func() (sql string, rows int64), _ error) {
	took := time.Since(begin)
	if took < slowStatement {
		return
	}
	sql, rows := statement()
	l.log.WarnContext(ctx, "slow statement", "sql", sql, "took", took, "rows", rows)
}

// ParamsFilter implements gorm.ParamsFilter: statements are explained with their
// placeholders.
func (l slowLog) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}
