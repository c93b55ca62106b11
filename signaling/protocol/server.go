package protocol

import "omezle/models"

// Welcome answers hello.
type Welcome struct {
	Type    Kind             `json:"type" ts:"welcome"`
	Session models.SessionID `json:"session"`
	Resumed bool             `json:"resumed"` // the server knew this session and where it stood
	State   SessionState     `json:"state"`
	// Pair is the pair that goes on, when the state is paired: then unacknowledged messages are sent again.
	Pair *Matched `json:"pair,omitempty"`
	// PartnerAway says that the partner of that pair has no socket now.
	PartnerAway bool   `json:"partner_away,omitempty"`
	Online      int    `json:"online"`  // visitors on all nodes
	Waiting     int    `json:"waiting"` // of them, waiting
	Server      string `json:"server"`  // version, for bug reports
}

// Queue tells a waiting visitor how things stand.
type Queue struct {
	Type    Kind       `json:"type" ts:"queue"`
	Waiting int        `json:"waiting"` // in the same mode, the visitor included
	Stage   QueueStage `json:"stage"`
}

// QueueStage is how wide the search is now.
type QueueStage string

// The stages, in their order.
const (
	StageInterests QueueStage = "interests" // shared interest and language
	StageLanguage  QueueStage = "language"  // same language
	StageAnyone    QueueStage = "anyone"
)

// Matched begins a pair.
type Matched struct {
	Type Kind          `json:"type" ts:"matched"`
	Pair models.PairID `json:"pair"`
	Mode models.Mode   `json:"mode"`
	// Epoch numbers the way that media takes; Route, Forced, RelayOnly and Cause are as in RouteStep. A match is
	// committed from the beginning: there is nothing to keep until it works.
	Epoch     uint32             `json:"epoch"`
	Route     models.Route       `json:"route"`
	Forced    bool               `json:"forced,omitempty"`
	RelayOnly bool               `json:"relay_only,omitempty"`
	Cause     models.RouteReason `json:"cause,omitempty"`
	Polite    bool               `json:"polite"`             // this side yields in a glare (perfect negotiation)
	Shared    []string           `json:"shared"`             // interests both have
	Language  string             `json:"language,omitempty"` // the language both asked for
	Rematch   bool               `json:"rematch,omitempty"`  // met within 15 minutes, and nobody else waits
	Hue       int                `json:"hue"`                // 0..359, colours the partner's initials; means nothing
	// ICEServers is what RTCPeerConnection gets; empty when none is configured.
	ICEServers []ICEServer `json:"ice_servers"`
}

// ICEServer mirrors RTCIceServer.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// Ended ends a pair.
type Ended struct {
	Type   Kind             `json:"type" ts:"ended"`
	Pair   models.PairID    `json:"pair"`
	Reason models.EndReason `json:"reason"`
	Self   bool             `json:"self,omitempty"` // this visitor ended it
	State  SessionState     `json:"state"`          // waiting: already looking for the next
}

// PartnerPresence tells that the partner's socket went or came back. When it came back, unacknowledged messages are sent again.
type PartnerPresence struct {
	Type  Kind          `json:"type" ts:"partner"`
	Pair  models.PairID `json:"pair"`
	State PresenceState `json:"state"`
}

// PresenceState is whether a partner has a socket.
type PresenceState string

// The presence states.
const (
	PresenceAway PresenceState = "away"
	PresenceBack PresenceState = "back"
)

// Done answers report and block: it is in the database.
type Done struct {
	Type Kind   `json:"type" ts:"done"`
	ID   string `json:"id"`
}

// Stats goes to idle visitors now and then.
type Stats struct {
	Type    Kind `json:"type" ts:"stats"`
	Online  int  `json:"online"`
	Waiting int  `json:"waiting"`
}

// Pong answers ping.
type Pong struct {
	Type Kind  `json:"type" ts:"pong"`
	N    int64 `json:"n"`
}

// Error refuses one message.
type Error struct {
	Type    Kind      `json:"type" ts:"error"`
	Code    ErrorCode `json:"code"`
	Message string    `json:"message"`            // a sentence in English
	ID      string    `json:"id,omitempty"`       // of the report or block
	Seq     uint32    `json:"seq,omitempty"`      // of the peer message that was refused
	RetryMS int64     `json:"retry_ms,omitempty"` // try again after so many milliseconds
}
