package signaling

import (
	"strings"

	"omezle/signaling/protocol"
)

// noCandidate stands for a candidate that the partner must not see: the numbering of the peer stream goes on, and
// nobody is there.
const noCandidate = "candidate:0 1 udp 1 0.0.0.0 9 typ host"

// scrub takes everything out of a message for the partner that tells an address of the sender but those of relays.
// Browsers that were told to use relays only say nothing else; others are not relied on.
func scrub(message protocol.Validator) {
	switch m := message.(type) {
	case *protocol.Description:
		m.Description.SDP = scrubSDP(m.Description.SDP)
	case *protocol.Candidate:
		if m.Candidate.Candidate == "" {
			return
		}
		line, relayed := scrubCandidate(strings.TrimPrefix(m.Candidate.Candidate, "a="))
		if !relayed {
			line = noCandidate
		}
		m.Candidate.Candidate = line
	}
}

// scrubCandidate returns a candidate line without the address behind the relay (RFC 8839 5.1: raddr, rport), and
// whether it is one of a relay.
func scrubCandidate(line string) (string, bool) {
	fields := strings.Fields(line)
	const typ = 6 // foundation component transport priority address port typ TYPE
	if len(fields) < typ+2 || !strings.EqualFold(fields[typ], "typ") || !strings.EqualFold(fields[typ+1], "relay") {
		return "", false
	}
	for i := typ + 2; i+1 < len(fields); i += 2 {
		switch strings.ToLower(fields[i]) {
		case "raddr":
			fields[i+1] = "0.0.0.0"
		case "rport":
			fields[i+1] = "9"
		}
	}
	return strings.Join(fields, " "), true
}

// scrubSDP keeps the lines of a description that WebRTC needs, with candidates of relays only and no address
// elsewhere (RFC 8866: o=, c=; RFC 3605: a=rtcp; RFC 8839: a=remote-candidates).
func scrubSDP(sdp string) string {
	var out strings.Builder
	out.Grow(len(sdp))
	for line := range strings.Lines(sdp) {
		line = strings.TrimRight(line, "\r\n")
		kind, value, ok := strings.Cut(line, "=")
		if !ok || len(kind) != 1 {
			continue
		}
		switch kind {
		case "v", "s", "t", "m", "b", "a":
		case "o":
			value = scrubOrigin(value)
		case "c":
			value = "IN IP4 0.0.0.0"
		default:
			continue // i, u, e, p, z, k, r: free text that no browser reads
		}
		if kind == "a" {
			name, rest, _ := strings.Cut(value, ":")
			switch strings.ToLower(name) {
			case "candidate":
				kept, relayed := scrubCandidate("candidate:" + rest)
				if !relayed {
					continue
				}
				value = kept
			case "rtcp":
				value = "rtcp:9 IN IP4 0.0.0.0"
			case "remote-candidates", "source-filter", "tool", "alt":
				continue
			}
		}
		if kind == "m" {
			value = scrubPort(value)
		}
		out.WriteString(kind + "=" + value + "\r\n")
	}
	return out.String()
}

// scrubOrigin keeps user name, session and version of an o= line.
func scrubOrigin(value string) string {
	fields := strings.Fields(value)
	if len(fields) != 6 {
		return "- 0 0 IN IP4 0.0.0.0"
	}
	return strings.Join(append(fields[:3], "IN", "IP4", "0.0.0.0"), " ")
}

// scrubPort puts the discard port, which means "by ICE", where a default candidate's was; 0 means a refused section.
func scrubPort(value string) string {
	fields := strings.Fields(value)
	if len(fields) > 1 && fields[1] != "0" {
		fields[1] = "9"
	}
	return strings.Join(fields, " ")
}
