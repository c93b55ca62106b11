package signaling

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"omezle/signaling/protocol"
)

const leakyOffer = "v=0\r\no=- 46117327 2 IN IP4 198.51.100.9\r\ns=-\r\ni=from 198.51.100.9\r\nt=0 0\r\na=group:BUNDLE 0\r\n" +
	"m=audio 50123 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 198.51.100.9\r\na=rtcp:50124 IN IP4 198.51.100.9\r\n" +
	"a=candidate:1 1 udp 2113937151 198.51.100.9 50123 typ host generation 0\r\n" +
	"a=candidate:2 1 udp 1677729535 198.51.100.9 50123 typ srflx raddr 198.51.100.9 rport 50123\r\n" +
	"a=candidate:3 1 udp 33562367 203.0.113.1 60000 typ relay raddr 198.51.100.9 rport 50123 generation 0\r\n" +
	"a=remote-candidates:1 198.51.100.9 50123\r\na=ice-ufrag:abcd\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"

func TestADescriptionTellsNoAddressButTheRelays(t *testing.T) {
	message := &protocol.Description{Description: protocol.SDP{Type: protocol.SDPOffer, SDP: leakyOffer}}
	scrub(message)
	sdp := message.Description.SDP
	if strings.Contains(sdp, "198.51.100.9") || strings.Contains(sdp, "50123") || strings.Contains(sdp, "50124") {
		t.Fatalf("an address is left in\n%s", sdp)
	}
	for _, kept := range []string{
		"a=candidate:3 1 udp 33562367 203.0.113.1 60000 typ relay raddr 0.0.0.0 rport 9 generation 0\r\n",
		"o=- 46117327 2 IN IP4 0.0.0.0\r\n", "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "a=ice-ufrag:abcd\r\n", "a=rtpmap:111 opus/48000/2\r\n", "a=mid:0\r\n",
	} {
		if !strings.Contains(sdp, kept) {
			t.Errorf("without %q:\n%s", kept, sdp)
		}
	}
}

func TestACandidateTellsNoAddressButTheRelays(t *testing.T) {
	for given, want := range map[string]string{
		"": "",
		"candidate:1 1 udp 2113937151 198.51.100.9 50123 typ host":                                 noCandidate,
		"a=candidate:2 1 udp 1677729535 198.51.100.9 50123 typ srflx raddr 10.0.0.1 rport 5":       noCandidate,
		"candidate:3 1 udp 335 203.0.113.1 60000 typ relay raddr 198.51.100.9 rport 50123 ufrag x": "candidate:3 1 udp 335 203.0.113.1 60000 typ relay raddr 0.0.0.0 rport 9 ufrag x",
		"candidate:1 1 udp 1 198.51.100.9 1 typ host typ relay":                                    noCandidate,
		"candidate:typ relay": noCandidate,
	} {
		message := &protocol.Candidate{Candidate: protocol.ICECandidate{Candidate: given}}
		scrub(message)
		if message.Candidate.Candidate != want {
			t.Errorf("%q became %q, want %q", given, message.Candidate.Candidate, want)
		}
	}
}

var dotted = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+`)

func FuzzScrubSDP(f *testing.F) {
	f.Add(leakyOffer)
	f.Add("v=0\na=candidate:x\nc=IN IP6 2001:db8::1\n")
	f.Fuzz(func(t *testing.T, sdp string) {
		out := scrubSDP(sdp)
		if again := scrubSDP(out); again != out {
			t.Fatalf("%q became %q", out, again)
		}
		for line := range strings.Lines(out) {
			for _, kind := range []string{"o=", "c="} {
				if rest, ok := strings.CutPrefix(line, kind); ok {
					for _, text := range dotted.FindAllString(rest, -1) {
						if a, err := netip.ParseAddr(text); err == nil && !a.IsUnspecified() && !strings.HasPrefix(rest, text) && kind == "c=" {
							t.Fatalf("%q has %s", line, a)
						}
					}
				}
			}
		}
	})
}
