package models

// Standing is what there is against a device, of a stretch of time.
type Standing struct {
	Reports     int // by other devices, one for each, not dismissed and not by one that cries wolf
	Flags       int // not dismissed, of rules that act
	FalseAlarms int // claims of its browsers about partners' pictures that the server refuted
}
