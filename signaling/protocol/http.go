package protocol

import "omezle/models"

// SessionRequest is the body of POST /api/session, at most 4 KiB.
type SessionRequest struct {
	// Consent is the version of the rules that the visitor accepted, see PublicConfig.
	Consent string `json:"consent"`
	// Adult is the visitor's word for being of the required age.
	Adult bool `json:"adult"`
	// Device is the device token of an earlier visit, if the browser kept one.
	Device string `json:"device,omitempty"`
}

// SessionResponse is its answer, status 201.
type SessionResponse struct {
	Session models.SessionID `json:"session"`
	Token   string           `json:"token"`   // for hello
	Device  string           `json:"device"`  // to be kept by the browser and sent with the next request
	Expires int64            `json:"expires"` // Unix seconds
}

// PublicConfig is GET /api/config: what the first page needs.
type PublicConfig struct {
	Consent    string        `json:"consent"`     // current version of the rules
	MinimumAge int           `json:"minimum_age"` // years
	Modes      []models.Mode `json:"modes"`
	Version    string        `json:"version"`
	Check      PictureCheck  `json:"check"`
}

// PictureCheck is how browsers look at the partner's picture by themselves.
type PictureCheck struct {
	On           bool    `json:"on"`
	Threshold    float64 `json:"threshold"`     // 0 to 1: from here on a picture is blurred
	Release      float64 `json:"release"`       // 0 to 1: below, a blurred one is clean
	IntervalMS   int64   `json:"interval_ms"`   // between looks
	StartBlurred bool    `json:"start_blurred"` // until the first clean looks, or the viewer's click
	Model        string  `json:"model"`         // address of the model's JSON on this origin
}

// PublicStats is GET /stats.
type PublicStats struct {
	Active  int `json:"active"`  // visitors with a socket
	Waiting int `json:"waiting"` // of them, waiting
}

// Problem is an RFC 9457 problem+json body; every HTTP error of the public API is one.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
	// Reason, Until and Ban are those of Banned, with the code "banned" and status 403.
	Reason string       `json:"reason,omitempty"`
	Until  int64        `json:"until,omitempty"`
	Ban    models.BanID `json:"ban,omitempty"`
}
