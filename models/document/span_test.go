package document

import (
	"testing"
	"time"
)

func TestSpansAreWrittenAsPeopleDo(t *testing.T) {
	for text, want := range map[string]time.Duration{"7d": 7 * day, "90m": 90 * time.Minute, "1h30m": 90 * time.Minute, "48h": 2 * day} {
		var s Span
		if err := s.UnmarshalText([]byte(text)); err != nil || time.Duration(s) != want {
			t.Errorf("%s: %v, %v", text, time.Duration(s), err)
		}
	}
	for _, text := range []string{"", "d", "0d", "-1d", "0s", "-5m", "7", "1.5d", "99999999d"} {
		var s Span
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %v", text, time.Duration(s))
		}
	}
}
