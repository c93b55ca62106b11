package sfu

import (
	"encoding/json"
	"errors"
	"fmt"

	"omezle/models"
)

// What visitors' homes and media servers say to one another, over whatever carries messages from node to node at most
// once and in order. Each message is about one leg.
type wireKind string

const (
	// To a media server.
	wireOffer     wireKind = "offer"     // answered by answer or failed
	wireCandidate wireKind = "candidate" // of an offer before
	wireAdopt     wireKind = "adopt"     // the sender is the leg's home from now on
	wireClose     wireKind = "close"
	wireSampling  wireKind = "sampling" // the plan has changed
	wireHold      wireKind = "hold"     // pass the visitor's picture on no more, or again

	// To a visitor's home.
	wireAnswer  wireKind = "answer"
	wireFailed  wireKind = "failed" // refused, not connected, or lost
	wireMoving  wireKind = "moving" // this server stops: take the call elsewhere
	wireBitrate wireKind = "bitrate"
	wireStats   wireKind = "stats"
	wireVerdict wireKind = "verdict" // what moderation found about the visitor's picture
	wireLook    wireKind = "look"    // what sampling has shown of it
)

type wireMessage struct {
	Kind    wireKind        `json:"k"`
	Leg     models.Leg      `json:"l"`
	Attempt uint32          `json:"a,omitempty"`
	Text    string          `json:"t,omitempty"` // SDP or candidate
	BPS     int             `json:"b,omitempty"`
	Mine    models.LegStats `json:"m,omitzero"`
	Theirs  models.LegStats `json:"o,omitzero"`

	Orders  models.LegOrders `json:"w,omitzero"` // of offer, sampling and hold
	Verdict *models.Verdict  `json:"v,omitempty"`
	Look    *models.Look     `json:"s,omitempty"`
}

var errWire = errors.New("sfu: malformed message from another node")

func (m *wireMessage) encode() ([]byte, error) {
	data, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("sfu: encode %s: %w", m.Kind, err)
	}
	return data, nil
}

func parseWire(payload []byte) (*wireMessage, error) {
	m := new(wireMessage)
	if err := json.Unmarshal(payload, m); err != nil {
		return nil, fmt.Errorf("%w: %w", errWire, err)
	}
	if m.Leg.Side > models.SideB || m.Leg.Pair == "" {
		return nil, errWire
	}
	if (m.Kind == wireVerdict) != (m.Verdict != nil) || (m.Kind == wireLook) != (m.Look != nil) {
		return nil, errWire
	}
	return m, nil
}
