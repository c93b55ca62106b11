package models

import "time"

// IPBlock is one visitor's wish never to meet a partner again. It holds on to
// the two devices, so that it survives sessions and changes of address; the
// addresses of the moment are kept for staff. One row per ordered pair of devices.
type IPBlock struct {
	Blocker   DeviceID `gorm:"primaryKey"`
	Blocked   DeviceID `gorm:"primaryKey"`
	BlockerIP IP
	BlockedIP IP
	Pair      PairID
	At        time.Time
}

// Validate returns an error that wraps ErrInvalid when the block may not be
// stored.
func (b *IPBlock) Validate() error {
	if !validID(string(b.Blocker)) || !validID(string(b.Blocked)) {
		return invalid("block without devices")
	}
	if b.Blocker == b.Blocked {
		return invalid("block of oneself")
	}
	if b.At.IsZero() {
		return invalid("block without time")
	}
	return nil
}
