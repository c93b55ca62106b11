package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Validator is every message: Valid says what is wrong with its members, as a sentence for the developer of a client.
type Validator interface{ Valid() error }

// ErrUnknownKind is returned by the decoders for a well-formed object of a type that the receiver does not take.
var ErrUnknownKind = errors.New("unknown message type")

// DecodeClient parses and checks one message from a client. The result is a pointer to
// the kind's struct. Errors are about the sender's bytes, never internal; data is not kept.
func DecodeClient(data []byte) (Validator, error) {
	return decode(data, newClientMessage)
}

// DecodeServer parses and checks one message from the server; Go clients use it.
func DecodeServer(data []byte) (Validator, error) {
	return decode(data, newServerMessage)
}

func decode(data []byte, create func(Kind) Validator) (Validator, error) {
	if len(data) > MaxFrame {
		return nil, fmt.Errorf("message of %d bytes is over %d", len(data), MaxFrame)
	}
	var head struct {
		Type Kind `json:"type"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	message := create(head.Type)
	if message == nil {
		return nil, fmt.Errorf("%w %.32q", ErrUnknownKind, string(head.Type))
	}
	if err := json.Unmarshal(data, message); err != nil {
		return nil, fmt.Errorf("%s: %w", head.Type, err)
	}
	if err := message.Valid(); err != nil {
		return nil, fmt.Errorf("%s: %w", head.Type, err)
	}
	return message, nil
}

func newPeerMessage(kind Kind) Validator {
	switch kind {
	case KindChat:
		return &Chat{}
	case KindReaction:
		return &Reaction{}
	case KindMedia:
		return &Media{}
	case KindDescription:
		return &Description{}
	case KindCandidate:
		return &Candidate{}
	case KindTyping:
		return &Typing{}
	case KindAck:
		return &Ack{}
	}
	return nil
}

func newClientMessage(kind Kind) Validator {
	switch kind {
	case KindHello:
		return &Hello{}
	case KindFind:
		return &Find{}
	case KindCancel:
		return &Cancel{}
	case KindLeave:
		return &Leave{}
	case KindReport:
		return &Report{}
	case KindBlock:
		return &Block{}
	case KindPing:
		return &Ping{}
	case KindBye:
		return &Bye{}
	case KindReady:
		return &Ready{}
	case KindFailed:
		return &Failed{}
	case KindPrivacy:
		return &Privacy{}
	case KindSFUOffer:
		return &SFUOffer{}
	case KindSFUCandidate:
		return &SFUCandidate{}
	case KindSighting:
		return &Sighting{}
	}
	return newPeerMessage(kind)
}

func newServerMessage(kind Kind) Validator {
	switch kind {
	case KindWelcome:
		return &Welcome{}
	case KindQueue:
		return &Queue{}
	case KindMatched:
		return &Matched{}
	case KindEnded:
		return &Ended{}
	case KindPartner:
		return &PartnerPresence{}
	case KindDone:
		return &Done{}
	case KindStats:
		return &Stats{}
	case KindPong:
		return &Pong{}
	case KindError:
		return &Error{}
	case KindRoute:
		return &RouteStep{}
	case KindSFUAnswer:
		return &SFUAnswer{}
	case KindBitrate:
		return &Bitrate{}
	case KindPath:
		return &Path{}
	case KindICEServers:
		return &ICEServersMessage{}
	case KindModeration:
		return &Moderation{}
	case KindBanned:
		return &Banned{}
	}
	return newPeerMessage(kind)
}

// Encode returns the frame of a message. Our own messages always encode; an error is a programming mistake.
func Encode(message Validator) ([]byte, error) {
	data, err := json.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("protocol: encode %T: %w", message, err)
	}
	if len(data) > MaxFrame {
		return nil, fmt.Errorf("protocol: encode %T: %d bytes are over %d", message, len(data), MaxFrame)
	}
	return data, nil
}
