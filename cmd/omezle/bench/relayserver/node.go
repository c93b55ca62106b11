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

// startNode starts one, which gathers packets under load or does not.
func startNode(ctx context.Context, running *sync.WaitGroup, gather bool) (*sfu.Node, error) {
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
	return n, nil
}

// newNode starts one whose keyframes are copied, or not, and looked at by nobody.
func newNode(ctx context.Context, running *sync.WaitGroup, gather, copies bool) (relay, error) {
	n, err := startNode(ctx, running, gather)
	if err != nil {
		return nil, err
	}
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
	if copies {
		return copying{node{n}}, nil
	}
	return node{n}, nil
}

func pairID(pair int) models.PairID { return models.PairID(fmt.Sprintf("pair%d", pair)) }

func (n node) join(ctx context.Context, pair, side int, body string) (string, error) {
	return n.Offer(ctx, pairID(pair), sfu.Side(side), body)
}

// copying is a node that copies every keyframe.
type copying struct{ node }

func (n copying) join(ctx context.Context, pair, side int, body string) (string, error) {
	answer, err := n.node.join(ctx, pair, side, body)
	if err == nil {
		if err = n.Sample(pairID(pair), sfu.Side(side), true); err == nil {
			err = n.AskKeyframe(pairID(pair), sfu.Side(side))
		}
	}
	return answer, err
}
