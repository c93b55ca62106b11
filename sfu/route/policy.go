package route

import (
	"omezle/models"
	"omezle/models/document"
)

// Policy is a set of rules. It is never changed once it is in force.
type Policy struct {
	Version int     `json:"-"` // in the database; 0: none of those
	Format  int     `json:"format"`
	Rules   []Rule  `json:"rules,omitempty"` // the first that holds decides
	Default Outcome `json:"otherwise"`
}

// Format is the version of the document's shape.
const Format = 1

// Rule is what happens to the pairs that a condition holds for.
type Rule struct {
	Name string    `json:"name"`
	When Condition `json:"when"`
	Then Outcome   `json:"then"`
}

// Condition holds when all that it has set hold; what is not set does not count.
type Condition struct {
	SharePercent *float64      `json:"share_percent,omitempty"` // of all pairs, 0 to 100
	Salt         string        `json:"salt,omitempty"`          // of the share; empty: the rule's name
	Modes        []models.Mode `json:"modes,omitempty"`
	Regions      []string      `json:"regions,omitempty"`

	DeviceYoungerThan  document.Span          `json:"device_younger_than,omitempty"`
	ReportsAtLeast     int                    `json:"reports_at_least,omitempty"`
	FlagsAtLeast       int                    `json:"flags_at_least,omitempty"`
	FalseAlarmsAtLeast int                    `json:"false_alarms_at_least,omitempty"`
	HidesIP            *bool                  `json:"hides_ip,omitempty"`
	Networks           []models.NetworkResult `json:"networks,omitempty"`
	ClientHit          *bool                  `json:"client_hit,omitempty"`

	SFULoadAbovePercent *float64 `json:"sfu_load_above_percent,omitempty"`
	SFULoadBelowPercent *float64 `json:"sfu_load_below_percent,omitempty"`
}

// Outcome is where media goes.
type Outcome struct {
	Route     models.Route        `json:"route"`
	Forced    bool                `json:"forced,omitempty"`
	Fallbacks []models.Route      `json:"fallbacks,omitempty"` // in this order
	Relays    bool                `json:"relays,omitempty"`    // TURN relays may help p2p
	Sampling  models.SamplingPlan `json:"sampling,omitempty"`
	Reason    string              `json:"reason,omitempty"` // for the audit
}
