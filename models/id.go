package models

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"strings"
)

// Ids are 100 random bits written as 20 characters of lower-case base32hex.
// They are unguessable, safe in URLs, Redis keys and file names, and carry no
// time, address or order.
type (
	// SessionID names one visit of one device: from consent to bye.
	SessionID string
	// DeviceID names a browser profile across visits; blocks and bans hold on to it.
	DeviceID string
	// PairID names one conversation of two sessions.
	PairID string
	// NodeID names one running process; a restart is a new node.
	NodeID string
)

const idLength = 20

var idEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// ErrBadID is returned for text that no id constructor could have made.
var ErrBadID = errors.New("models: malformed id")

func newID() string {
	var raw [13]byte // 104 bits; the last four are dropped with the 21st character
	if _, err := rand.Read(raw[:]); err != nil {
		panic(err) // crypto/rand does not fail on supported systems
	}
	return idEncoding.EncodeToString(raw[:])[:idLength]
}

func validID(s string) bool {
	if len(s) != idLength {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'v')
	}) < 0
}

// NewSessionID returns a fresh random id.
func NewSessionID() SessionID { return SessionID(newID()) }

// NewDeviceID returns a fresh random id.
func NewDeviceID() DeviceID { return DeviceID(newID()) }

// NewPairID returns a fresh random id.
func NewPairID() PairID { return PairID(newID()) }

// NewNodeID returns a fresh random id.
func NewNodeID() NodeID { return NodeID(newID()) }

// ParseSessionID checks the shape of an id that came from outside.
func ParseSessionID(s string) (SessionID, error) {
	if !validID(s) {
		return "", ErrBadID
	}
	return SessionID(s), nil
}

// ParseDeviceID checks the shape of an id that came from outside.
func ParseDeviceID(s string) (DeviceID, error) {
	if !validID(s) {
		return "", ErrBadID
	}
	return DeviceID(s), nil
}

// ParsePairID checks the shape of an id that came from outside.
func ParsePairID(s string) (PairID, error) {
	if !validID(s) {
		return "", ErrBadID
	}
	return PairID(s), nil
}
