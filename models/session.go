package models

import "time"

// Session is the history of one visit: written when it starts, written again
// when it ends. The live state is in Redis and in the session's home node.
type Session struct {
	ID             SessionID `gorm:"primaryKey"`
	Device         DeviceID
	IP             IP
	Port           uint16 // source port: behind carrier-grade NAT an address alone names nobody
	StartedAt      time.Time
	EndedAt        *time.Time // nil while it lives
	ConsentVersion string     // of the age and rules text that was accepted at StartedAt
	AgentClass     string     // browser and kind of device, as "firefox/desktop"; never the whole header
	Region         string     // of the node that made it; empty with one region
	Pairs          int
	Messages       int // sent
	Flagged        int // messages and frames of this visitor that a rule fired on
}
