package models

import (
	"slices"
	"time"
)

// RouteFacts is what is known of a pair when its route is decided: at the match and again whenever one of them
// changes.
type RouteFacts struct {
	Pair     PairID
	Mode     Mode
	Visitors [2]VisitorFacts
	// TURN and SFU say whether there is a node that can take the pair's media that way.
	TURN, SFU bool
	// Unjudged says that the operator wants relayed pictures to be looked at and that nobody can now.
	Unjudged bool
	// SFULoad is how full the SFU nodes of the pair's region are together, 0 to 1.
	SFULoad float64
	// Failed are routes that this pair has tried in vain.
	Failed []Route
	// Operator is a route that staff chose for this call; empty: none. OperatorForced keeps to it at any price.
	Operator       Route
	OperatorForced bool
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
	// FalseAlarms are claims of the same kind by their own browser, of the last 24 hours, that the server refuted.
	FalseAlarms int
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
	Fallbacks []Route // what may be used when Route fails, in this order; never p2p for a wish to hide the IP
	// Forced routes are kept to even at the price of a blank picture.
	Forced bool
	// Relays says that TURN servers may be used, RelayOnly that nothing else may: then no address of one visitor
	// reaches the other.
	Relays, RelayOnly bool
	// HideIP says that a visitor hides their address: p2p is out, also as the way that a failed switch goes back to.
	HideIP   bool
	Sampling SamplingPlan // while the pair is relayed by a media server, be it as a fallback
	Version  int          // of the policy
	Rule     string       // name of the rule that decided; empty: the policy's default, or staff
	Note     string       // the operator's words about the rule, for the audit
	// Reasons came into play in this order: the last one settled the route.
	Reasons []RouteReason
}

// Allows reports whether the decision lets media go by route, now or when the route wanted fails. A switch that
// fails may go back to a route that is allowed only.
func (d RouteDecision) Allows(route Route) bool {
	return d.Route == route || slices.Contains(d.Fallbacks, route)
}

// Notice is the reason that settled the route, empty for a plain default.
func (d RouteDecision) Notice() RouteReason {
	if len(d.Reasons) == 0 || d.Reasons[len(d.Reasons)-1] == ReasonDefault {
		return ""
	}
	return d.Reasons[len(d.Reasons)-1]
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
	// ReasonUnavailable: no node can take the route wanted, so that a fallback is used.
	ReasonUnavailable RouteReason = "unavailable"
	// ReasonNoWay: nothing that is allowed works now. The route stays, and is tried again.
	ReasonNoWay RouteReason = "no_way"
	// ReasonNoClassifier: the picture was to be looked at and nobody can, so that it is not relayed for that.
	ReasonNoClassifier RouteReason = "no_classifier"
)

// RouteReasons lists every reason.
var RouteReasons = []RouteReason{
	ReasonDefault, ReasonPolicy, ReasonSample, ReasonStanding, ReasonHit, ReasonHideIP, ReasonNetwork, ReasonOperator, ReasonMoving,
	ReasonUnavailable, ReasonNoWay, ReasonNoClassifier,
}

// Valid reports whether n is a result, or empty.
func (n NetworkResult) Valid() bool {
	return n == "" || slices.Contains(NetworkResults, n)
}

// NetworkResults lists every result, from the most to the least open network.
var NetworkResults = []NetworkResult{NetworkDirect, NetworkRelay, NetworkServer}

// SamplingPlan is how densely keyframes of a relayed pair are looked at. The zero value: not at all.
type SamplingPlan string

// The plans; what they mean in seconds is moderation's business.
const (
	SamplingNone   SamplingPlan = ""
	SamplingSparse SamplingPlan = "sparse"
	SamplingNormal SamplingPlan = "normal"
	SamplingDense  SamplingPlan = "dense"
)

// SamplingPlans lists every plan but the empty one, from the lightest on.
var SamplingPlans = []SamplingPlan{SamplingSparse, SamplingNormal, SamplingDense}
