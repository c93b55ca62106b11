package signaling

import (
	"encoding/json"
	"errors"
	"fmt"

	"omezle/models"
	"omezle/signaling/protocol"
)

// controlKind is what one node says to another about a session or pair.
type controlKind string

const (
	controlPropose controlKind = "propose" // a match: is To still there and free?
	controlAccept  controlKind = "accept"
	controlRefuse  controlKind = "refuse"
	controlRelease controlKind = "release" // To's ticket was claimed for a session that is gone: queue it again
	controlEnd     controlKind = "end"
	controlAway    controlKind = "away"  // From has no socket now
	controlBack    controlKind = "back"  // From has one again, on Node
	controlTaken   controlKind = "taken" // another node took session To over: drop it, without ending its pair
	controlCheck   controlKind = "check" // are these still pairs at yours?

	controlRoute  controlKind = "route"  // the leading side: a step to another way
	controlReady  controlKind = "ready"  // to the leading side: From's visitor said so
	controlFailed controlKind = "failed" // likewise
	controlWish   controlKind = "wish"   // likewise: From's facts have changed
	controlCalls  controlKind = "calls"  // what calls are live at yours?
	controlTally  controlKind = "tally"  // the answer, or a part of it
	controlForce  controlKind = "force"  // staff: this pair is to take that route

	controlHit      controlKind = "hit"      // From's browser claims that To's picture is indecent
	controlSeen     controlKind = "seen"     // what the server's look at From's picture made of To's claim
	controlMeasure  controlKind = "measure"  // what was done about From's picture
	controlVerdict  controlKind = "verdict"  // moderation's, passed on to the session's home
	controlSanction controlKind = "sanction" // staff: do this to To
	controlBan      controlKind = "ban"      // this device is kept out from now on
)

// control is a message between nodes. It is JSON: these are rare next to peer messages.
type control struct {
	Kind   controlKind      `json:"k"`
	To     models.SessionID `json:"to,omitempty"`
	Pair   models.PairID    `json:"p,omitempty"`
	From   *party           `json:"f,omitempty"`
	Terms  *terms           `json:"t,omitempty"`
	Reason models.EndReason `json:"r,omitempty"`
	Node   models.NodeID    `json:"n,omitempty"`
	Epoch  uint32           `json:"e,omitempty"`
	Checks []check          `json:"c,omitempty"`

	Phase protocol.RoutePhase `json:"rp,omitempty"`
	Way   *way                `json:"w,omitempty"`
	Via   protocol.Via        `json:"v,omitempty"`

	Request string            `json:"q,omitempty"` // of calls and force; tally returns it
	Calls   []models.LiveCall `json:"lc,omitempty"`
	More    bool              `json:"m,omitempty"` // this tally is not the last
	Found   int               `json:"fd,omitempty"`
	Forced  bool              `json:"fo,omitempty"`
	Route   models.Route      `json:"ro,omitempty"`

	Scores  map[string]float64     `json:"sc,omitempty"` // of a hit
	Outcome models.SightingOutcome `json:"o,omitempty"`
	Measure *measure               `json:"me,omitempty"`
	Verdict *models.Verdict        `json:"ve,omitempty"`
	Ban     *models.BannedIP       `json:"b,omitempty"`
}

// terms are what both sides of a match are told.
type terms struct {
	Mode     models.Mode `json:"m"`
	Shared   []string    `json:"s,omitempty"`
	Language string      `json:"l,omitempty"`
	Rematch  bool        `json:"r,omitempty"`
	Way      way         `json:"w"` // decided by the node that accepts; zero in a proposal
}

// check names one pair that two nodes should both know.
type check struct {
	Pair models.PairID    `json:"p"`
	From models.SessionID `json:"f"`
	To   models.SessionID `json:"t"`
	Away bool             `json:"a,omitempty"` // From has no socket now
	// Actions are in force about From's picture.
	Actions []models.Action `json:"m,omitempty"`
}

// A bus payload is a tag and, after it, either a control as JSON or a peer message:
//
//	'c' JSON
//	'p' flags(1) to(20) pair(20) frame for To's socket
const (
	tagControl = 'c'
	tagPeer    = 'p'
	flagChat   = 1

	idBytes    = 20
	peerHeader = 2 + 2*idBytes
)

var errPayload = errors.New("signaling: malformed payload from another node")

func encodeControl(c *control) ([]byte, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("signaling: encode control: %w", err)
	}
	return append([]byte{tagControl}, data...), nil
}

// appendPeer builds a peer payload. Ids that came through the protocol have idBytes bytes.
func appendPeer(dst []byte, to models.SessionID, pair models.PairID, chat bool, frame []byte) []byte {
	var flags byte
	if chat {
		flags = flagChat
	}
	dst = append(dst, tagPeer, flags)
	dst = append(dst, to...)
	dst = append(dst, pair...)
	return append(dst, frame...)
}

type peerPayload struct {
	to    models.SessionID
	pair  models.PairID
	chat  bool
	frame []byte // of the payload, not a copy
}

func parsePayload(payload []byte) (*control, peerPayload, error) {
	if len(payload) == 0 || len(payload) > protocol.MaxFrame+peerHeader {
		return nil, peerPayload{}, errPayload
	}
	switch payload[0] {
	case tagControl:
		c := new(control)
		if err := json.Unmarshal(payload[1:], c); err != nil {
			return nil, peerPayload{}, fmt.Errorf("%w: %w", errPayload, err)
		}
		return c, peerPayload{}, nil
	case tagPeer:
		if len(payload) <= peerHeader {
			return nil, peerPayload{}, errPayload
		}
		return nil, peerPayload{
			chat:  payload[1]&flagChat != 0,
			to:    models.SessionID(payload[2 : 2+idBytes]),
			pair:  models.PairID(payload[2+idBytes : peerHeader]),
			frame: payload[peerHeader:],
		}, nil
	}
	return nil, peerPayload{}, errPayload
}
