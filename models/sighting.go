package models

import (
	"slices"
	"time"
)

// Sighting is a visitor's browser's claim that the partner's picture is indecent. It moves the call to where the server
// can look, and nothing else happens to the partner by it.
type Sighting struct {
	ID             SightingID `gorm:"primaryKey"`
	Pair           PairID
	Reporter       SessionID // whose browser it was
	ReporterDevice DeviceID
	Accused        SessionID
	AccusedDevice  DeviceID
	Scores         map[string]float64 `gorm:"serializer:json"` // by class, 0 to 1
	Outcome        SightingOutcome
	At             time.Time
	SettledAt      *time.Time
}

// SightingOutcome is what the server's own look at the picture showed.
type SightingOutcome string

// The outcomes.
const (
	SightingOpen      SightingOutcome = "open"
	SightingConfirmed SightingOutcome = "confirmed" // the server's votes agree
	SightingRefuted   SightingOutcome = "refuted"   // they do not: the reporter's standing falls
	SightingUnseen    SightingOutcome = "unseen"    // the call ended before the server could tell
)

// SightingOutcomes lists every outcome.
var SightingOutcomes = []SightingOutcome{SightingOpen, SightingConfirmed, SightingRefuted, SightingUnseen}

// Valid reports whether o is one of SightingOutcomes.
func (o SightingOutcome) Valid() bool { return slices.Contains(SightingOutcomes, o) }

// Validate returns an error that wraps ErrInvalid when the sighting may not be stored.
func (s *Sighting) Validate() error {
	switch {
	case !validID(string(s.ID)) || !validID(string(s.Pair)):
		return invalid("sighting without id or pair")
	case !validID(string(s.Reporter)) || !validID(string(s.Accused)) || s.Reporter == s.Accused:
		return invalid("sighting without two sessions")
	case !s.Outcome.Valid():
		return invalid("sighting outcome %q", s.Outcome)
	case s.At.IsZero():
		return invalid("sighting without time")
	}
	return nil
}
