package relay

import (
	"context"
	"io"
	"sync/atomic"
	"time"
)

const (
	outboxVideo  = 128 // packets: under 200 ms at 6 Mbit/s
	outboxOthers = 64
	outboxAge    = 200 * time.Millisecond
)

// Outbox carries packets to a path whose writes may block (ICE-TCP), so that no slow
// receiver holds up a shard. Sound and feedback go before video; a packet that finds
// its queue full is dropped, and so is what has waited for 200 ms.
type Outbox struct {
	to            io.Writer
	video, others chan parcel
	free          chan []byte
	dropped       atomic.Uint64
}

type parcel struct {
	packet []byte
	since  time.Time
}

// NewOutbox makes an outbox; the caller runs Run.
func NewOutbox(to io.Writer) *Outbox {
	return &Outbox{
		to: to, video: make(chan parcel, outboxVideo), others: make(chan parcel, outboxOthers),
		free: make(chan []byte, outboxVideo+outboxOthers),
	}
}

// put copies a packet into the queue.
func (o *Outbox) put(packet []byte, sheddable bool) {
	queue := o.others
	if sheddable {
		queue = o.video
	}
	var b []byte
	select {
	case b = <-o.free:
	default:
	}
	p := parcel{append(b[:0], packet...), time.Now()}
	select {
	case queue <- p:
	default:
		o.dropped.Add(1)
		o.recycle(p)
	}
}

func (o *Outbox) recycle(p parcel) {
	select {
	case o.free <- p.packet:
	default:
	}
}

// Run writes until ctx ends. What cannot be written is dropped too: whether the leg
// still has a path is for its owner to find out.
func (o *Outbox) Run(ctx context.Context) {
	for {
		var p parcel
		select {
		case p = <-o.others:
		default:
			select {
			case <-ctx.Done():
				return
			case p = <-o.others:
			case p = <-o.video:
			}
		}
		if time.Since(p.since) > outboxAge {
			o.dropped.Add(1)
		} else if _, err := o.to.Write(p.packet); err != nil {
			o.dropped.Add(1)
		}
		o.recycle(p)
	}
}
