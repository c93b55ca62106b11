package models

import "time"

// Verdict is what moderation found about the picture of one visitor in a live call, and what is done about it.
type Verdict struct {
	Flag    FlagID        `json:"f,omitempty"` // empty: nothing was put before reviewers
	Leg     Leg           `json:"l"`           // whose picture
	Rule    string        `json:"r"`
	Version int           `json:"v"`           // of the rules
	Reason  ReportReason  `json:"n,omitempty"` // that both visitors are told
	Class   string        `json:"c"`           // of the model, the highest that fired
	Score   float64       `json:"s"`           // 0 to 1
	Shadow  bool          `json:"w,omitempty"` // the rule is only watched: nothing is done
	Actions []Action      `json:"a,omitempty"` // in the order in which they are done
	BanFor  time.Duration `json:"b,omitempty"` // with ActionBan
	At      time.Time     `json:"t"`
}

// Look is what sampling has shown of one visitor's picture since the last Look about them.
type Look struct {
	Samples int          `json:"n"` // frames that were judged
	Hot     int          `json:"h"` // of those, over a threshold
	Class   string       `json:"c,omitempty"`
	Score   float64      `json:"s,omitempty"` // of Class, in the newest frame
	Trouble FrameTrouble `json:"t,omitempty"`
	At      time.Time    `json:"at"`
}

// FrameTrouble says why a picture could not be judged: a signal by itself.
type FrameTrouble string

// The troubles.
const (
	FrameNoKeyframes FrameTrouble = "no_keyframes" // asked for, and none came
	FrameUndecodable FrameTrouble = "undecodable"  // what came is no VP8, or too large
	FrameNoPicture   FrameTrouble = "no_picture"   // too dark or too even to be called anything
)
