package moderation

import (
	"errors"
	"fmt"
	"time"
)

// Config is what operators set about verdicts and their records. What breaks a rule is in the rules.
type Config struct {
	LookupTimeout time.Duration `help:"for the database to say what stands against a device, before the violations of the call alone count"`
	Flags         int           `help:"flags that wait for the database; over it further ones are lost" unit:"flags"`
	StillBytes    int           `help:"memory for stills of flags that wait; over it flags are kept without" unit:"bytes"`
	KeepTrying    time.Duration `help:"how long a flag and its stills are tried again while they cannot be stored"`
}

// DefaultConfig returns the settings of a node that nobody configured.
func DefaultConfig() Config {
	return Config{LookupTimeout: 250 * time.Millisecond, Flags: 256, StillBytes: 64 << 20, KeepTrying: 10 * time.Minute}
}

// Validate returns every problem, joined.
func (c Config) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.LookupTimeout < 10*time.Millisecond || c.LookupTimeout > 2*time.Second {
		bad("lookup_timeout %v is not within 10ms to 2s", c.LookupTimeout)
	}
	if c.Flags < 1 || c.Flags > 100_000 {
		bad("flags %d is not within 1 to 100000", c.Flags)
	}
	if c.StillBytes < 0 {
		bad("still_bytes %d is under 0", c.StillBytes)
	}
	if c.KeepTrying < time.Second || c.KeepTrying > 24*time.Hour {
		bad("keep_trying %v is not within 1s to 24h", c.KeepTrying)
	}
	return errors.Join(problems...)
}
