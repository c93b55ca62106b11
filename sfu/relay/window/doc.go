// Package window knows which sequence numbers of one RTP stream have come, by
// whichever way (as they are, or as RTX), and which to ask for again.
//
// Its first duty is that no number is accepted twice. What a leg forwards keeps the
// publisher's numbering, so a number accepted twice would be an SRTP index used
// twice under one key, which breaks AES-GCM. When in doubt a packet is refused.
//
// A Window has no lock and no clock: the leg's shard guards it, times are passed in.
package window
