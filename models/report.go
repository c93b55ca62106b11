package models

import (
	"slices"
	"time"
)

// ReportReason is what a visitor picks when reporting a partner.
type ReportReason string

// The reasons of a report.
const (
	ReasonNudity     ReportReason = "nudity"
	ReasonMinor      ReportReason = "minor" // the partner seems to be under age
	ReasonHarassment ReportReason = "harassment"
	ReasonSpam       ReportReason = "spam"
	ReasonViolence   ReportReason = "violence"
	ReasonOther      ReportReason = "other"
)

// ReportReasons lists every reason, in the order people are offered them.
var ReportReasons = []ReportReason{ReasonNudity, ReasonMinor, ReasonHarassment, ReasonSpam, ReasonViolence, ReasonOther}

// Valid reports whether r is one of ReportReasons.
func (r ReportReason) Valid() bool { return slices.Contains(ReportReasons, r) }

// ReportStatus is where a report stands.
type ReportStatus string

// The states of a report.
//
//	open <-> reviewing -> actioned
//	open ---------------> dismissed
//	         reviewing -> dismissed
//	         reviewing <- actioned, dismissed   (undo, second review, appeal)
const (
	ReportOpen      ReportStatus = "open"      // nobody looks at it yet
	ReportReviewing ReportStatus = "reviewing" // somebody has claimed it
	ReportActioned  ReportStatus = "actioned"  // found to be right
	ReportDismissed ReportStatus = "dismissed" // found to be wrong, a duplicate, or not decidable
)

var reportSteps = map[ReportStatus][]ReportStatus{
	ReportOpen:      {ReportReviewing, ReportDismissed},
	ReportReviewing: {ReportOpen, ReportActioned, ReportDismissed},
	ReportActioned:  {ReportReviewing},
	ReportDismissed: {ReportReviewing},
}

// To returns nil when next may follow s, otherwise an error that wraps
// ErrTransition.
func (s ReportStatus) To(next ReportStatus) error { return step("report", reportSteps, s, next) }

// Settled reports whether the report was decided.
func (s ReportStatus) Settled() bool { return s == ReportActioned || s == ReportDismissed }

// Resolution says what came of a settled report.
type Resolution string

// The resolutions; a report that is not settled has none.
const (
	ResolutionNone        Resolution = ""
	ResolutionWarned      Resolution = "warned"
	ResolutionEnded       Resolution = "ended" // the call was ended
	ResolutionBanned      Resolution = "banned"
	ResolutionNoViolation Resolution = "no_violation"
	ResolutionDuplicate   Resolution = "duplicate"
)

var resolutionsOf = map[ReportStatus][]Resolution{
	ReportOpen:      {ResolutionNone},
	ReportReviewing: {ResolutionNone},
	ReportActioned:  {ResolutionWarned, ResolutionEnded, ResolutionBanned},
	ReportDismissed: {ResolutionNoViolation, ResolutionDuplicate},
}

// Fits returns nil when a report of status s may carry resolution r.
func (r Resolution) Fits(s ReportStatus) error {
	if slices.Contains(resolutionsOf[s], r) {
		return nil
	}
	return invalid("resolution %q of a report that is %q", r, s)
}

// Party is one side of a report, as known at that moment. Address, source port
// and the time of the report together identify a subscriber to a provider.
type Party struct {
	Session SessionID
	Device  DeviceID
	IP      IP
	Port    uint16
}

// Limits of what a reporter may send.
const (
	ReportDescriptionLimit = 1000 // characters
	ReportClientIDLimit    = 64   // bytes
)

// Report is one visitor's complaint about a partner.
type Report struct {
	ID          ReportID `gorm:"primaryKey"`
	ClientID    string   // chosen by the reporter's client; one report per reporter session and client id
	Reporter    Party    `gorm:"embedded;embeddedPrefix:reporter_"`
	Reported    Party    `gorm:"embedded;embeddedPrefix:reported_"`
	Pair        PairID
	Reason      ReportReason
	Description string    // by the reporter: treat as hostile text
	At          time.Time // UTC, milliseconds
	Status      ReportStatus
	Resolution  Resolution
	ResolvedBy  StaffID
	ResolvedAt  *time.Time
}

// Validate returns an error that wraps ErrInvalid when the report may not be
// stored.
func (r *Report) Validate() error {
	if !validID(string(r.ID)) || !validID(string(r.Pair)) {
		return invalid("report without id or pair")
	}
	if !validID(string(r.Reporter.Session)) || !validID(string(r.Reported.Session)) {
		return invalid("report without sessions")
	}
	if r.Reporter.Session == r.Reported.Session {
		return invalid("report of oneself")
	}
	if !r.Reason.Valid() {
		return invalid("report reason %q", r.Reason)
	}
	if r.ClientID == "" || len(r.ClientID) > ReportClientIDLimit {
		return invalid("report client id of %d bytes", len(r.ClientID))
	}
	if err := checkText("client id", r.ClientID, ReportClientIDLimit); err != nil {
		return err
	}
	if err := checkText("description", r.Description, ReportDescriptionLimit); err != nil {
		return err
	}
	if r.At.IsZero() {
		return invalid("report without time")
	}
	return r.Resolution.Fits(r.Status)
}
