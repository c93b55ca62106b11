package models

import "time"

// Policy is one version of a named set of rules. Versions start at 1 and are
// never changed; the highest is in force.
type Policy struct {
	Name    string `gorm:"primaryKey"`
	Version int    `gorm:"primaryKey;autoIncrement:false"`
	Rules   JSON
	Note    string  // why it was changed
	By      StaffID `gorm:"column:by_staff"`
	At      time.Time
}

// Setting is one value that staff change while the service runs. Version counts
// its changes from 1 and guards against two editors overwriting each other.
type Setting struct {
	Key     string `gorm:"primaryKey"`
	Value   JSON
	Version int
	By      StaffID `gorm:"column:by_staff"`
	At      time.Time
}
