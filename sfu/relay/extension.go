package relay

// Extension is a header extension that the relay knows.
type Extension uint8

// The extensions that are negotiated. Their values pass unchanged, but for
// TransportWide, which is counted anew, and MID, which is blanked.
const (
	TransportWide Extension = iota
	AbsoluteSendTime
	AudioLevel
	Orientation
	MID
	extensions
)

// URI names the extension in SDP.
func (e Extension) URI() string { return extensionURIs[e] }

// Extensions are all that the relay knows.
func Extensions() []Extension {
	return []Extension{TransportWide, AbsoluteSendTime, AudioLevel, Orientation, MID}
}

var extensionURIs = [extensions]string{
	TransportWide:    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
	AbsoluteSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
	AudioLevel:       "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
	Orientation:      "urn:3gpp:video-orientation",
	MID:              "urn:ietf:params:rtp-hdrext:sdes:mid",
}

// ExtensionIDs are the ids of one leg, 1 to 14; 0 is not negotiated. Both directions
// of a leg share them.
type ExtensionIDs [extensions]uint8

// translation turns the ids of one leg into those of its partner.
type translation struct {
	to            [15]uint8 // 0: blank
	transportWide uint8     // the id looked for
}

func translate(from, to ExtensionIDs) translation {
	t := translation{transportWide: from[TransportWide]}
	for e := range MID {
		if id := from[e]; id > 0 && id < 15 && to[e] < 15 {
			t.to[id] = to[e]
		}
	}
	return t
}

// rewrite puts the partner's ids into a packet, in place, and blanks what the partner
// does not know: zero bytes are padding. It says where the transport-wide number is,
// if there is one; 0 if not.
func (t *translation) rewrite(packet []byte) (number int) {
	at, block := extensionBlock(packet)
	if block == nil {
		return 0
	}
	if be.Uint16(packet[at:]) != oneByteID {
		clear(block)
		return 0
	}
	for i := 0; i < len(block); {
		if block[i] == 0 {
			i++
			continue
		}
		id, size := block[i]>>4, int(block[i]&15)+1
		if id == 0 || id == 15 || i+1+size > len(block) { // the rest cannot be read
			clear(block[i:])
			break
		}
		if id == t.transportWide && size == 2 {
			number = at + 4 + i + 1
		}
		if to := t.to[id]; to != 0 {
			block[i] = to<<4 | block[i]&15
		} else {
			clear(block[i : i+1+size])
		}
		i += 1 + size
	}
	return number
}

// find says where the value of an extension of two bytes is; 0 if there is none. The
// packet went through rewrite before.
func find(packet []byte, id uint8) int {
	at, block := extensionBlock(packet)
	if block == nil || id == 0 {
		return 0
	}
	for i := 0; i < len(block); {
		if block[i] == 0 {
			i++
			continue
		}
		size := int(block[i]&15) + 1
		if block[i]>>4 == id && size == 2 && i+2 < len(block) {
			return at + 4 + i + 1
		}
		i += 1 + size
	}
	return 0
}

// extensionBlock of a packet that split accepts, and where its header begins.
func extensionBlock(packet []byte) (at int, block []byte) {
	if packet[0]&extended == 0 {
		return 0, nil
	}
	at = rtpHeaderSize + 4*int(packet[0]&15)
	size := 4 * int(be.Uint16(packet[at+2:]))
	return at, packet[at+4 : at+4+size]
}
