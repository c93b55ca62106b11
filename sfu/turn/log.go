package turn

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// pionLog passes pion's lines on at Debug, whatever their level: they hold addresses, and most tell of strangers'
// mistakes.
type pionLog struct{ log *slog.Logger }

// NewLogger implements logging.LoggerFactory.
func (l pionLog) NewLogger(string) logging.LeveledLogger { return l }

func (l pionLog) print(format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug("pion/turn", "line", fmt.Sprintf(format, args...))
	}
}

func (pionLog) Trace(string)                   {}
func (pionLog) Tracef(string, ...any)          {}
func (l pionLog) Debug(m string)               { l.print("%s", m) }
func (l pionLog) Debugf(f string, args ...any) { l.print(f, args...) }
func (l pionLog) Info(m string)                { l.print("%s", m) }
func (l pionLog) Infof(f string, args ...any)  { l.print(f, args...) }
func (l pionLog) Warn(m string)                { l.print("%s", m) }
func (l pionLog) Warnf(f string, args ...any)  { l.print(f, args...) }
func (l pionLog) Error(m string)               { l.print("%s", m) }
func (l pionLog) Errorf(f string, args ...any) { l.print(f, args...) }
