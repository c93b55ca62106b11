package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

const (
	firstPause = 250 * time.Millisecond
	longPause  = 4 * time.Second
)

// await calls try until it works, with growing pauses, and gives up at the end
// of limit with a sentence that names what. It logs each failure, so that a
// node that does not come up tells why. An error that again refuses is returned
// at once.
func await(ctx context.Context, log *slog.Logger, what string, limit time.Duration, again func(error) bool, try func(context.Context) error) error {
	told := ctx
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if !again(err) {
			return err
		}
		log.Warn("waiting for a service that does not answer", "service", what, "err", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			if told.Err() != nil {
				return fmt.Errorf("stopped while waiting for %s: %w", what, err)
			}
			return fmt.Errorf("%s did not answer within %v: %w", what, limit, err)
		}
	}
}
