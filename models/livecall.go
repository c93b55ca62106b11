package models

import "time"

// LiveCall is one pair as the node that conducts it sees it now. It is never stored.
type LiveCall struct {
	Pair    PairID
	Mode    Mode
	Started time.Time
	Node    NodeID // that decides the route
	SFUNode NodeID // that relays the media; empty: none does
	// Epoch counts the routes of the call and Route is the present one; Next is being prepared, empty: none is.
	Epoch       uint32
	Route, Next Route
	// Via is what the media was last seen to take, whatever the route allows; empty: it does not flow yet.
	Via      NetworkResult
	Facts    RouteFacts    // that Decision was made from
	Decision RouteDecision // in force
}
