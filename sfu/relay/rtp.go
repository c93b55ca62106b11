package relay

import "encoding/binary"

var be = binary.BigEndian

const (
	rtpHeaderSize  = 12
	rtcpHeaderSize = 8 // with the sender's SSRC

	marker    = 0x80 // in the second byte
	padded    = 0x20 // in the first byte
	extended  = 0x10
	oneByteID = 0xbede // profile of one-byte extension headers (RFC 8285 4.2)
)

// isMedia tells RTP and RTCP from STUN, DTLS and TURN channels (RFC 7983).
func isMedia(b []byte) bool { return len(b) >= rtpHeaderSize && b[0]&0xc0 == 0x80 }

// isRTCP tells RTCP from RTP (RFC 5761 4).
func isRTCP(b []byte) bool { return b[1] >= 192 && b[1] <= 223 }

func payloadType(b []byte) uint8  { return b[1] & 0x7f }
func sequenceOf(b []byte) uint16  { return be.Uint16(b[2:]) }
func timestampOf(b []byte) uint32 { return be.Uint32(b[4:]) }
func ssrcOf(b []byte) uint32      { return be.Uint32(b[8:]) }

// split measures a packet: the length of its header with CSRCs and extension, and
// where its padding begins. It is false if one claims more than there is.
func split(b []byte) (header, end int, ok bool) {
	header = rtpHeaderSize + 4*int(b[0]&15)
	if b[0]&extended != 0 {
		if len(b) < header+4 {
			return 0, 0, false
		}
		header += 4 + 4*int(be.Uint16(b[header+2:]))
	}
	end = len(b)
	if header > end {
		return 0, 0, false
	}
	if b[0]&padded != 0 {
		if end == header || b[end-1] == 0 {
			return 0, 0, false
		}
		end -= int(b[end-1])
	}
	return header, end, end >= header
}
