package models

// Side is which of the two of a pair somebody is. Both are equal: it only tells them apart.
type Side uint8

// The sides.
const (
	SideA Side = iota // the polite one of perfect negotiation
	SideB
)

// Other is the partner's side.
func (s Side) Other() Side { return 1 - s }

// Leg names a visitor's connection to a media server. Session is for those who have to find its home; the other three
// are its identity.
type Leg struct {
	Session SessionID `json:"s"`
	Pair    PairID    `json:"p"`
	Side    Side      `json:"i,omitempty"`
	Epoch   uint32    `json:"e"`
}

// LegStats is how a visitor's connection to a media server has fared lately.
type LegStats struct {
	Connected   bool `json:"c,omitempty"`
	TCP         bool `json:"t,omitempty"`
	RTTMS       int  `json:"r,omitempty"` // 0: not known
	LossPercent int  `json:"l,omitempty"` // of what the visitor sent, before repair
	SentKbps    int  `json:"u,omitempty"` // by the visitor
	GotKbps     int  `json:"d,omitempty"` // to the visitor
	Held        bool `json:"h,omitempty"` // the visitor's picture is not passed on
}

// LegOrders are what a visitor's home wants of a media server besides carrying a leg's media.
type LegOrders struct {
	Sampling SamplingPlan `json:"p,omitempty"` // of the visitor's picture
	Hold     bool         `json:"h,omitempty"` // do not pass it on
}
