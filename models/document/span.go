package document

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Span is a time as people write it: 90m, 24h, 7d.
type Span time.Duration

const day = 24 * time.Hour

// ErrSpan is what Span refuses.
var ErrSpan = errors.New("want a time span over 0 such as 90m, 24h or 7d")

// MarshalText writes whole days as days.
func (s Span) MarshalText() ([]byte, error) {
	d := time.Duration(s)
	if d != 0 && d%day == 0 {
		return append(strconv.AppendInt(nil, int64(d/day), 10), 'd'), nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText refuses what is not over 0.
func (s *Span) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16) // 179 years
		if err != nil || n == 0 {
			return ErrSpan
		}
		*s = Span(time.Duration(n) * day)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 {
		return ErrSpan
	}
	*s = Span(d)
	return nil
}
