package route

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

// Store is where versions of the policy are kept.
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

// PolicyName is what the versions of this policy are kept under.
const PolicyName = "route"

// InForce is a policy with what is known of its making.
type InForce struct {
	Policy *Policy
	Record models.Policy // version 0, by nobody, for the default
}

func byDefault() *InForce {
	policy := DefaultPolicy()
	document, _ := Ready(P2PWithFallback) // DefaultPolicy has read it
	return &InForce{policy, models.Policy{Name: PolicyName, Rules: compact(document)}}
}

// compact takes out the white space of a document that is JSON; nothing else changes, so it never grows.
func compact(document []byte) models.JSON {
	var buf bytes.Buffer
	if json.Compact(&buf, document) != nil {
		return document
	}
	return buf.Bytes()
}

// Keeper holds the policy that is in force on this node. Its methods are safe for concurrent use, except Subscribe, which
// is called before Run.
type Keeper struct {
	store       Store
	announce    func(version int)
	log         *slog.Logger
	subscribers []func(*Policy)

	now    atomic.Pointer[InForce]
	wanted atomic.Int64  // the newest version that was heard of
	wake   chan struct{} // capacity 1: look

	mu         sync.Mutex // held while the store is read or written, so that what is put into force is never older
	unreadable int        // version that was complained about
}

// NewKeeper returns a keeper with the default policy in force. announce tells the other nodes of a version; it must not
// wait.
func NewKeeper(store Store, announce func(version int), log *slog.Logger) *Keeper {
	k := &Keeper{store: store, announce: announce, log: log, wake: make(chan struct{}, 1)}
	k.now.Store(byDefault())
	return k
}

// Policy is the policy in force, never nil.
func (k *Keeper) Policy() *Policy { return k.now.Load().Policy }

// Decide decides by the policy in force.
func (k *Keeper) Decide(f models.RouteFacts) models.RouteDecision { return Decide(k.Policy(), f) }

// InForce is the policy in force and where it came from.
func (k *Keeper) InForce() InForce { return *k.now.Load() }

// Subscribe adds who is told of each change, by Run, one after the other: f must not wait. Changes that follow one
// another closely are told once.
func (k *Keeper) Subscribe(f func(*Policy)) { k.subscribers = append(k.subscribers, f) }

// Heard notes that a version exists, and does not wait.
func (k *Keeper) Heard(version int) {
	if version <= k.Policy().Version {
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
func (k *Keeper) Reload() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Load puts the newest version into force. After an error the policy before stays in force.
func (k *Keeper) Load(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	record, err := k.store.Newest(ctx)
	if err != nil {
		return fmt.Errorf("route: load policy: %w", err)
	}
	if record.Version == k.Policy().Version {
		return nil
	}
	if record.Version == 0 { // the database was restored
		k.now.Store(byDefault())
		return nil
	}
	policy, err := Parse(record.Rules)
	if err != nil {
		if record.Version != k.unreadable {
			k.unreadable = record.Version
			k.log.Error("a policy cannot be read, the one before stays in force", "version", record.Version, "err", err)
		}
		return nil // no use in trying again soon
	}
	k.enforce(policy, record)
	return nil
}

// Set makes a document the version after `from`, in force here at once and on the other nodes when they have heard. The
// error joins what is wrong with the document, as Parse tells it, or is the store's.
func (k *Keeper) Set(ctx context.Context, document []byte, from int, note string, by models.StaffID) (InForce, error) {
	policy, err := Parse(document)
	if err != nil {
		return InForce{}, err
	}
	record := models.Policy{Name: PolicyName, Version: from, Rules: compact(document), Note: note, By: by, At: time.Now()}
	k.mu.Lock()
	defer k.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout) // who asked may go; the others must hear
	defer cancel()
	if err := k.store.Append(ctx, &record); err != nil {
		k.Reload() // somebody was faster, perhaps
		return InForce{}, fmt.Errorf("route: set policy: %w", err)
	}
	k.enforce(policy, record)
	k.announce(record.Version)
	k.Reload() // tells the subscribers
	return InForce{policy, record}, nil
}

func (k *Keeper) enforce(policy *Policy, record models.Policy) {
	policy.Version = record.Version
	k.now.Store(&InForce{policy, record})
	k.log.Info("policy in force", "version", record.Version)
}

// Run keeps the policy up to date until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	told := k.Policy()
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
		if policy := k.Policy(); policy != told {
			told = policy
			for _, f := range k.subscribers {
				f(policy)
			}
		}
		switch {
		case err != nil && !errors.Is(err, context.Canceled):
			k.log.Warn("the policy before stays in force", "version", told.Version, "err", err)
		case k.wanted.Load() <= int64(told.Version):
			pause = firstPause
			continue
		}
		retry = time.After(pause)
		pause = min(2*pause, pollEvery)
	}
}
