package frame

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// RemoteAtOnce is how many frames a node that has others judge may have under way: Deps.AtOnce.
const RemoteAtOnce = 32

// ErrNoAnswer is wrapped when no node judged a frame in time.
var ErrNoAnswer = errors.New("no classifier answered")

// Remote is a Judger that has nodes with the role classifier judge (see Worker). Frames are in Redis for seconds, and
// nowhere else.
type Remote struct {
	client  redis.UniversalClient
	name    string // of this process, new with each start: what was asked before is nobody's
	log     *slog.Logger
	stale   time.Duration
	asked   atomic.Uint64
	mu      sync.Mutex
	waiting map[string]chan answer
}

// NewRemote returns a Judger for the node of that name. It needs Run.
func NewRemote(client redis.UniversalClient, node string, log *slog.Logger) *Remote {
	return &Remote{
		client: client, name: node + "-" + rand.Text(), log: log, stale: remoteStale, waiting: map[string]chan answer{},
	}
}

// Judge sends the keyframe and waits for the answer, for two seconds at the most.
func (r *Remote) Judge(ctx context.Context, keyframe []byte) (Judged, error) {
	ctx, cancel := context.WithTimeout(ctx, r.stale)
	defer cancel()
	id := strconv.FormatUint(r.asked.Add(1), 36)
	came := make(chan answer, 1)
	r.mu.Lock()
	r.waiting[id] = came
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.waiting, id)
		r.mu.Unlock()
	}()
	entry, err := addScript.Run(ctx, r.client, []string{streamKey}, maxEntries, streamLives.Milliseconds(), id, r.name, keyframe).Text()
	if err != nil {
		return Judged{}, fmt.Errorf("frame: send to a classifier: %w", err)
	}
	select {
	case a := <-came:
		return a.judged()
	case <-ctx.Done():
		r.withdraw(context.WithoutCancel(ctx), entry)
		return Judged{}, fmt.Errorf("frame: %w", ErrNoAnswer)
	}
}

// withdraw removes a frame that nobody wants judged any more. Should that fail it goes with the stream.
func (r *Remote) withdraw(ctx context.Context, entry string) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := r.client.XDel(ctx, streamKey, entry).Err(); err != nil {
		r.log.Debug("a frame stays in the queue until it expires", "err", err)
	}
}

// Run takes the answers until ctx is done.
func (r *Remote) Run(ctx context.Context) error {
	var away backoff
	for ctx.Err() == nil {
		got, err := r.client.BLPop(ctx, time.Second, answersKey+r.name).Result()
		switch {
		case errors.Is(err, redis.Nil):
			away.reset()
		case err != nil:
			if ctx.Err() == nil && away.last == 0 {
				r.log.Warn("answers of classifiers cannot be read", "err", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(away.next()):
			}
		default:
			away.reset()
			r.deliver(got[1])
		}
	}
	return nil
}

func (r *Remote) deliver(text string) {
	var a answer
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		r.log.Warn("an answer of a classifier cannot be read", "err", err)
		return
	}
	r.mu.Lock()
	came := r.waiting[a.ID]
	delete(r.waiting, a.ID) // a second answer has nobody who waits
	r.mu.Unlock()
	if came != nil {
		came <- a
	}
}
