package moderation

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"omezle/models"
	"omezle/moderation/frame"
)

const (
	maxStills   = 5 // of one flag
	fileTimeout = 5 * time.Second
	lastTimeout = 3 * time.Second // for what is left when the node stops
	firstPause  = 500 * time.Millisecond
	longPause   = 30 * time.Second
)

// file is a flag on its way to reviewers: first itself, then its stills, one by one.
type file struct {
	flag   models.Flag
	stills []frame.Still // those that are not stored yet, the newest of them last
	bytes  int           // of them
	made   bool          // the flag is in the database
	known  bool          // a bank knew a still: there is a flag about that
	since  time.Time
	due    time.Time
	pause  time.Duration
}

// filing keeps flags until the database and the store of stills have taken them. It is a queue in which a file that
// cannot be stored waits, longer each time, and lets others pass.
type filing struct {
	cfg   Config
	deps  Deps
	stats *statistics
	wake  chan struct{} // capacity 1: look

	mu    sync.Mutex
	files []*file // the one under way included
	bytes int
}

func (f *filing) init(c Config, d Deps, stats *statistics) {
	f.cfg, f.deps, f.stats, f.wake = c, d, stats, make(chan struct{}, 1)
}

// add takes a flag, and does not wait. Over the bounds the stills are lost, or all of it.
func (f *filing) add(flag *models.Flag, stills []frame.Still) {
	stills = slices.Clone(stills[max(0, len(stills)-maxStills):])
	now := time.Now()
	one := &file{flag: *flag, stills: stills, since: now, due: now, pause: firstPause}
	for _, still := range stills {
		one.bytes += len(still.Frame)
	}
	f.mu.Lock()
	if len(f.files) >= f.cfg.Flags {
		f.mu.Unlock()
		f.lose(one)
		f.deps.Log.Error("a flag is lost: too many wait for the database", "flag", flag.ID, "pair", flag.Pair)
		return
	}
	if f.bytes+one.bytes > f.cfg.StillBytes {
		f.stats.stillsLost.Add(uint64(len(one.stills)))
		one.stills, one.bytes = nil, 0
	}
	f.files, f.bytes = append(f.files, one), f.bytes+one.bytes
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *filing) waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.files)
}

// lose counts what is not stored of a file.
func (f *filing) lose(one *file) {
	if !one.made {
		f.stats.flagsLost.Add(1)
	}
	f.stats.stillsLost.Add(uint64(len(one.stills)))
}

// next is the file to go on with, or how long to wait for one. A flag goes before stills of another.
func (f *filing) next(now time.Time) (best *file, wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	wait = time.Hour
	for _, one := range f.files {
		if one.due.After(now) {
			wait = min(wait, one.due.Sub(now))
			continue
		}
		if best == nil || best.made && !one.made || best.made == one.made && one.due.Before(best.due) {
			best = one
		}
	}
	return best, wait
}

func (f *filing) run(ctx context.Context) error {
	for ctx.Err() == nil {
		one, wait := f.next(time.Now())
		if one != nil {
			f.goOn(ctx, one)
			continue
		}
		select {
		case <-f.wake:
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	f.finish(context.WithoutCancel(ctx))
	return nil
}

// finish tries what is left once more.
func (f *filing) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lastTimeout)
	defer cancel()
	for {
		one, _ := f.next(time.Now().Add(longPause)) // all are due
		if one == nil {
			return
		}
		for f.step(ctx, one) == nil && !one.done() {
		}
		if !one.done() {
			f.lose(one)
			f.deps.Log.Error("a flag or its stills are lost: the node stops", "flag", one.flag.ID, "pair", one.flag.Pair)
		}
		f.drop(one)
	}
}

// goOn does the next thing about a file.
func (f *filing) goOn(ctx context.Context, one *file) {
	err := f.step(ctx, one)
	now := time.Now()
	switch {
	case err == nil && one.done():
		f.drop(one)
	case err == nil:
		one.pause = firstPause
	case ctx.Err() != nil: // it was broken off
	case errors.Is(err, models.ErrInvalid) || now.Sub(one.since) > f.cfg.KeepTrying:
		f.lose(one)
		f.deps.Log.Error("a flag or its stills are lost", "flag", one.flag.ID, "pair", one.flag.Pair, "err", err)
		f.drop(one)
	default:
		if one.pause == firstPause {
			f.deps.Log.Warn("a flag or its stills are stored later", "flag", one.flag.ID, "pair", one.flag.Pair, "err", err)
		}
		f.mu.Lock()
		one.due = now.Add(one.pause)
		f.mu.Unlock()
		one.pause = min(2*one.pause, longPause)
	}
}

func (one *file) done() bool { return one.made && len(one.stills) == 0 }

// step stores the flag, or the next still.
func (f *filing) step(ctx context.Context, one *file) error {
	ctx, cancel := context.WithTimeout(ctx, fileTimeout)
	defer cancel()
	if !one.made {
		flag := one.flag // the database fills in what is missing
		if err := f.deps.Records.CreateFlag(ctx, &flag); err != nil {
			return err
		}
		f.mu.Lock()
		one.made = true
		f.mu.Unlock()
		f.stats.flags.Add(1)
		return nil
	}
	still := one.stills[len(one.stills)-1] // the newest tells most
	known, err := f.deps.Stills.Put(ctx, one.flag.ID, still)
	if err != nil {
		return err
	}
	f.stats.stills.Add(1)
	f.mu.Lock()
	one.stills = one.stills[:len(one.stills)-1]
	one.bytes -= len(still.Frame)
	f.bytes -= len(still.Frame)
	f.mu.Unlock()
	if len(known) > 0 && !one.known {
		one.known = true
		f.stats.known.Add(1)
		f.add(knownFlag(&one.flag, still, known), nil)
	}
	return nil
}

func (f *filing) drop(one *file) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files = slices.DeleteFunc(f.files, func(other *file) bool { return other == one })
	f.bytes -= one.bytes
}
