package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"omezle/models"
)

// RecorderConfig says how history is written behind.
type RecorderConfig struct {
	Queue        int           // rows kept while the database is slow or away
	Batch        int           // rows a transaction
	Interval     time.Duration // the longest a row waits for its batch to fill
	WriteTimeout time.Duration // a transaction that takes longer has failed
	MinBackoff   time.Duration // pause after the first failure, doubled by each further one
	MaxBackoff   time.Duration // the longest pause
	StopTimeout  time.Duration // to write what is queued when the recorder is told to stop
}

// DefaultRecorderConfig returns the defaults. A full queue holds about 20 MB.
func DefaultRecorderConfig() RecorderConfig {
	return RecorderConfig{
		Queue:        65536,
		Batch:        500,
		Interval:     500 * time.Millisecond,
		WriteTimeout: 10 * time.Second,
		MinBackoff:   100 * time.Millisecond,
		MaxBackoff:   5 * time.Second,
		StopTimeout:  5 * time.Second,
	}
}

// Validate returns every problem of the configuration.
func (c RecorderConfig) Validate() error {
	var errs []error
	if c.Batch < 1 || c.Batch > 2000 {
		errs = append(errs, fmt.Errorf("store: recorder batch of %d rows, want 1 to 2000", c.Batch))
	}
	if c.Queue < c.Batch {
		errs = append(errs, fmt.Errorf("store: recorder queue of %d rows is smaller than a batch", c.Queue))
	}
	if c.Interval <= 0 || c.WriteTimeout <= 0 || c.StopTimeout <= 0 || c.MinBackoff <= 0 {
		errs = append(errs, errors.New("store: recorder times must be positive"))
	}
	if c.MaxBackoff < c.MinBackoff {
		errs = append(errs, errors.New("store: recorder longest backoff is shorter than the shortest"))
	}
	return errors.Join(errs...)
}

// RecorderStats counts rows since the recorder was made.
type RecorderStats struct {
	Queued  int    // waiting now, with the batch being written
	Written uint64 // in the database; rows of one key in one batch count each
	Dropped uint64 // lost: the queue was full, or they came after the end
	Refused uint64 // lost: the database did not take the row itself
}

// Recorder writes history behind: whoever records never waits for the database.
// Rows are written in the order in which they were recorded. Session, Pair, IP
// and Stats are safe for concurrent use, and work before and while Run does.
//
// A transaction whose connection breaks at the commit may be written twice.
// Sessions and pairs do not mind; the counters of addresses may then be too high.
type Recorder struct {
	db   historian
	cfg  RecorderConfig
	log  *slog.Logger
	wake chan struct{} // one place: there is work, or a full batch of it

	mu      sync.Mutex // protects what follows
	queue   ring[entry]
	writing int // rows taken from the queue and not yet settled
	stats   RecorderStats
	ended   bool
}

// historian is what the recorder needs of a Store.
type historian interface {
	saveHistory(ctx context.Context, h history) error
}

// entry is one recorded row: one of the three.
type entry struct {
	session *models.Session
	pair    *models.Pair
	ip      *models.IPStat
}

// NewRecorder makes a recorder that writes to store; Run does the work. The
// configuration must be valid.
func NewRecorder(store *Store, cfg RecorderConfig, log *slog.Logger) *Recorder {
	return newRecorder(store, cfg, log)
}

func newRecorder(db historian, cfg RecorderConfig, log *slog.Logger) *Recorder {
	return &Recorder{
		db:    db,
		cfg:   cfg,
		log:   log,
		wake:  make(chan struct{}, 1),
		queue: ring[entry]{limit: cfg.Queue},
	}
}

// Session records a session as it is now. It never blocks: with a full queue the
// oldest row is dropped and counted. What the row points to must not change later.
func (r *Recorder) Session(session models.Session) { r.push(entry{session: &session}) }

// Pair records a pair as it is now, without blocking, as Session does.
func (r *Recorder) Pair(pair models.Pair) { r.push(entry{pair: &pair}) }

// IP adds to what is known of an address, without blocking, as Session does.
func (r *Recorder) IP(increment models.IPStat) { r.push(entry{ip: &increment}) }

// Stats returns the present counts.
func (r *Recorder) Stats() RecorderStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	stats := r.stats
	stats.Queued = r.queue.len() + r.writing
	return stats
}

func (r *Recorder) push(e entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		r.stats.Dropped++
		return
	}
	if r.queue.push(e) {
		r.stats.Dropped++
	}
	if n := r.queue.len(); n == 1 || n == r.cfg.Batch {
		select {
		case r.wake <- struct{}{}:
		default: // it has yet to look, and will see this row too
		}
	}
}

// Run writes until ctx ends, then what is left for StopTimeout at the most; a
// transaction under way at that moment is finished first. It returns an error
// when rows were left over. It is to be called once.
func (r *Recorder) Run(ctx context.Context) error {
	defer r.end()
	var batch []entry
	for r.await(ctx) {
		batch = r.deliver(ctx, context.WithoutCancel(ctx), r.take())
	}
	flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.cfg.StopTimeout)
	defer cancel()
	for flush.Err() == nil {
		if len(batch) == 0 {
			batch = r.take()
		}
		if len(batch) == 0 {
			return nil
		}
		batch = r.deliver(flush, flush, batch)
	}
	if left := r.Stats().Queued; left > 0 {
		return fmt.Errorf("store: recorder stopped with %d rows unwritten: %w", left, flush.Err())
	}
	return nil
}

// end makes later rows count as dropped, with those that could not be written.
func (r *Recorder) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	r.stats.Dropped += uint64(r.queue.len() + r.writing)
	r.queue, r.writing = ring[entry]{limit: r.cfg.Queue}, 0
}

// await returns true once there is a full batch, or a row has waited for
// Interval; false when ctx has ended.
func (r *Recorder) await(ctx context.Context) bool {
	var due <-chan time.Time
	for {
		switch n := r.waiting(); {
		case ctx.Err() != nil:
			return false
		case n >= r.cfg.Batch:
			return true
		case n > 0 && due == nil:
			due = time.After(r.cfg.Interval)
		}
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-due:
			return ctx.Err() == nil
		}
	}
}

func (r *Recorder) waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.queue.len()
}

func (r *Recorder) take() []entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	batch := make([]entry, min(r.queue.len(), r.cfg.Batch))
	for i := range batch {
		batch[i] = r.queue.pop()
	}
	r.writing = len(batch)
	return batch
}
