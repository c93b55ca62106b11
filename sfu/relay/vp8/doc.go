// Package vp8 finds keyframes in VP8's RTP payload (RFC 7741): where one begins and
// ends, in whatever order its packets come, so that it can be copied for sampling or
// given to a viewer who comes later. It decodes nothing and keeps no packets.
//
// A Tracker has no lock: the leg's shard guards it. Payloads come from strangers; every
// length is checked, and a descriptor that promises more than there is is no VP8.
package vp8
