package route

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Age is a time span as people write it: 90m, 24h, 7d.
type Age time.Duration

const day = 24 * time.Hour

var errAge = errors.New("want a time span over 0 such as 90m, 24h or 7d")

// MarshalText writes whole days as days.
func (a Age) MarshalText() ([]byte, error) {
	d := time.Duration(a)
	if d != 0 && d%day == 0 {
		return append(strconv.AppendInt(nil, int64(d/day), 10), 'd'), nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText refuses what is not over 0.
func (a *Age) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16) // 179 years
		if err != nil || n == 0 {
			return errAge
		}
		*a = Age(time.Duration(n) * day)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 {
		return errAge
	}
	*a = Age(d)
	return nil
}
