package models

// Mode is what a visitor came for; the queues of the modes never mix.
type Mode string

// The modes of a conversation. Voice only is video whose camera stays off.
const (
	ModeVideo Mode = "video"
	ModeText  Mode = "text"
)

// Modes lists every mode, in the order people are offered them.
var Modes = []Mode{ModeVideo, ModeText}

// Valid reports whether m is one of Modes.
func (m Mode) Valid() bool { return m == ModeVideo || m == ModeText }

// Route is what carries a pair's media.
type Route string

// The routes, from the least intrusive one on.
const (
	RouteP2P  Route = "p2p"  // browser to browser
	RouteTURN Route = "turn" // opaque relay, DTLS-SRTP stays end to end
	RouteSFU  Route = "sfu"  // the SFU terminates DTLS-SRTP
)

// Routes lists every route, from the least intrusive one on.
var Routes = []Route{RouteP2P, RouteTURN, RouteSFU}

// Valid reports whether r is one of Routes.
func (r Route) Valid() bool { return r == RouteP2P || r == RouteTURN || r == RouteSFU }

// EndReason says why a pair or the state of a session ended.
type EndReason string

// Why a pair ended, as each partner is told and as history keeps it.
const (
	EndNext        EndReason = "next"        // a partner asked for somebody else
	EndStop        EndReason = "stop"        // a partner stopped looking, or closed or reloaded the page
	EndBlocked     EndReason = "blocked"     // a partner blocked the other
	EndReported    EndReason = "reported"    // a partner reported and left
	EndGone        EndReason = "gone"        // a partner's connection was lost and did not come back in time
	EndNodeLost    EndReason = "node_lost"   // the partner's node died
	EndUnconfirmed EndReason = "unconfirmed" // the partner was gone before the pair began
	EndStaff       EndReason = "staff"       // staff ended the call
	EndBanned      EndReason = "banned"      // a partner was banned
	EndModerated   EndReason = "moderated"   // the service ended the call over a partner's picture
)
