package models

// Ids of records that staff work with. Same shape as the ids of id.go: random,
// and therefore no hint at how many records there are.
type (
	// ReportID names one visitor's report of a partner.
	ReportID string
	// FlagID names one item of the review queue.
	FlagID string
	// DecisionID names one decision on a flag or a report.
	DecisionID string
	// BanID names one ban.
	BanID string
	// EvidenceID names one item of evidence.
	EvidenceID string
	// SightingID names one claim of a visitor's browser about the partner's picture.
	SightingID string
	// StaffID names one member of staff. Empty where a record has an author
	// means that the service acted by itself.
	StaffID string
)

// NewReportID returns a fresh random id.
func NewReportID() ReportID { return ReportID(newID()) }

// NewFlagID returns a fresh random id.
func NewFlagID() FlagID { return FlagID(newID()) }

// NewDecisionID returns a fresh random id.
func NewDecisionID() DecisionID { return DecisionID(newID()) }

// NewBanID returns a fresh random id.
func NewBanID() BanID { return BanID(newID()) }

// NewEvidenceID returns a fresh random id.
func NewEvidenceID() EvidenceID { return EvidenceID(newID()) }

// NewSightingID returns a fresh random id.
func NewSightingID() SightingID { return SightingID(newID()) }

// NewStaffID returns a fresh random id.
func NewStaffID() StaffID { return StaffID(newID()) }

// ParseReportID checks the shape of an id that came from outside.
func ParseReportID(s string) (ReportID, error) { return parseRecordID[ReportID](s) }

// ParseFlagID checks the shape of an id that came from outside.
func ParseFlagID(s string) (FlagID, error) { return parseRecordID[FlagID](s) }

// ParseDecisionID checks the shape of an id that came from outside.
func ParseDecisionID(s string) (DecisionID, error) { return parseRecordID[DecisionID](s) }

// ParseBanID checks the shape of an id that came from outside.
func ParseBanID(s string) (BanID, error) { return parseRecordID[BanID](s) }

// ParseEvidenceID checks the shape of an id that came from outside.
func ParseEvidenceID(s string) (EvidenceID, error) { return parseRecordID[EvidenceID](s) }

// ParseStaffID checks the shape of an id that came from outside.
func ParseStaffID(s string) (StaffID, error) { return parseRecordID[StaffID](s) }

func parseRecordID[T ~string](s string) (T, error) {
	if !validID(s) {
		return "", ErrBadID
	}
	return T(s), nil
}
