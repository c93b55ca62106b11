package relay

import (
	"context"
	"errors"
	"fmt"
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

// Run writes until ctx ends or the path is closed.
func (o *Outbox) Run(ctx context.Context) error {
	for {
		var p parcel
		select {
		case p = <-o.others:
		default:
			select {
			case <-ctx.Done():
				return nil
			case p = <-o.others:
			case p = <-o.video:
			}
		}
		if time.Since(p.since) > outboxAge {
			o.dropped.Add(1)
		} else if _, err := o.to.Write(p.packet); err != nil {
			if errors.Is(err, io.ErrClosedPipe) || ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("relay: outbox: %w", err)
		}
		o.recycle(p)
	}
}
