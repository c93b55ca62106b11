package protocol

// Kind is the "type" of a message.
type Kind string

// What only clients say.
const (
	KindHello  Kind = "hello"
	KindFind   Kind = "find"
	KindCancel Kind = "cancel"
	KindLeave  Kind = "leave"
	KindReport Kind = "report"
	KindBlock  Kind = "block"
	KindPing   Kind = "ping"
	KindBye    Kind = "bye"

	KindReady        Kind = "ready"
	KindFailed       Kind = "failed"
	KindPrivacy      Kind = "privacy"
	KindSFUOffer     Kind = "sfu_offer"
	KindSFUCandidate Kind = "sfu_candidate"
	KindSighting     Kind = "sighting"
)

// What partners say to one another through the server; the same both ways.
const (
	KindChat        Kind = "chat"
	KindReaction    Kind = "reaction"
	KindMedia       Kind = "media"
	KindDescription Kind = "description"
	KindCandidate   Kind = "candidate"
	KindTyping      Kind = "typing"
	KindAck         Kind = "ack"
)

// What only the server says.
const (
	KindWelcome Kind = "welcome"
	KindQueue   Kind = "queue"
	KindMatched Kind = "matched"
	KindEnded   Kind = "ended"
	KindPartner Kind = "partner"
	KindDone    Kind = "done"
	KindStats   Kind = "stats"
	KindPong    Kind = "pong"
	KindError   Kind = "error"

	KindRoute      Kind = "route"
	KindSFUAnswer  Kind = "sfu_answer"
	KindBitrate    Kind = "bitrate"
	KindPath       Kind = "path"
	KindICEServers Kind = "ice_servers"
	KindModeration Kind = "moderation"
	KindBanned     Kind = "banned"
)

// ErrorCode is the part of an error that programs branch on.
type ErrorCode string

// Error codes.
const (
	ErrorBadMessage  ErrorCode = "bad_message"  // not valid as its kind; a strike
	ErrorUnknownKind ErrorCode = "unknown_kind" // a strike
	ErrorNotPaired   ErrorCode = "not_paired"   // there is no such pair (any more)
	ErrorNotIdle     ErrorCode = "not_idle"     // find while in a pair
	ErrorRateLimited ErrorCode = "rate_limited" // resend from seq after retry_ms
	ErrorUnavailable ErrorCode = "unavailable"  // a store is away; try again after retry_ms
	ErrorInternal    ErrorCode = "internal"
)

// SessionState is where a session stands.
type SessionState string

// States of a session. A find moves idle to waiting, a match to paired; leaving
// or losing the partner moves to idle, or to waiting where the message says so.
const (
	StateIdle    SessionState = "idle"
	StateWaiting SessionState = "waiting"
	StatePaired  SessionState = "paired"
)
