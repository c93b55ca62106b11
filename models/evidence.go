package models

import (
	"slices"
	"time"
)

// EvidenceKind says what an item of evidence is.
type EvidenceKind string

// The kinds.
const (
	EvidenceStill       EvidenceKind = "still"        // a keyframe the server saw, as WebP
	EvidenceClientStill EvidenceKind = "client_still" // a picture that a visitor sent with a report: not verified
	EvidenceChat        EvidenceKind = "chat"         // the last lines of the conversation, as JSON (ChatLine)
)

// EvidenceKinds lists every kind.
var EvidenceKinds = []EvidenceKind{EvidenceStill, EvidenceClientStill, EvidenceChat}

// Valid reports whether k is one of EvidenceKinds.
func (k EvidenceKind) Valid() bool { return slices.Contains(EvidenceKinds, k) }

// Evidence describes one sealed item. What it says is in the blob store, and readable with its key only; the key is
// here, sealed under the master key. Without the key the item is gone.
type Evidence struct {
	ID          EvidenceID `gorm:"primaryKey"`
	Flag        FlagID     // empty for a report, as Report is for a flag
	Report      ReportID
	Kind        EvidenceKind
	MediaType   string // as "image/webp"
	Size        int    // bytes, before it was sealed
	Width       int    // pixels; 0 for what is no picture
	Height      int
	Scores      map[string]float64 `gorm:"serializer:json"` // by class, 0 to 1; of a still
	PDQ         []byte             // 32 bytes; empty for what is no picture
	Quality     int                // of PDQ, 0 to 100
	Key         []byte             `json:"-"` // of the item, sealed under MasterKey; empty once destroyed
	MasterKey   string             // which master key, by its fingerprint
	At          time.Time
	ExpiresAt   *time.Time // nil: not before somebody decides
	Held        bool       // legal hold: kept whatever ExpiresAt says
	DestroyedAt *time.Time
}

// TableName names the table for gorm: evidence has no plural.
func (Evidence) TableName() string { return "evidence" }

// Validate returns an error that wraps ErrInvalid when the item may not be stored.
func (e *Evidence) Validate() error {
	switch {
	case !validID(string(e.ID)):
		return invalid("evidence without id")
	case validID(string(e.Flag)) == validID(string(e.Report)):
		return invalid("evidence needs a flag or a report")
	case !e.Kind.Valid():
		return invalid("evidence kind %q", e.Kind)
	case len(e.PDQ) != 0 && len(e.PDQ) != 32:
		return invalid("PDQ hash of %d bytes", len(e.PDQ))
	case e.At.IsZero():
		return invalid("evidence without time")
	}
	return nil
}

// ChatLine is one line of a conversation kept as evidence.
type ChatLine struct {
	Session SessionID `json:"session"` // who wrote it
	Text    string    `json:"text"`    // hostile
	At      time.Time `json:"at"`
}

// FlagNotes are what the visitors' homes know of the call that a flag is about.
type FlagNotes struct {
	Device       DeviceID // of the flag's session
	Route        Route
	Timeline     []TimelineEvent
	ClientScores map[string]float64 // of the partner's browser, if it claimed anything
}

// TimelineEvent is one thing that happened in a call, for those who review it.
type TimelineEvent struct {
	At   time.Time `json:"at"`
	What string    `json:"what"` // as "matched", "route:sfu", "sighting", "verdict:stop"
	Side Side      `json:"side"` // whom it is about; meaningless for what is about both
}
