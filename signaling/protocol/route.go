package protocol

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"omezle/models"
)

// RoutePhase is a step of a switch to another route.
type RoutePhase string

// The phases. Each names an epoch; epochs of a pair only grow, and a higher one replaces what was prepared before.
const (
	RoutePrepare  RoutePhase = "prepare"  // connect that way, beside what goes on
	RouteCommit   RoutePhase = "commit"   // show and hear that one now
	RouteRollback RoutePhase = "rollback" // give that one up
)

// RouteStep leads both visitors of a pair through a switch, see the package documentation.
type RouteStep struct {
	Type      Kind               `json:"type" ts:"route"`
	Pair      models.PairID      `json:"pair"`
	Epoch     uint32             `json:"epoch"`
	Phase     RoutePhase         `json:"phase"`
	Route     models.Route       `json:"route"`
	Forced    bool               `json:"forced,omitempty"`     // kept to even if nothing is seen that way
	RelayOnly bool               `json:"relay_only,omitempty"` // iceTransportPolicy "relay"
	Cause     models.RouteReason `json:"cause,omitempty"`
	// ICEServers is what the new RTCPeerConnection gets; of prepare alone.
	ICEServers []ICEServer `json:"ice_servers,omitempty"`
}

// Ready says that an epoch's connection works: media arrives, or would if the partner sent any.
type Ready struct {
	Type  Kind          `json:"type" ts:"ready"`
	Pair  models.PairID `json:"pair"`
	Epoch uint32        `json:"epoch"`
	Via   Via           `json:"via"`
}

// Via is what carries media, as the browser sees it.
type Via string

// The ways. A relay of the partner's looks direct from here: the server joins what both say.
const (
	ViaDirect Via = "direct"
	ViaRelay  Via = "relay"
	ViaServer Via = "server"
)

// Failed says that an epoch's connection came to nothing, or has died.
type Failed struct {
	Type  Kind          `json:"type" ts:"failed"`
	Pair  models.PairID `json:"pair"`
	Epoch uint32        `json:"epoch"`
	Cause FailureCause  `json:"cause"`
}

// FailureCause is why.
type FailureCause string

// The causes.
const (
	FailureICE         FailureCause = "ice"         // no path, or it broke and did not come back
	FailureStalled     FailureCause = "stalled"     // nothing arrives any more, not even answers
	FailureUnsupported FailureCause = "unsupported" // the browser refuses
)

// Privacy changes the wish of find's hide_ip, in a call or before.
type Privacy struct {
	Type   Kind `json:"type" ts:"privacy"`
	HideIP bool `json:"hide_ip"`
}

// SFUOffer is an offer (RFC 9429) to the media server. It is answered by sfu_answer with the same epoch and attempt, or
// by a route step. A further offer of the same connection, as for an ICE restart, has a higher attempt.
type SFUOffer struct {
	Type    Kind          `json:"type" ts:"sfu_offer"`
	Pair    models.PairID `json:"pair"`
	Epoch   uint32        `json:"epoch"`
	Attempt uint32        `json:"attempt"` // from 1
	SDP     string        `json:"sdp"`
}

// SFUCandidate is a candidate that trickles after an offer to the media server.
type SFUCandidate struct {
	Type      Kind          `json:"type" ts:"sfu_candidate"`
	Pair      models.PairID `json:"pair"`
	Epoch     uint32        `json:"epoch"`
	Candidate ICECandidate  `json:"candidate"`
}

// SFUAnswer answers an offer. It has all candidates of the media server.
type SFUAnswer struct {
	Type    Kind          `json:"type" ts:"sfu_answer"`
	Pair    models.PairID `json:"pair"`
	Epoch   uint32        `json:"epoch"`
	Attempt uint32        `json:"attempt"`
	SDP     string        `json:"sdp"`
}

// Bitrate is what this visitor's video may use at the most so that the partner's path carries it. Browsers hear it by
// REMB too, but not all obey.
type Bitrate struct {
	Type   Kind          `json:"type" ts:"bitrate"`
	Pair   models.PairID `json:"pair"`
	Epoch  uint32        `json:"epoch"`
	MaxBPS int           `json:"max_bps"` // bits per second; 0: no limit
}

// Path is how a pair's media fares at the media server, every two seconds.
type Path struct {
	Type   Kind          `json:"type" ts:"path"`
	Pair   models.PairID `json:"pair"`
	Epoch  uint32        `json:"epoch"`
	Mine   PathSide      `json:"mine"`   // between this visitor and the server
	Theirs PathSide      `json:"theirs"` // between the partner and the server
}

// PathSide is one visitor's connection to the media server.
type PathSide struct {
	Connected   bool `json:"connected"`
	TCP         bool `json:"tcp,omitempty"`
	RTTMS       int  `json:"rtt_ms"`       // 0: not known
	LossPercent int  `json:"loss_percent"` // of what the visitor sent, before repair
	SentKbps    int  `json:"sent_kbps"`    // by the visitor
	GotKbps     int  `json:"got_kbps"`     // to the visitor
}

// ICEServersMessage renews the credentials of matched or prepare before they expire: for ICE restarts (RTCPeerConnection.setConfiguration).
type ICEServersMessage struct {
	Type       Kind          `json:"type" ts:"ice_servers"`
	Pair       models.PairID `json:"pair"`
	ICEServers []ICEServer   `json:"ice_servers"`
}

// Valid implements Validator.
func (m *RouteStep) Valid() error { return validPair(m.Pair) }

// Valid implements Validator.
func (m *Ready) Valid() error {
	if !slices.Contains([]Via{ViaDirect, ViaRelay, ViaServer}, m.Via) {
		return fmt.Errorf("via %.32q is not direct, relay or server", string(m.Via))
	}
	return errors.Join(validPair(m.Pair), validEpoch(m.Epoch))
}

// Valid implements Validator.
func (m *Failed) Valid() error {
	if !slices.Contains([]FailureCause{FailureICE, FailureStalled, FailureUnsupported}, m.Cause) {
		return fmt.Errorf("cause %.32q is not ice, stalled or unsupported", string(m.Cause))
	}
	return errors.Join(validPair(m.Pair), validEpoch(m.Epoch))
}

// Valid implements Validator.
func (m *Privacy) Valid() error { return nil }

// Valid implements Validator.
func (m *SFUOffer) Valid() error {
	if m.Attempt == 0 {
		return errors.New("attempt begins at 1")
	}
	return errors.Join(validPair(m.Pair), validEpoch(m.Epoch), validSDP(m.SDP))
}

// Valid implements Validator.
func (m *SFUCandidate) Valid() error {
	return errors.Join(validPair(m.Pair), validEpoch(m.Epoch), m.Candidate.valid())
}

// Valid implements Validator.
func (m *SFUAnswer) Valid() error { return validPair(m.Pair) }

// Valid implements Validator.
func (m *Bitrate) Valid() error { return validPair(m.Pair) }

// Valid implements Validator.
func (m *Path) Valid() error { return validPair(m.Pair) }

// Valid implements Validator.
func (m *ICEServersMessage) Valid() error { return validPair(m.Pair) }

func validEpoch(epoch uint32) error {
	if epoch == 0 {
		return errors.New("epoch begins at 1")
	}
	return nil
}

func validSDP(sdp string) error {
	if len(sdp) > MaxSDP {
		return fmt.Errorf("sdp of %d bytes is over %d", len(sdp), MaxSDP)
	}
	if !strings.HasPrefix(sdp, "v=0\r\n") && !strings.HasPrefix(sdp, "v=0\n") {
		return errors.New("sdp does not begin with v=0 (RFC 8866)")
	}
	return printable("sdp", sdp)
}
