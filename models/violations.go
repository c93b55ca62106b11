package models

import "time"

// OneViolation is how far apart alarms of several rules about one visitor in one call are that are about the same
// pictures: they are one violation.
const OneViolation = 5 * time.Second

// Violations is what the database knows of a visitor when a rule about pictures fires in a call.
type Violations struct {
	Device    DeviceID
	Elsewhere int // of the device in other calls, not dismissed
	Dismissed int // of the visitor in this call: reviewers found that they were none
}
