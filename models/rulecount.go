package models

import "time"

// RuleCount is how often one version of a rule about frames has fired on one day: what is known of a rule in shadow, and
// what the flags of one that acts are measured against.
type RuleCount struct {
	Rule    string `gorm:"primaryKey"`
	Version int    `gorm:"primaryKey;autoIncrement:false"` // of the rules
	Day     Day    `gorm:"primaryKey"`
	Shadow  bool   `gorm:"primaryKey"`
	Alarms  int64
}

// Day is a day of UTC as text that sorts: "2026-11-23".
type Day string

// DayOf is the day that t is in.
func DayOf(t time.Time) Day { return Day(t.UTC().Format(time.DateOnly)) }

// Validate returns an error that wraps ErrInvalid when the count may not be stored.
func (c *RuleCount) Validate() error {
	if _, err := time.Parse(time.DateOnly, string(c.Day)); err != nil {
		return invalid("day %q", c.Day)
	}
	if c.Rule == "" || c.Version < 0 || c.Alarms < 0 {
		return invalid("count of %d alarms of rule %q, version %d", c.Alarms, c.Rule, c.Version)
	}
	return checkText("rule", c.Rule, 64)
}
