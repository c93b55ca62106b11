package protocol

// ProxyState is what the service makes of the headers of proxies on a request.
type ProxyState string

// The states of a request's way.
const (
	ProxyNone      ProxyState = "none"      // nobody says to stand between
	ProxyTrusted   ProxyState = "trusted"   // one that trusted_proxies names: the client's address is the one it tells
	ProxyUntrusted ProxyState = "untrusted" // one that it does not name: the client's address is the proxy's own
)

// ProxyStates are all of them.
var ProxyStates = []ProxyState{ProxyNone, ProxyTrusted, ProxyUntrusted}

// Preflight is GET /api/preflight: what a page needs to try the ways that sound and picture can take from where it is.
type Preflight struct {
	// ICEServers are those of a call, with credentials for a minute that are good for trying only, and further STUN
	// servers, so that what two of them see can be compared.
	ICEServers []ICEServer `json:"ice_servers"`
	// MediaServer says that POST /api/preflight/offer is answered.
	MediaServer bool `json:"media_server"`
	// Address is the client's, as the service sees it.
	Address string     `json:"address"`
	Proxy   ProxyState `json:"proxy"`
	Version string     `json:"version"`
}

// PreflightSDP is the body of POST /api/preflight/offer, at most MaxSDP, and of its answer: an offer of audio and video to the media
// server, which ends the connection by itself.
type PreflightSDP struct {
	SDP string `json:"sdp"`
}
