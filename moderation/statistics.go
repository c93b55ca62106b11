package moderation

import "sync/atomic"

// Stats is what a judge has done since it was made.
type Stats struct {
	Alarms    uint64 // of rules that act
	Shadow    uint64 // of rules in shadow
	Uncounted uint64 // verdicts for which the database did not say in time what stands against the device
	Flags     uint64 // put before reviewers
	Stills    uint64 // likewise
	Known     uint64 // flags whose stills a bank of hashes knows
	Waiting   int    // flags that are not stored, or whose stills are not

	FlagsLost, StillsLost, CountsLost uint64 // to a full queue, or to a database or store that was away for too long
}

// statistics counts for Stats.
type statistics struct {
	alarms, shadow, uncounted, flags, stills, known, flagsLost, stillsLost, countsLost atomic.Uint64
}

// Stats may be called at any time.
func (j *Judge) Stats() Stats {
	s := &j.stats
	return Stats{
		Alarms: s.alarms.Load(), Shadow: s.shadow.Load(), Uncounted: s.uncounted.Load(),
		Flags: s.flags.Load(), Stills: s.stills.Load(), Known: s.known.Load(), Waiting: j.filing.waiting(),
		FlagsLost: s.flagsLost.Load(), StillsLost: s.stillsLost.Load(), CountsLost: s.countsLost.Load(),
	}
}
