package frame

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Worker judges frames of other nodes (see Remote), on a node with the role classifier. Any number of them share the
// work. What a worker that died had taken is taken over by another in time; a frame that is too old by then, or whose
// asker waits no more, goes unjudged.
type Worker struct {
	client redis.UniversalClient
	judge  Judger
	name   string
	log    *slog.Logger
	stale  time.Duration
	free   chan struct{} // a token for each that may judge
}

// NewWorker returns the worker of the node of that name, which judges atOnce frames at the same time.
func NewWorker(client redis.UniversalClient, judge Judger, node string, atOnce int, log *slog.Logger) *Worker {
	w := &Worker{client: client, judge: judge, name: node, log: log, stale: remoteStale, free: make(chan struct{}, max(1, atOnce))}
	for range cap(w.free) {
		w.free <- struct{}{}
	}
	return w
}

// Run judges until ctx is done, and waits for the judgements under way.
func (w *Worker) Run(ctx context.Context) error {
	var judging sync.WaitGroup
	defer judging.Wait()
	var away backoff
	var claimed time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.free:
		}
		message, err := w.next(ctx, &claimed)
		if message != nil {
			away.reset()
			judging.Go(func() {
				w.handle(ctx, *message)
				w.free <- struct{}{}
			})
			continue
		}
		w.free <- struct{}{}
		if err == nil {
			away.reset()
			continue
		}
		if ctx.Err() == nil && away.last == 0 {
			w.log.Warn("frames of other nodes cannot be read", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(away.next()):
		}
	}
}

// next takes a frame: one that its judge has left lying, now and then, else a new one. It is nil when none came.
func (w *Worker) next(ctx context.Context, claimed *time.Time) (*redis.XMessage, error) {
	if time.Since(*claimed) > readFor {
		messages, _, err := w.client.XAutoClaim(ctx, &redis.XAutoClaimArgs{
			Stream: streamKey, Group: group, Consumer: w.name, MinIdle: claimAfter, Start: "0", Count: 1,
		}).Result()
		if err != nil {
			return nil, w.failed(ctx, "take over", err)
		}
		if len(messages) > 0 && messages[0].Values != nil {
			return &messages[0], nil // there may be more
		}
		*claimed = time.Now()
	}
	streams, err := w.client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: group, Consumer: w.name, Streams: []string{streamKey, ">"}, Count: 1, Block: readFor,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, w.failed(ctx, "read", err)
	}
	if len(streams) == 0 || len(streams[0].Messages) == 0 {
		return nil, nil
	}
	return &streams[0].Messages[0], nil
}

// failed makes the group when it is not there: nobody made it yet, or the stream has expired unused.
func (w *Worker) failed(ctx context.Context, what string, err error) error {
	if !strings.HasPrefix(err.Error(), "NOGROUP") {
		return fmt.Errorf("frame: %s: %w", what, err)
	}
	err = w.client.XGroupCreateMkStream(ctx, streamKey, group, "0").Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return fmt.Errorf("frame: make the group: %w", err)
	}
	return nil
}

// handle judges one entry, and ends it whatever came of it.
func (w *Worker) handle(ctx context.Context, message redis.XMessage) {
	id, _ := message.Values["id"].(string)
	node, _ := message.Values["node"].(string)
	frame, _ := message.Values["frame"].(string)
	said := ""
	if age, err := ageScript.Run(ctx, w.client, []string{streamKey}, message.ID).Int64(); err != nil {
		w.log.Debug("a frame of another node is left to others", "err", err)
		return
	} else if age >= 0 && age < w.stale.Milliseconds() && node != "" {
		judged, err := w.judge.Judge(ctx, []byte(frame))
		if ctx.Err() != nil && err != nil {
			return // cut short: another takes it over
		}
		if said, err = answerOf(id, judged, err); err != nil {
			w.log.Warn("a judgement cannot be told", "err", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	err := answerScript.Run(ctx, w.client, []string{streamKey, answersKey + node}, group, message.ID, said, maxAnswers, answersLive.Milliseconds()).Err()
	if err != nil {
		w.log.Debug("a judgement does not reach its node", "err", err)
	}
}
