package models

import "time"

// ModerationLog is one entry of the audit log: who did what to whom, and why.
// Entries are only ever appended.
type ModerationLog struct {
	Seq      int64   `gorm:"primaryKey;autoIncrement"` // given by the database, rising
	Action   string  // a verb with its noun, as "ban.create"
	Target   string  // what it was done to, as "device:ID"
	Admin    StaffID // empty when the service acted by itself
	Reason   string
	Metadata JSON
	At       time.Time
	PrevHash []byte // Hash of the entry before; empty while the chain is off
	Hash     []byte // over PrevHash and every other field
}
