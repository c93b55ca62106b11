package protocol

import "time"

// Subprotocol is the name negotiated in Sec-WebSocket-Protocol (RFC 6455, 1.9).
const Subprotocol = "omezle.v1"

// Sizes of what a stranger may send. Runes are Unicode code points.
const (
	MaxFrame       = 64 << 10 // bytes of one websocket message
	MaxToken       = 1024     // bytes
	MaxText        = 2000     // runes of a chat message
	MaxSDP         = 32 << 10 // bytes of a session description
	MaxCandidate   = 1024     // bytes of one candidate line
	MaxCandidates  = 40       // candidates between two descriptions of one sender
	MaxInterests   = 10       // interests of one visitor
	MaxInterest    = 32       // runes of one interest
	MaxLanguage    = 16       // bytes of a BCP 47 tag
	MaxDescription = 1000     // runes of a report's description
	MaxClientID    = 40       // bytes of an id that the client made
	MaxStill       = 40 << 10 // bytes of a report's picture, before base64
	MaxStrikes     = 20       // mistakes before the socket is closed
	Window         = 64       // unacknowledged messages a sender may have under way
)

// Times that both sides must agree on.
const (
	HelloTimeout = 10 * time.Second // from upgrade to hello
	ResumeWindow = 30 * time.Second // a session without a socket is kept this long
	ResendAfter  = 5 * time.Second  // doubling to 30 s while nothing is acknowledged
	AckDelay     = time.Second      // a receiver that has nothing to say acknowledges after this
	AckEvery     = 16               // or after so many messages
	Linger       = 3 * time.Second  // after a switch the connection that was replaced is kept, in case its last packets come late
	PingAfter    = 20 * time.Second // a client that heard nothing asks with ping
	SilentAfter  = 60 * time.Second // a socket from which nothing came is closed
)
