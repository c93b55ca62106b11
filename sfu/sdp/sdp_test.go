package sdp

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write the answers again")

var known = []string{
	"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
	"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
	"urn:ietf:params:rtp-hdrext:ssrc-audio-level",
	"urn:3gpp:video-orientation",
	"urn:ietf:params:rtp-hdrext:sdes:mid",
}

var local = Local{
	Ufrag: "relayufrag", Password: "relaypasswordrelaypassword", Fingerprint: "AA:BB:CC", Session: 42, Version: 1,
	Candidates: []string{"1 1 udp 2130706431 203.0.113.7 7000 typ host", "2 1 tcp 1526726655 203.0.113.7 443 typ host tcptype passive"},
	Video:      Source{SSRC: 11, RTX: 12}, Audio: Source{SSRC: 13},
}

func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The offers of Chromium, Firefox, aiortc and GStreamer's webrtcbin were recorded from
// them; Safari's is written after its form: H.264 first, VP8 under another number, no
// SSRCs.
func TestOffersOfBrowsersAndOthersAreAnswered(t *testing.T) {
	for name, want := range map[string]struct {
		video, rtx, audio uint8
		announced         bool
	}{
		"chromium": {96, 97, 111, true},
		"firefox":  {120, 124, 109, true},
		"safari":   {100, 101, 111, false},
		"aiortc":   {97, 98, 96, true},
		// Without RTX, and with a section that is in the bundle only.
		"gstreamer": {96, 0, 97, true},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := Parse(read(t, name+".offer.sdp"), known)
			if err != nil {
				t.Fatal(err)
			}
			v, a := o.Video(), o.Audio()
			if v == nil || a == nil || v.PayloadType != want.video || v.RTXPayloadType != want.rtx || a.PayloadType != want.audio {
				t.Fatalf("video %+v\naudio %+v", v, a)
			}
			if (v.SSRC != 0) != want.announced || (v.RTX != 0) != (want.announced && want.rtx != 0) {
				t.Errorf("sources %d and %d", v.SSRC, v.RTX)
			}
			answer := o.Answer(local)
			golden := filepath.Join("testdata", name+".answer.sdp")
			if *update {
				if err := os.WriteFile(golden, []byte(answer), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(read(t, name+".answer.sdp"), answer); diff != "" {
				t.Errorf("answer (-golden +now):\n%s", diff)
			}
			parsed := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}
			if _, err := parsed.Unmarshal(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOtherSectionsAreRefused(t *testing.T) {
	text := read(t, "chromium.offer.sdp") +
		"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\n" +
		"m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:3\r\na=rtpmap:96 VP8/90000\r\n"
	o, err := Parse(text, known)
	if err != nil {
		t.Fatal(err)
	}
	answer := o.Answer(local)
	for _, line := range []string{"a=group:BUNDLE 0 1\r\n", "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n", "m=video 0 UDP/TLS/RTP/SAVPF 0\r\n"} {
		if !strings.Contains(answer, line) {
			t.Errorf("no %q in\n%s", line, answer)
		}
	}
}

func TestPortZeroRefusesUnlessTheSectionIsBundleOnly(t *testing.T) {
	offer := read(t, "firefox.offer.sdp")
	for name, c := range map[string]struct {
		attribute string
		want      bool
	}{
		"refused by the offerer":   {"", false},
		"bundle-only (RFC 9143 6)": {"a=bundle-only\r\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer("m=video 9 ", "m=video 0 ", "a=mid:1\r\n", "a=mid:1\r\n"+c.attribute).Replace(offer)
			o, err := Parse(text, known)
			if err != nil {
				t.Fatal(err)
			}
			if got := o.Video() != nil; got != c.want || o.Audio() == nil {
				t.Errorf("video is taken: %v", got)
			}
		})
	}
}

func TestUselessOffersAreRefused(t *testing.T) {
	good := read(t, "chromium.offer.sdp")
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":                      {"", ErrUnsupported},
		"noise":                      {"hello", ErrMalformed},
		"far too long":               {good + strings.Repeat("a=x\r\n", MaxSize), ErrMalformed},
		"without codecs we relay":    {strings.NewReplacer("VP8", "VP7", "opus", "speex").Replace(good), ErrUnsupported},
		"without credentials":        {strings.ReplaceAll(good, "a=ice-pwd:", "a=x-pwd:"), ErrMalformed},
		"with a line in the ufrag":   {strings.ReplaceAll(good, "a=ice-ufrag:", "a=ice-ufrag: "), ErrMalformed},
		"without a fingerprint":      {strings.ReplaceAll(good, "a=fingerprint:", "a=x-fingerprint:"), ErrMalformed},
		"with an unknown DTLS setup": {strings.ReplaceAll(good, "a=setup:actpass", "a=setup:holdconn"), ErrMalformed},
		"of ICE-lite":                {strings.ReplaceAll(good, "a=extmap-allow-mixed\r\na=msid", "a=ice-lite\r\na=msid"), ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(c.text, known); !errors.Is(err, c.want) {
				t.Errorf("%v instead of %v", err, c.want)
			}
		})
	}
}

// Port 0 refuses a section, unless it is only for a bundle, as Firefox offers under max-bundle.
func TestASectionOnlyForTheBundleIsAccepted(t *testing.T) {
	offer := read(t, "firefox.offer.sdp")
	at := strings.Index(offer, "m=video ")
	refused := offer[:at] + "m=video 0" + strings.TrimLeft(offer[at+len("m=video "):], "0123456789")
	for text, want := range map[string]bool{
		refused: false,
		strings.Replace(refused, "a=mid:1", "a=bundle-only\r\na=mid:1", 1): true,
	} {
		o, err := Parse(text, known)
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Video() != nil; got != want {
			t.Errorf("video accepted: %v, want %v, in\n%s", got, want, text)
		}
	}
}

func TestDirectionsAreMirrored(t *testing.T) {
	text := strings.ReplaceAll(read(t, "chromium.offer.sdp"), "a=sendrecv", "a=sendonly")
	o, err := Parse(text, known)
	if err != nil {
		t.Fatal(err)
	}
	answer := o.Answer(local)
	if strings.Count(answer, "a=recvonly\r\n") != 2 || strings.Contains(answer, "a=ssrc:") {
		t.Error(answer)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"chromium", "firefox", "safari", "aiortc", "gstreamer"} {
		f.Add(read(f, name+".offer.sdp"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := Parse(text, known)
		if err != nil {
			return
		}
		answer := o.Answer(local)
		// Whatever came in, lines of the answer are ours, and it can be read.
		for line := range strings.SplitSeq(strings.TrimSuffix(answer, "\r\n"), "\r\n") {
			if len(line) < 3 || line[1] != '=' || strings.ContainsAny(line, "\r\n\x00") {
				t.Fatalf("line %q", line)
			}
		}
		parsed := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}
		if _, err := parsed.Unmarshal(); err != nil {
			t.Fatalf("%v in\n%s", err, answer)
		}
	})
}
