package pdq

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"omezle/models"
)

const (
	pollEvery = 5 * time.Second
	loadTime  = time.Minute
	loadPage  = 5000
)

// Store is where banks are kept.
type Store interface {
	// HashesVersion counts the changes there were.
	HashesVersion(ctx context.Context) (int, error)
	// Hashes lists hashes of a bank, or of all when it is empty, after one, in some order that does not change.
	Hashes(ctx context.Context, bank string, after models.Hash, limit int) ([]models.Hash, error)
}

// Banks are the hashes that this node knows. Run keeps them up to date.
type Banks struct {
	store   Store
	log     *slog.Logger
	now     atomic.Pointer[Index]
	wake    chan struct{}
	mu      sync.Mutex
	version int // of now; under mu
}

// NewBanks returns banks that are empty until Load or Run has loaded them.
func NewBanks(store Store, log *slog.Logger) *Banks {
	b := &Banks{store: store, log: log, version: -1, wake: make(chan struct{}, 1)}
	b.now.Store(&Index{})
	return b
}

// Index is what is known now.
func (b *Banks) Index() *Index { return b.now.Load() }

// Match is that of the present Index, for a hash as evidence has it.
func (b *Banks) Match(pdq []byte, quality int) []Match {
	hash, err := FromBytes(pdq)
	if err != nil {
		return nil
	}
	return b.Index().Match(hash, quality)
}

// Reload has Run look for changes now, and does not wait.
func (b *Banks) Reload() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run loads the banks and keeps them up to date until ctx ends. A change is known within 5 s.
func (b *Banks) Run(ctx context.Context) error {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	failing := false
	for {
		err := b.Load(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !failing { // once, not each 5 s of an outage
			b.log.Warn("the banks of hashes before stay in force", "hashes", b.Index().Len(), "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-b.wake:
		case <-poll.C:
		}
	}
}

// Load loads the banks if they have changed. After an error those before stay in force.
func (b *Banks) Load(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	version, err := b.store.HashesVersion(ctx) // before the hashes: a change meanwhile is seen the next time
	if err != nil {
		return fmt.Errorf("pdq: load banks: %w", err)
	}
	if version == b.version {
		return nil
	}
	index, err := read(ctx, b.store)
	if err != nil {
		return err
	}
	b.now.Store(index)
	b.version = version
	b.log.Info("banks of hashes loaded", "hashes", index.Len(), "version", version)
	return nil
}

var errTooMany = errors.New("pdq: more hashes than any import allows")

func read(ctx context.Context, store Store) (*Index, error) {
	var built builder
	var after models.Hash
	for total := 0; total <= MaxHashes; {
		page, err := store.Hashes(ctx, "", after, loadPage)
		if err != nil {
			return nil, fmt.Errorf("pdq: load banks: %w", err)
		}
		for i := range page {
			built.add(&page[i])
		}
		if len(page) < loadPage {
			return &built.index, nil
		}
		after = page[len(page)-1]
		total += len(page)
	}
	return nil, errTooMany
}
