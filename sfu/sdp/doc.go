// Package sdp reads the offer of a browser and writes the relay's answer (RFC 9429,
// 8839, 8842, 8843).
//
// It is a template, not a general negotiation: one video section with VP8, one audio
// section with Opus, everything else refused; one BUNDLE transport with rtcp-mux; no
// simulcast, no data channel, no ICE-lite peers. Both directions are always answered
// as offered, mirrored. Attributes that are not known are left out of the answer, so
// the browser does not use what they stand for.
//
// An offer comes from a stranger: its size, the number of its sections, candidates and
// attributes are limited, and what goes into an answer is only what was recognised,
// never a line as it came, but for the Opus parameters, whose form is checked.
package sdp
