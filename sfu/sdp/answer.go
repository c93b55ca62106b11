package sdp

import (
	"fmt"
	"strings"
)

// Local is the relay's side of an answer.
type Local struct {
	Ufrag, Password string
	Fingerprint     string // SHA-256, upper case
	Passive         bool   // the relay waits for the DTLS ClientHello
	Session         uint64 // number of the description, below 1<<62
	Version         int    // counts answers of this session
	Candidates      []string
	Video, Audio    Source
}

// Source is how the relay sends one stream: 0 is none.
type Source struct{ SSRC, RTX uint32 }

// stream is the name of the partner's stream in every answer.
const stream = "partner"

// Answer writes the answer.
func (o *Offer) Answer(l Local) string {
	w := &writer{}
	w.line("v=0")
	w.line("o=- %d %d IN IP4 0.0.0.0", l.Session, l.Version)
	w.line("s=-")
	w.line("t=0 0")
	var mids []string
	for _, s := range o.Sections {
		if s.Accepted {
			mids = append(mids, s.MID)
		}
	}
	w.line("a=group:BUNDLE %s", strings.Join(mids, " "))
	w.line("a=msid-semantic: WMS %s", stream)
	first := true
	for i := range o.Sections {
		s := &o.Sections[i]
		if !s.Accepted {
			w.refuse(s)
			continue
		}
		source := l.Audio
		if s.Media == "video" {
			source = l.Video
		}
		w.section(s, l, source, first)
		first = false
	}
	return w.String()
}

type writer struct{ strings.Builder }

func (w *writer) line(format string, values ...any) { fmt.Fprintf(w, format+"\r\n", values...) }

// refuse answers a section with port 0 (RFC 3264 6).
func (w *writer) refuse(s *Section) {
	media, protocol := "audio", "UDP/TLS/RTP/SAVPF"
	format := "0"
	if s.Media == "video" {
		media = s.Media
	}
	if s.Media == "application" {
		media, protocol, format = s.Media, "UDP/DTLS/SCTP", "webrtc-datachannel"
	}
	w.line("m=%s 0 %s %s", media, protocol, format)
	w.line("c=IN IP4 0.0.0.0")
	w.line("a=inactive")
	if token(s.MID) {
		w.line("a=mid:%s", s.MID)
	}
}

func (w *writer) section(s *Section, l Local, source Source, withCandidates bool) {
	formats := fmt.Sprint(s.PayloadType)
	if s.RTXPayloadType != 0 {
		formats += fmt.Sprintf(" %d", s.RTXPayloadType)
	}
	w.line("m=%s 9 UDP/TLS/RTP/SAVPF %s", s.Media, formats)
	w.line("c=IN IP4 0.0.0.0")
	w.line("a=ice-ufrag:%s", l.Ufrag)
	w.line("a=ice-pwd:%s", l.Password)
	w.line("a=ice-options:trickle")
	w.line("a=fingerprint:sha-256 %s", l.Fingerprint)
	if l.Passive {
		w.line("a=setup:passive")
	} else {
		w.line("a=setup:active")
	}
	w.line("a=mid:%s", s.MID)
	w.line("a=%s", s.Direction.mirrored())
	w.line("a=rtcp-mux")
	w.line("a=rtcp-rsize")
	w.codec(s)
	for _, e := range s.Extensions {
		w.line("a=extmap:%d %s", e.ID, e.URI)
	}
	if d := s.Direction; source.SSRC != 0 && (d == SendRecv || d == RecvOnly) {
		w.line("a=msid:%s %s", stream, s.Media)
		if source.RTX != 0 {
			w.line("a=ssrc-group:FID %d %d", source.SSRC, source.RTX)
		}
		w.line("a=ssrc:%d cname:%s", source.SSRC, stream)
		if source.RTX != 0 {
			w.line("a=ssrc:%d cname:%s", source.RTX, stream)
		}
	}
	if withCandidates {
		for _, c := range l.Candidates {
			w.line("a=candidate:%s", c)
		}
		w.line("a=end-of-candidates")
	}
}

func (w *writer) codec(s *Section) {
	pt := s.PayloadType
	w.line("a=rtpmap:%d %s", pt, codecs[s.Media])
	for _, f := range s.Feedback {
		w.line("a=rtcp-fb:%d %s", pt, f)
	}
	if s.Media == "audio" && s.Parameters != "" {
		w.line("a=fmtp:%d %s", pt, s.Parameters)
	}
	if s.RTXPayloadType != 0 {
		w.line("a=rtpmap:%d rtx/90000", s.RTXPayloadType)
		w.line("a=fmtp:%d apt=%d", s.RTXPayloadType, pt)
	}
}
