package sdp

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// Limits of an offer.
const (
	MaxSize       = 32 << 10 // bytes
	MaxSections   = 8
	MaxCandidates = 20 // more are ignored
)

// Errors that wrap the reason why an offer cannot be answered.
var (
	ErrMalformed   = errors.New("sdp: malformed offer")
	ErrUnsupported = errors.New("sdp: nothing to relay in the offer")
)

// Direction of a section, seen from who writes it.
type Direction string

// The directions (RFC 8866 6.7).
const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly"
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

func (d Direction) mirrored() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	}
	return d
}

// Offer is what the relay needs of an offer.
type Offer struct {
	Ufrag, Password string
	Hash            string // of the fingerprint, lower case
	Fingerprint     string // upper case
	Setup           string // actpass, active or passive
	Candidates      []string
	Sections        []Section
}

// Section is one m= line.
type Section struct {
	Media     string // "video", "audio", or whatever it is
	Protocol  string
	MID       string
	Direction Direction
	Accepted  bool // the first of its media with a codec that is relayed

	PayloadType    uint8
	RTXPayloadType uint8 // 0: none
	Parameters     string
	Feedback       []string // what both sides know of rtcp-fb for PayloadType, in our order
	SSRC, RTX      uint32   // of what the browser sends; 0: not announced
	Extensions     []Extension
}

// Extension is a header extension's id and URI, as offered.
type Extension struct {
	ID  uint8
	URI string
}

// Video is the accepted video section, nil if there is none.
func (o *Offer) Video() *Section { return o.accepted("video") }

// Audio is the accepted audio section, nil if there is none.
func (o *Offer) Audio() *Section { return o.accepted("audio") }

func (o *Offer) accepted(media string) *Section {
	for i := range o.Sections {
		if s := &o.Sections[i]; s.Accepted && s.Media == media {
			return s
		}
	}
	return nil
}

// SameSession says whether other is by the same browser over the same transport, so
// that keys need no change.
func (o *Offer) SameSession(other *Offer) bool {
	return o.Hash == other.Hash && o.Fingerprint == other.Fingerprint
}

// Parse reads an offer. extensions are the URIs of those header extensions that the
// caller knows.
func Parse(text string, extensions []string) (*Offer, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformed, len(text))
	}
	var description sdp.SessionDescription
	if err := description.UnmarshalString(text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(description.MediaDescriptions) > MaxSections {
		return nil, fmt.Errorf("%w: %d sections", ErrMalformed, len(description.MediaDescriptions))
	}
	o := &Offer{}
	o.transport(description.Attributes)
	if _, lite := description.Attribute("ice-lite"); lite {
		return nil, fmt.Errorf("%w: ICE-lite", ErrUnsupported)
	}
	bundled := false
	direction := SendRecv
	if d, ok := directionOf(description.Attributes); ok {
		direction = d
	}
	for _, m := range description.MediaDescriptions {
		s := parseSection(m, direction, extensions)
		if s.Accepted && o.accepted(s.Media) != nil {
			s.Accepted = false // one stream of each kind
		}
		if s.Accepted && !bundled { // the first one's transport is that of all (RFC 9143 7.2)
			bundled = true
			o.transport(m.Attributes)
		}
		o.Sections = append(o.Sections, s)
	}
	return o, o.check()
}

func (o *Offer) check() error {
	switch {
	case o.Video() == nil && o.Audio() == nil:
		return fmt.Errorf("%w: neither VP8 nor Opus", ErrUnsupported)
	case !iceToken(o.Ufrag, 4) || !iceToken(o.Password, 22):
		return fmt.Errorf("%w: ICE credentials", ErrMalformed)
	case o.Fingerprint == "" || o.Hash == "":
		return fmt.Errorf("%w: fingerprint", ErrMalformed)
	case o.Setup != "actpass" && o.Setup != "active" && o.Setup != "passive":
		return fmt.Errorf("%w: setup", ErrMalformed)
	}
	return nil
}

// iceToken is ice-char of RFC 8839 5.4, at least so many, at most 256.
func iceToken(s string, least int) bool {
	if len(s) < least || len(s) > 256 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '+' && c != '/' {
			return false
		}
	}
	return true
}

// transport takes the attributes of the one transport that all sections share.
func (o *Offer) transport(attributes []sdp.Attribute) {
	for _, a := range attributes {
		switch a.Key {
		case "ice-ufrag":
			o.Ufrag = a.Value
		case "ice-pwd":
			o.Password = a.Value
		case "setup":
			o.Setup = a.Value
		case "fingerprint":
			hash, digits, _ := strings.Cut(a.Value, " ")
			o.Hash, o.Fingerprint = strings.ToLower(hash), strings.ToUpper(digits)
		case "candidate":
			if len(o.Candidates) < MaxCandidates {
				o.Candidates = append(o.Candidates, a.Value)
			}
		}
	}
}

func directionOf(attributes []sdp.Attribute) (Direction, bool) {
	for _, a := range attributes {
		switch d := Direction(a.Key); d {
		case SendRecv, SendOnly, RecvOnly, Inactive:
			return d, true
		}
	}
	return "", false
}

// codecs that are relayed, by media.
var codecs = map[string]string{"video": "VP8/90000", "audio": "opus/48000/2"}

// feedback that the relay understands, in the order in which answers list it.
var feedback = []string{"transport-cc", "goog-remb", "ccm fir", "nack", "nack pli"}

func parseSection(m *sdp.MediaDescription, direction Direction, extensions []string) Section {
	s := Section{Media: m.MediaName.Media, Protocol: strings.Join(m.MediaName.Protos, "/"), Direction: direction}
	if d, ok := directionOf(m.Attributes); ok {
		s.Direction = d
	}
	codec, relayed := codecs[s.Media]
	parameters := map[uint8]string{}
	offered := map[string]bool{}
	var rtx []uint8
	for _, a := range m.Attributes {
		switch a.Key {
		case "mid":
			s.MID = a.Value
		case "rtpmap":
			pt, name := numbered(a.Value)
			switch {
			case pt == 0 || !listed(m, pt):
			case strings.EqualFold(name, codec) && s.PayloadType == 0:
				s.PayloadType = pt
			case strings.EqualFold(name, "rtx/90000"):
				rtx = append(rtx, pt)
			}
		case "fmtp":
			pt, text := numbered(a.Value)
			parameters[pt] = text
		case "extmap":
			if e, ok := parseExtension(a.Value, extensions); ok {
				s.Extensions = append(s.Extensions, e)
			}
		}
	}
	for _, a := range m.Attributes {
		if a.Key == "rtcp-fb" {
			which, name, _ := strings.Cut(a.Value, " ")
			if which == "*" || which == strconv.Itoa(int(s.PayloadType)) {
				offered[name] = true
			}
		}
	}
	for _, f := range feedback {
		if offered[f] {
			s.Feedback = append(s.Feedback, f)
		}
	}
	for _, pt := range rtx {
		if apt, _, _ := strings.Cut(parameters[pt], ";"); apt == fmt.Sprintf("apt=%d", s.PayloadType) {
			s.RTXPayloadType = pt
		}
	}
	s.sources(m.Attributes)
	if opusParameters(parameters[s.PayloadType]) {
		s.Parameters = parameters[s.PayloadType]
	}
	// Port 0 refuses a section, or leaves it to the bundle (RFC 9143 6).
	_, bundled := m.Attribute("bundle-only")
	s.Accepted = relayed && s.PayloadType != 0 && (bundled || m.MediaName.Port.Value != 0) && token(s.MID) &&
		strings.HasSuffix(s.Protocol, "RTP/SAVPF")
	return s
}

// sources finds the SSRCs; Firefox announces none for RTX, Safari may announce none.
func (s *Section) sources(attributes []sdp.Attribute) {
	for _, a := range attributes {
		switch a.Key {
		case "ssrc-group":
			if f := strings.Fields(a.Value); len(f) == 3 && f[0] == "FID" {
				s.SSRC, s.RTX = ssrc(f[1]), ssrc(f[2])
				return
			}
		case "ssrc":
			if first, _, _ := strings.Cut(a.Value, " "); s.SSRC == 0 {
				s.SSRC = ssrc(first)
			}
		}
	}
}

func ssrc(text string) uint32 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// numbered splits "96 VP8/90000"; the number is 0 if it is no dynamic payload type.
func numbered(value string) (uint8, string) {
	first, rest, _ := strings.Cut(value, " ")
	n, err := strconv.ParseUint(first, 10, 7)
	if err != nil || n < 35 { // below are static types, 64 to 95 look like RTCP
		return 0, ""
	}
	if n >= 64 && n < 96 {
		return 0, ""
	}
	return uint8(n), rest
}

// listed says whether the m= line has the payload type: Firefox leaves attributes of
// codecs that it does not offer any more.
func listed(m *sdp.MediaDescription, pt uint8) bool {
	want := strconv.Itoa(int(pt))
	for _, f := range m.MediaName.Formats {
		if f == want {
			return true
		}
	}
	return false
}

func parseExtension(value string, known []string) (Extension, bool) {
	first, rest, _ := strings.Cut(value, " ")
	number, _, _ := strings.Cut(first, "/") // a direction may follow
	uri, _, _ := strings.Cut(rest, " ")
	id, err := strconv.ParseUint(number, 10, 8)
	if err != nil || id < 1 || id > 14 { // one-byte headers only
		return Extension{}, false
	}
	for _, k := range known {
		if k == uri {
			return Extension{uint8(id), k}, true
		}
	}
	return Extension{}, false
}

// token of RFC 8866, at most 32 characters of those that MIDs are made of.
func token(s string) bool {
	if len(s) == 0 || len(s) > 32 {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.{}") == ""
}

// opusParameters accepts "name=value;name=value" of letters and digits.
func opusParameters(s string) bool {
	return len(s) <= 200 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-=; ") == ""
}
