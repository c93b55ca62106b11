package port

import "encoding/binary"

// Kind is what a connection speaks.
type Kind int

// The kinds that a Port hands out.
const (
	HTTP   Kind = iota // HTTP/1.1 and, inside TLS, HTTP/2; websockets begin as this
	TURN               // STUN and TURN over TCP or TLS
	ICETCP             // RFC 4571 frames that begin with STUN
	kinds
	inTLS // to be looked at again inside
)

// String is the kind's label in metrics.
func (k Kind) String() string {
	switch k {
	case HTTP:
		return "http"
	case TURN:
		return "turn"
	case ICETCP:
		return "ice_tcp"
	}
	return "tls"
}

const (
	peekBytes   = 10
	magicCookie = 0x2112a442 // RFC 8489, 5
	recordTLS   = 0x16       // handshake, RFC 8446, 5.1
	majorTLS    = 0x03
	maxFrameTop = 0x3f // highest first byte of STUN (RFC 7983), and of an RFC 4571 length that anybody sends
)

// classify tells what begins with first. It returns false when more bytes, up to peekBytes, are needed.
func classify(first []byte) (kind Kind, known bool) {
	if len(first) == 0 {
		return 0, false
	}
	switch {
	case first[0] == recordTLS:
		if len(first) < 2 {
			return 0, false
		}
		if first[1] == majorTLS {
			return inTLS, true
		}
	case first[0] > maxFrameTop:
		return HTTP, true
	}
	if len(first) >= 8 && binary.BigEndian.Uint32(first[4:]) == magicCookie {
		return TURN, true
	}
	if len(first) < peekBytes {
		return 0, false
	}
	if binary.BigEndian.Uint32(first[6:]) == magicCookie {
		return ICETCP, true
	}
	return HTTP, true
}
