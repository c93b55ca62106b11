package models

// Violations is what the database knows of a visitor when a rule about pictures fires in a call.
type Violations struct {
	Device    DeviceID
	Elsewhere int // of the device in other calls, not dismissed
	Dismissed int // of the visitor in this call: reviewers found that they were none
}
