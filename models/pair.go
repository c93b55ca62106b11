package models

import "time"

// PairSide is one of the two in a pair.
type PairSide struct {
	Session SessionID
	Device  DeviceID
}

// Pair is the history of one conversation: written when it starts, when its
// route changes and when it ends.
type Pair struct {
	ID        PairID   `gorm:"primaryKey"`
	A         PairSide `gorm:"embedded;embeddedPrefix:a_"`
	B         PairSide `gorm:"embedded;embeddedPrefix:b_"`
	Mode      Mode
	Language  string   // the one both asked for; empty when they share none
	Interests []string `gorm:"serializer:json"` // shared by both
	Route     Route    // the last one
	StartedAt time.Time
	EndedAt   *time.Time // nil while it lives
	EndReason EndReason
	EndedBy   SessionID // empty when neither of the two ended it
	Messages  int       // delivered, both ways
}
