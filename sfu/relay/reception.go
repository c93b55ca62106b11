package relay

import (
	"time"

	"omezle/sfu/relay/window"
)

// reception is what the receiver reports of one stream need (RFC 3550 6.4.1, A.3, A.8).
type reception struct {
	jitter    float64 // timestamp units
	transit   int64
	measuring bool

	expected, received int64 // at the last report

	senderReport   uint32 // middle 32 bits of its NTP time
	senderReportAt time.Duration
}

func (r *reception) restart() { *r = reception{} }

// arrived measures jitter; not for RTX, which comes late by nature.
func (r *reception) arrived(timestamp, clock uint32, now time.Duration) {
	transit := int64(now)/1000*int64(clock)/1_000_000 - int64(timestamp)
	if r.measuring {
		d := int64(int32(transit - r.transit))
		r.jitter += (float64(max(d, -d)) - r.jitter) / 16
	}
	r.transit, r.measuring = transit, true
}

// appendBlock appends a report block.
func (r *reception) appendBlock(b []byte, ssrc uint32, c window.Counts, now time.Duration) []byte {
	expected, received := c.Expected-r.expected, c.Received-r.received
	r.expected, r.received = c.Expected, c.Received
	fraction := uint32(0)
	if expected > received && expected > 0 {
		fraction = uint32((expected - received) << 8 / expected)
	}
	lost := min(max(c.Expected-c.Received, 0), 0x7fffff)
	b = be.AppendUint32(b, ssrc)
	b = be.AppendUint32(b, min(fraction, 255)<<24|uint32(lost))
	b = be.AppendUint32(b, c.Highest)
	b = be.AppendUint32(b, uint32(r.jitter))
	b = be.AppendUint32(b, r.senderReport)
	delay := uint32(0)
	if r.senderReport != 0 {
		delay = uint32((now - r.senderReportAt) * 65536 / time.Second)
	}
	return be.AppendUint32(b, delay)
}
