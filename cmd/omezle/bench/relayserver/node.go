package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"sync"

	"omezle/models"
	"omezle/sfu"
)

// node is the SFU of this project.
type node struct {
	*sfu.Node
}

// newNode starts one, which gathers packets under load or does not.
func newNode(ctx context.Context, running *sync.WaitGroup, gather bool) (relay, error) {
	c := sfu.DefaultConfig()
	c.Listen = "127.0.0.1:0"
	if !gather {
		c.Gather = 0
	}
	n, err := sfu.New(c, sfu.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	running.Go(func() {
		if err := n.Run(ctx); err != nil {
			log.Print(err)
		}
	})
	running.Go(func() { // a consumer of keyframes, as moderation is one
		for {
			select {
			case <-ctx.Done():
				return
			case <-n.Keyframes():
			case <-n.Events():
			}
		}
	})
	return node{n}, nil
}

func (n node) join(ctx context.Context, pair, side int, body string) (string, error) {
	id := models.PairID(fmt.Sprintf("pair%d", pair))
	answer, err := n.Offer(ctx, id, sfu.Side(side), body)
	if err == nil {
		if err = n.Sample(id, sfu.Side(side), true); err == nil {
			err = n.AskKeyframe(id, sfu.Side(side))
		}
	}
	return answer, err
}
