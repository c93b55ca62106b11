package versioned

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"omezle/models"
)

// Store is where the versions of one document are kept.
type Store interface {
	// Newest returns the newest version, the zero Policy when there is none.
	Newest(ctx context.Context) (models.Policy, error)
	// Append adds the version after policy.Version, which it raises, unless another was faster.
	Append(ctx context.Context, policy *models.Policy) error
}

const (
	pollEvery   = 5 * time.Second
	loadTimeout = 3 * time.Second
	firstPause  = 100 * time.Millisecond
)

// Kind is what a document is, and how it is read.
type Kind[T any] struct {
	Name    string // that its versions are kept under
	Default []byte // the document that is in force, as version 0, while nobody has set one
	// Parse reads a document of a version. Its errors are told to whoever wants to set one.
	Parse func(document []byte, version int) (*T, error)
}

// InForce is a document, as it is read, with what is known of its making.
type InForce[T any] struct {
	Value  *T            // never changed, only replaced
	Record models.Policy // version 0, by nobody, for the default
}

// Keeper holds the version that is in force on this node. Its methods are safe for concurrent use, except Subscribe,
// which is called before Run.
type Keeper[T any] struct {
	kind        Kind[T]
	byDefault   InForce[T]
	store       Store
	announce    func(version int)
	log         *slog.Logger
	subscribers []func(*T)

	now    atomic.Pointer[InForce[T]]
	wanted atomic.Int64  // the newest version that was heard of
	wake   chan struct{} // capacity 1: look

	mu         sync.Mutex // held while the store is read or written, so that what is put into force is never older
	unreadable int        // version that was complained about
}

// NewKeeper returns a keeper with the default in force, which must be readable: it is part of the program. announce
// tells the other nodes of a version; it must not wait.
func NewKeeper[T any](kind Kind[T], store Store, announce func(version int), log *slog.Logger) *Keeper[T] {
	value, err := kind.Parse(kind.Default, 0)
	if err != nil {
		panic(fmt.Errorf("versioned: the default of %s: %w", kind.Name, err))
	}
	k := &Keeper[T]{
		kind: kind, store: store, announce: announce, log: log.With("document", kind.Name), wake: make(chan struct{}, 1),
		byDefault: InForce[T]{value, models.Policy{Name: kind.Name, Rules: compact(kind.Default)}},
	}
	k.now.Store(&k.byDefault)
	return k
}

// compact takes out the white space of a document that is JSON; nothing else changes, so it never grows.
func compact(document []byte) models.JSON {
	var buf bytes.Buffer
	if json.Compact(&buf, document) != nil {
		return document
	}
	return buf.Bytes()
}

// Value is what is in force, never nil.
func (k *Keeper[T]) Value() *T { return k.now.Load().Value }

// InForce is what is in force and where it came from.
func (k *Keeper[T]) InForce() InForce[T] { return *k.now.Load() }

func (k *Keeper[T]) version() int { return k.now.Load().Record.Version }

// Subscribe adds who is told of each change, by Run, one after the other: f must not wait. Changes that follow one
// another closely are told once.
func (k *Keeper[T]) Subscribe(f func(*T)) { k.subscribers = append(k.subscribers, f) }

// Heard notes that a version exists, and does not wait.
func (k *Keeper[T]) Heard(version int) {
	if version <= k.version() {
		return
	}
	for {
		before := k.wanted.Load()
		if int64(version) <= before || k.wanted.CompareAndSwap(before, int64(version)) {
			break
		}
	}
	k.Reload()
}

// Reload has Run look at the store soon, and does not wait.
func (k *Keeper[T]) Reload() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Load puts the newest version into force. After an error the version before stays in force.
func (k *Keeper[T]) Load(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	record, err := k.store.Newest(ctx)
	if err != nil {
		return fmt.Errorf("versioned: load %s: %w", k.kind.Name, err)
	}
	if record.Version == k.version() {
		return nil
	}
	if record.Version == 0 { // the database was restored
		k.now.Store(&k.byDefault)
		return nil
	}
	value, err := k.kind.Parse(record.Rules, record.Version)
	if err != nil {
		if record.Version != k.unreadable {
			k.unreadable = record.Version
			k.log.Error("a version cannot be read, the one before stays in force", "version", record.Version, "err", err)
		}
		return nil // no use in trying again soon
	}
	k.enforce(InForce[T]{value, record})
	return nil
}

// Set makes a document the version after `from`, in force here at once and on the other nodes when they have heard. The
// error joins what is wrong with the document, as Kind.Parse tells it, or is the store's.
func (k *Keeper[T]) Set(ctx context.Context, document []byte, from int, note string, by models.StaffID) (InForce[T], error) {
	value, err := k.kind.Parse(document, from+1)
	if err != nil {
		return InForce[T]{}, err
	}
	record := models.Policy{Name: k.kind.Name, Version: from, Rules: compact(document), Note: note, By: by, At: time.Now()}
	k.mu.Lock()
	defer k.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout) // who asked may go; the others must hear
	defer cancel()
	if err := k.store.Append(ctx, &record); err != nil {
		k.Reload() // somebody was faster, perhaps
		return InForce[T]{}, fmt.Errorf("versioned: set %s: %w", k.kind.Name, err)
	}
	set := InForce[T]{value, record}
	k.enforce(set)
	k.announce(record.Version)
	k.Reload() // tells the subscribers
	return set, nil
}

func (k *Keeper[T]) enforce(set InForce[T]) {
	k.now.Store(&set)
	k.log.Info("version in force", "version", set.Record.Version)
}

// Run keeps the document up to date until ctx ends.
func (k *Keeper[T]) Run(ctx context.Context) error {
	told := k.now.Load()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	pause := firstPause
	var retry <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.wake:
		case <-poll.C:
		case <-retry:
		}
		retry = nil
		err := k.Load(ctx)
		if now := k.now.Load(); now != told {
			told = now
			for _, f := range k.subscribers {
				f(now.Value)
			}
		}
		switch {
		case err != nil && !errors.Is(err, context.Canceled):
			k.log.Warn("the version before stays in force", "version", told.Record.Version, "err", err)
		case k.wanted.Load() <= int64(told.Record.Version):
			pause = firstPause
			continue
		}
		retry = time.After(pause)
		pause = min(2*pause, pollEvery)
	}
}
