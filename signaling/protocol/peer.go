package protocol

import "omezle/models"

// Sequenced is the head of the numbered peer messages, see the package documentation.
type Sequenced struct {
	Pair models.PairID `json:"pair"`
	Seq  uint32        `json:"seq"`           // from 1, per pair and direction
	Ack  uint32        `json:"ack,omitempty"` // highest seq received in order from the partner
}

// Head returns the sequence head; it makes every numbered message a PeerMessage.
func (s *Sequenced) Head() *Sequenced { return s }

// PeerMessage is any numbered message for the partner.
type PeerMessage interface{ Head() *Sequenced }

// Chat is a line of text, shown as typed and never as markup.
type Chat struct {
	Type Kind `json:"type" ts:"chat"`
	Sequenced
	ID   string `json:"id"` // the sender's, unique in the pair
	Text string `json:"text"`
}

// Reaction is one of Reactions, shown for a moment over the picture.
type Reaction struct {
	Type Kind `json:"type" ts:"reaction"`
	Sequenced
	Reaction ReactionName `json:"reaction"`
}

// ReactionName names a reaction; the client draws it.
type ReactionName string

// The reactions there are.
const (
	ReactionHeart   ReactionName = "heart"
	ReactionLaugh   ReactionName = "laugh"
	ReactionWow     ReactionName = "wow"
	ReactionClap    ReactionName = "clap"
	ReactionWave    ReactionName = "wave"
	ReactionThumbUp ReactionName = "thumb_up"
)

// Media tells what the sender's camera and microphone do.
type Media struct {
	Type Kind `json:"type" ts:"media"`
	Sequenced
	Camera     bool `json:"camera"`
	Microphone bool `json:"microphone"`
}

// Description is a session description of perfect negotiation.
type Description struct {
	Type Kind `json:"type" ts:"description"`
	Sequenced
	Epoch       uint32 `json:"epoch,omitempty"` // of the connection it is about; 0 means 1
	Description SDP    `json:"description"`
}

// SDP mirrors RTCSessionDescriptionInit (RFC 9429, 4.1.8).
type SDP struct {
	Type SDPType `json:"type"`
	SDP  string  `json:"sdp"`
}

// SDPType is an RTCSdpType.
type SDPType string

// The types that perfect negotiation needs.
const (
	SDPOffer    SDPType = "offer"
	SDPAnswer   SDPType = "answer"
	SDPRollback SDPType = "rollback"
)

// Candidate is a trickled candidate (RFC 8838).
type Candidate struct {
	Type Kind `json:"type" ts:"candidate"`
	Sequenced
	Epoch     uint32       `json:"epoch,omitempty"` // of the connection it is about; 0 means 1
	Candidate ICECandidate `json:"candidate"`
}

// ICECandidate mirrors RTCIceCandidateInit; an empty candidate says that its generation is complete.
type ICECandidate struct {
	Candidate        string  `json:"candidate"`
	SDPMid           *string `json:"sdpMid,omitempty"`
	SDPMLineIndex    *uint16 `json:"sdpMLineIndex,omitempty"`
	UsernameFragment *string `json:"usernameFragment,omitempty"`
}

// Typing says that the partner writes, or stopped. Lost ones do not matter.
type Typing struct {
	Type   Kind          `json:"type" ts:"typing"`
	Pair   models.PairID `json:"pair"`
	Typing bool          `json:"typing"`
}

// Ack acknowledges when there is nothing else to say.
type Ack struct {
	Type Kind          `json:"type" ts:"ack"`
	Pair models.PairID `json:"pair"`
	Ack  uint32        `json:"ack"`
}
