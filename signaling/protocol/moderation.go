package protocol

import (
	"bytes"
	"errors"
	"fmt"

	"omezle/models"
)

// Sighting is the finding of the visitor's own browser that the partner's picture is indecent. It is a claim: the service
// looks for itself, and does nothing to the partner before. Several about one call are one.
type Sighting struct {
	Type   Kind               `json:"type" ts:"sighting"`
	Pair   models.PairID      `json:"pair"`
	Class  string             `json:"class"` // of the model, the one that was too high
	Score  float64            `json:"score"` // of Class, 0 to 1
	Scores map[string]float64 `json:"scores,omitempty"`
	Model  string             `json:"model,omitempty"` // with its version
}

// Moderation tells both visitors of a pair what is done about the picture of one of them, or that it was taken back.
type Moderation struct {
	Type   Kind             `json:"type" ts:"moderation"`
	Pair   models.PairID    `json:"pair"`
	Target ModerationTarget `json:"target"` // whose picture it is
	// Actions are all that are in force for this picture now: blur for the one who sees it, stop since the media server
	// forwards it no more; warn, end and ban are said once.
	Actions []models.Action  `json:"actions"`
	Reason  ModerationReason `json:"reason"`
	Lifted  bool             `json:"lifted,omitempty"` // a reviewer took everything back: show the picture
	Until   int64            `json:"until,omitempty"`  // of a ban, Unix seconds
}

// ModerationTarget says whom a Moderation is about, as the one who reads it sees the two.
type ModerationTarget string

// The targets.
const (
	TargetYou     ModerationTarget = "you"
	TargetPartner ModerationTarget = "partner"
)

// ModerationReason is why something was done, in a word that clients have a text for.
type ModerationReason string

// The reasons.
const (
	ModerationNudity ModerationReason = "nudity" // the service's own look at the picture
	ModerationStaff  ModerationReason = "staff"  // a reviewer's decision
)

// ModerationReasons lists every reason.
var ModerationReasons = []ModerationReason{ModerationNudity, ModerationStaff}

// Banned comes right before a close with CloseBanned. POST /api/session answers a banned visitor likewise, see Problem.
type Banned struct {
	Type   Kind         `json:"type" ts:"banned"`
	Reason string       `json:"reason"`          // a ModerationReason, or what staff wrote
	Until  int64        `json:"until,omitempty"` // Unix seconds; 0: for good
	Ban    models.BanID `json:"ban"`             // to be quoted by somebody who objects
}

// Limits of what a sighting may say.
const (
	maxClasses = 16
	maxClass   = 32 // bytes
	maxModel   = 64 // bytes
)

// Valid implements Validator.
func (m *Sighting) Valid() error {
	if err := errors.Join(validPair(m.Pair), validScore(m.Class, m.Score), validName("model", m.Model, 0, maxModel)); err != nil {
		return err
	}
	if len(m.Scores) == 0 {
		m.Scores = nil
	}
	if len(m.Scores) > maxClasses {
		return fmt.Errorf("%d scores are over %d", len(m.Scores), maxClasses)
	}
	for class, score := range m.Scores {
		if err := validScore(class, score); err != nil {
			return err
		}
	}
	return nil
}

// Valid implements Validator.
func (m *Moderation) Valid() error { return validPair(m.Pair) }

// Valid implements Validator.
func (m *Banned) Valid() error { return nil }

func validScore(class string, score float64) error {
	if !(score >= 0 && score <= 1) {
		return errors.New("a score is not within 0 to 1")
	}
	return validName("class", class, 1, maxClass)
}

func validName(name, text string, shortest, longest int) error {
	if len(text) < shortest || len(text) > longest {
		return fmt.Errorf("%s has %d bytes, wants %d to %d", name, len(text), shortest, longest)
	}
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return fmt.Errorf("%s has characters outside printable ASCII", name)
		}
	}
	return nil
}

// StillType is the media type of a report's still, empty for what is none.
func StillType(still []byte) string {
	switch {
	case bytes.HasPrefix(still, []byte{0xff, 0xd8, 0xff}):
		return "image/jpeg"
	case len(still) > 12 && string(still[:4]) == "RIFF" && string(still[8:12]) == "WEBP":
		return "image/webp"
	}
	return ""
}

func validStill(still []byte) error {
	switch {
	case len(still) > MaxStill:
		return fmt.Errorf("still of %d bytes is over %d", len(still), MaxStill)
	case len(still) > 0 && StillType(still) == "":
		return errors.New("still is neither JPEG nor WebP")
	}
	return nil
}
