package store

import (
	"context"
	"math/rand/v2"
	"time"
)

// deliver writes a batch, however long the database is away, and returns what is
// left of it when ctx ends. Transactions run under write, so that ctx can end the
// waiting without breaking one in the middle.
//
// When the database refuses rows, the batch is halved until the ones at fault are
// alone and dropped: about twenty transactions for each in a batch of 500.
func (r *Recorder) deliver(ctx, write context.Context, batch []entry) []entry {
	var (
		size  = len(batch)
		pause = r.cfg.MinBackoff
		away  = false
	)
	for len(batch) > 0 {
		err := r.save(write, batch[:size])
		switch {
		case err == nil:
			if away {
				r.log.InfoContext(ctx, "history is written again", "queued", r.Stats().Queued)
			}
			r.settle(size, &r.stats.Written)
			batch = batch[size:]
			size, pause, away = len(batch), r.cfg.MinBackoff, false

		case rowFault(err) && size == 1:
			r.log.WarnContext(ctx, "history row refused by the database", "err", err)
			r.settle(1, &r.stats.Refused)
			batch = batch[1:]
			size = len(batch)

		case rowFault(err):
			size /= 2

		default:
			if !away {
				r.log.WarnContext(ctx, "history waits for the database", "err", err)
			}
			away = true
			select {
			case <-ctx.Done():
				return batch
			case <-time.After(pause/2 + rand.N(pause/2+1)): // spread, so that nodes do not return as one
			}
			pause = min(2*pause, r.cfg.MaxBackoff)
		}
	}
	return nil
}

func (r *Recorder) save(ctx context.Context, batch []entry) error {
	var h history
	for _, e := range batch {
		switch {
		case e.session != nil:
			h.sessions = append(h.sessions, *e.session)
		case e.pair != nil:
			h.pairs = append(h.pairs, *e.pair)
		case e.ip != nil:
			h.ips = append(h.ips, *e.ip)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, r.cfg.WriteTimeout)
	defer cancel()
	return r.db.saveHistory(ctx, h)
}

// settle takes rows off those under way and counts them.
func (r *Recorder) settle(rows int, counter *uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writing -= rows
	*counter += uint64(rows)
}
