package models

import "time"

// RouteFacts is what is known of a pair when its route is decided: at the match and again whenever one of them
// changes.
type RouteFacts struct {
	Pair     PairID
	Mode     Mode
	Visitors [2]VisitorFacts
	// TURN and SFU say whether there is a node that can take the pair's media that way.
	TURN, SFU bool
	// SFULoad is how full the SFU nodes of the pair's region are together, 0 to 1.
	SFULoad float64
	// Failed are routes that this pair has tried in vain.
	Failed []Route
	// Operator is a route that staff chose for this call; empty: none.
	Operator Route
}

// VisitorFacts is one side of a pair.
type VisitorFacts struct {
	Region    string
	DeviceAge time.Duration // since the device token was first given
	Reports   int           // against the device, of the last 24 hours
	Flags     int           // likewise, not dismissed
	HideIP    bool          // wants the partner not to see their address
	Network   NetworkResult
	Hit       bool // their picture was called indecent by the partner's browser in this call
}

// NetworkResult is what an earlier call from the same network showed to work.
type NetworkResult string

// The results, from the most to the least open network. Empty: nothing is known.
const (
	NetworkDirect NetworkResult = "direct" // browsers reach each other
	NetworkRelay  NetworkResult = "relay"  // through a relay only
	NetworkServer NetworkResult = "server" // only the media server was reached
)

// RouteDecision is the outcome of a policy for one pair.
type RouteDecision struct {
	Route     Route
	Fallbacks []Route // what may be used when Route fails, in this order; never less private for a wish to hide the IP
	// Forced routes are kept to even at the price of a blank picture.
	Forced bool
	// Relays says that TURN servers may be used, RelayOnly that nothing else may: then no address of one visitor
	// reaches the other.
	Relays, RelayOnly bool
	Sampling          SamplingPlan
	Version           int    // of the policy
	Rule              string // name of the rule that decided; empty: the policy's default
	Reasons           []RouteReason
}

// RouteReason is why a route was chosen, for the console and for the visitor.
type RouteReason string

// The reasons.
const (
	ReasonDefault  RouteReason = "default"
	ReasonPolicy   RouteReason = "policy"   // a rule of the operator's
	ReasonSample   RouteReason = "sample"   // the pair is in a share that is looked at
	ReasonStanding RouteReason = "standing" // a new device, reports, flags
	ReasonHit      RouteReason = "hit"      // a browser's check
	ReasonHideIP   RouteReason = "hide_ip"
	ReasonNetwork  RouteReason = "network" // another way failed, now or earlier
	ReasonOperator RouteReason = "operator"
	ReasonMoving   RouteReason = "moving" // the media server stops or was lost
	ReasonNoWay    RouteReason = "no_way" // the route wanted is not available
)

// RouteReasons lists them.
var RouteReasons = []RouteReason{
	ReasonDefault, ReasonPolicy, ReasonSample, ReasonStanding, ReasonHit, ReasonHideIP, ReasonNetwork, ReasonOperator, ReasonMoving, ReasonNoWay,
}

// SamplingPlan is how densely keyframes of a relayed pair are looked at. The zero value: not at all.
type SamplingPlan string

// The plans; what they mean in seconds is moderation's business.
const (
	SamplingNone   SamplingPlan = ""
	SamplingSparse SamplingPlan = "sparse"
	SamplingNormal SamplingPlan = "normal"
	SamplingDense  SamplingPlan = "dense"
)
