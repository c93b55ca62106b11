package protocol

// CloseCode is the status of a websocket close frame (RFC 6455, 7.4); 4000 and up are ours.
type CloseCode int

// Close codes. The hundred says what the client does next, see Advice.
const (
	CloseNormal    CloseCode = 1000 // the visitor said bye
	CloseGoingAway CloseCode = 1001 // the page or the server goes
	CloseTooBig    CloseCode = 1009 // a frame over MaxFrame

	CloseDraining CloseCode = 4000 // this node stops; another one has the session
	CloseSilent   CloseCode = 4001 // nothing heard for SilentAfter
	CloseSlow     CloseCode = 4002 // the visitor read too slowly and its queue was full
	CloseInternal CloseCode = 4003 // our mistake

	CloseUnknownSession CloseCode = 4100 // the token's session is over
	CloseExpired        CloseCode = 4101 // the token is too old
	CloseConsent        CloseCode = 4102 // the rules have a newer version

	CloseBadHello   CloseCode = 4200 // no valid hello in time
	CloseViolation  CloseCode = 4201 // too many mistakes
	CloseSuperseded CloseCode = 4202 // the same session was opened elsewhere
	CloseBanned     CloseCode = 4203 // the visitor is banned

	CloseBusy CloseCode = 4300 // too many sockets, here or from this address
)

// Reconnect is what a client does after a close.
type Reconnect string

// The four kinds of advice.
const (
	ReconnectResume Reconnect = "resume" // at once (jittered), then with backoff, same token
	ReconnectFresh  Reconnect = "fresh"  // a new session over HTTP first
	ReconnectNever  Reconnect = "never"  // not without the person
	ReconnectLater  Reconnect = "later"  // same token, but after 10 s or more
)

// Advice tells what a client does after a socket was closed with code. Codes
// that are not ours (1006, a proxy's 1011 or 1012) are treated as a lost network.
func Advice(code CloseCode) Reconnect {
	switch {
	case code == CloseNormal, code == CloseTooBig:
		return ReconnectNever
	case code >= 4100 && code < 4200:
		return ReconnectFresh
	case code >= 4200 && code < 4300:
		return ReconnectNever
	case code >= 4300 && code < 4400:
		return ReconnectLater
	default:
		return ReconnectResume
	}
}
