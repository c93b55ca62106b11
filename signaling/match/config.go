package match

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Config says how tickets are spread over shards and how long each demand of a
// ticket lasts. Every node of a deployment must have the same one: it decides in
// which Redis keys a ticket is looked for.
type Config struct {
	// Regions are the names of the regions visitors are told apart by, such as
	// "eu". With fewer than two, regions play no part. A ticket of another region
	// counts as one of the first.
	Regions []string
	// Shards is how many queues the languages of a region are spread over; 1 will
	// do for one Redis.
	Shards int
	// InterestsFor is how long a ticket with interests insists on sharing one.
	InterestsFor time.Duration
	// LanguageFor is how long a ticket with a language insists on it.
	LanguageFor time.Duration
	// RegionFor is how long a ticket insists on its region.
	RegionFor time.Duration
	// RematchAfter is how long both must have waited before two who have just met
	// may meet again, for want of anybody else.
	RematchAfter time.Duration
	// Lease is how long a ticket lives without a Poll.
	Lease time.Duration
}

// DefaultConfig returns the values of a single region on a single Redis.
func DefaultConfig() Config {
	return Config{
		Shards:       1,
		InterestsFor: 5 * time.Second,
		LanguageFor:  10 * time.Second,
		RegionFor:    10 * time.Second,
		RematchAfter: 3 * time.Second,
		Lease:        6 * time.Second,
	}
}

// Validate reports everything that is wrong with c, joined.
func (c Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("match: "+format, args...)) }
	seen := map[string]bool{}
	for _, region := range c.Regions {
		if !plainName(region) {
			bad("region %q: want 1 to 64 of a-z, A-Z, 0-9, - and _", region)
		}
		if seen[region] {
			bad("region %q is listed twice", region)
		}
		seen[region] = true
	}
	if c.Shards < 1 || c.Shards > 1024 {
		bad("shards %d: want 1 to 1024", c.Shards)
	}
	for _, d := range []struct {
		name string
		d    time.Duration
	}{
		{"interests for", c.InterestsFor}, {"language for", c.LanguageFor},
		{"region for", c.RegionFor}, {"rematch after", c.RematchAfter},
	} {
		if d.d < 0 || d.d > time.Hour {
			bad("%s %v: want 0 to 1h", d.name, d.d)
		}
	}
	if c.Lease < 100*time.Millisecond || c.Lease > time.Minute {
		bad("lease %v: want 100ms to 1m", c.Lease)
	}
	return errors.Join(errs...)
}

// plainName reports whether s can stand in a Redis key and in a record as it is.
func plainName(s string) bool {
	return s != "" && len(s) <= 64 && strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}) < 0
}
