package store

import (
	"context"
	"strings"
	"time"

	"omezle/models"
)

// maxViolations is how many flags are counted; nobody has a ladder that long.
const maxViolations = 1000

// Violations counts what rules acted on in pictures of a session's visitor: since a time what the device did in calls
// other than one, and in that one what was dismissed. Flags of several rules about the same pictures are one violation.
// ErrNotFound means that the session is not known yet.
func (s *Store) Violations(ctx context.Context, session models.SessionID, pair models.PairID, since time.Time) (models.Violations, error) {
	var found models.Violations
	db := s.db.WithContext(ctx)
	var visitor models.Session
	if err := db.Select("device").Where("id = ?", session).Take(&visitor).Error; err != nil {
		return found, wrapIf("store: violations", err)
	}
	found.Device = visitor.Device
	over := []models.FlagState{models.FlagDismissed, models.FlagOverturned}
	count := func(where string, values ...any) (int, error) {
		var flags []models.Flag
		err := db.Select("pair", "rule", "at").Where("kind = ? AND NOT shadow", models.FlagFrame).Where(where, values...).
			Order("at DESC").Limit(maxViolations).Find(&flags).Error
		return violations(flags), err
	}
	var err error
	if found.Elsewhere, err = count("device = ? AND at >= ? AND pair <> ? AND state NOT IN ?", found.Device, cut(since), pair, over); err == nil {
		found.Dismissed, err = count("session = ? AND pair = ? AND state IN ?", session, pair, over)
	}
	return found, wrapIf("store: violations", err)
}

// violations counts flags, the newest first, those of several rules in one call at one time once.
func violations(flags []models.Flag) (n int) {
	for i, flag := range flags {
		same := false
		for _, before := range flags[i+1:] {
			if flag.At.Sub(before.At) >= models.OneViolation {
				break
			}
			same = same || before.Pair == flag.Pair && ruleName(before.Rule) != ruleName(flag.Rule)
		}
		if !same {
			n++
		}
	}
	return n
}

// ruleName is a rule without its version.
func ruleName(ref string) string {
	name, _, _ := strings.Cut(ref, "@")
	return name
}
