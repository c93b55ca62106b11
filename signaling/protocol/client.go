package protocol

import "omezle/models"

// Hello is the first message on every socket.
type Hello struct {
	Type  Kind   `json:"type" ts:"hello"`
	Token string `json:"token"` // from POST /api/session
	// Fresh says that the page kept nothing (a reload): a pair that this session is in ends.
	Fresh bool `json:"fresh,omitempty"`
}

// Find asks for a partner. In a pair it is refused with not_idle; while waiting it replaces what was asked.
type Find struct {
	Type      Kind        `json:"type" ts:"find"`
	Mode      models.Mode `json:"mode"`
	Interests []string    `json:"interests,omitempty"` // any case; the server folds and trims them
	Language  string      `json:"language,omitempty"`  // BCP 47; only the primary subtag counts
	HideIP    bool        `json:"hide_ip,omitempty"`   // no partner may see this visitor's address; privacy changes it
}

// Cancel stops waiting. Idle sessions may send it: it does nothing then.
type Cancel struct {
	Type Kind `json:"type" ts:"cancel"`
}

// Leave ends a pair. A pair that is over already is not an error: two people may press at once.
type Leave struct {
	Type Kind          `json:"type" ts:"leave"`
	Pair models.PairID `json:"pair"`
	Next bool          `json:"next,omitempty"` // look for somebody else at once, as the last find asked
}

// Report tells reviewers about the partner of a pair that is on or was the last one. Answered by done or error with its id; sending
// the same id again is safe.
type Report struct {
	Type        Kind                `json:"type" ts:"report"`
	ID          string              `json:"id"`
	Pair        models.PairID       `json:"pair"`
	Reason      models.ReportReason `json:"reason"`
	Description string              `json:"description,omitempty"`
	Block       bool                `json:"block,omitempty"` // also never match again
	// Still is a picture of the partner as this browser saw it, JPEG or WebP, in base64: with the visitor's consent only.
	// Nothing proves that it is what it says.
	Still []byte `json:"still,omitempty"`
}

// Block makes sure that the partner of a pair that is on or was the last one is never met again. Answered like Report.
type Block struct {
	Type Kind          `json:"type" ts:"block"`
	ID   string        `json:"id"`
	Pair models.PairID `json:"pair"`
}

// Ping asks for a pong: a browser cannot see websocket pings.
type Ping struct {
	Type Kind  `json:"type" ts:"ping"`
	N    int64 `json:"n"` // returned as it came
}

// Bye ends the session at once instead of after the resume window.
type Bye struct {
	Type Kind `json:"type" ts:"bye"`
}
