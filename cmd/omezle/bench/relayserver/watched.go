package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"sync"
	"time"

	"omezle/models"
	"omezle/moderation/frame"
	"omezle/sfu"
)

// stuckFor is how long the classifier thinks about each picture.
const stuckFor = 5 * time.Second

// watched is the SFU as the service runs it: with a sampler that looks at every picture once a second, and a
// classifier that is stuck with each.
type watched struct {
	node
	sampler *frame.Sampler
}

func newWatched(ctx context.Context, running *sync.WaitGroup) (relay, error) {
	n, err := startNode(ctx, running, true)
	if err != nil {
		return nil, err
	}
	config := frame.DefaultConfig()
	config.DenseStart, config.BudgetPercent = time.Hour, 100
	w := watched{node{n}, frame.New(config, frame.Deps{
		Source: source{n}, Judge: stuck{},
		Rules:   func() *frame.Rules { return nil },
		Alarmed: func(frame.Alarm) {},
		Looked:  func(models.Leg, models.Look) {},
		Log:     slog.New(slog.DiscardHandler),
	})}
	running.Go(func() {
		if err := w.sampler.Run(ctx); err != nil {
			log.Print(err)
		}
	})
	running.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case k := <-n.Keyframes():
				w.sampler.Keyframe(k.Pair, models.Side(k.Side), k.Frame)
			case <-n.Events():
			}
		}
	})
	return w, nil
}

func (w watched) join(ctx context.Context, pair, side int, body string) (string, error) {
	id := pairID(pair)
	answer, err := w.Offer(ctx, id, sfu.Side(side), body)
	if err == nil {
		leg := models.Leg{Session: models.SessionID(fmt.Sprintf("%s-%d", id, side)), Pair: id, Side: models.Side(side), Epoch: 1}
		w.sampler.Watch(leg, models.SamplingDense)
	}
	return answer, err
}

// looks is what has become of what should have been looked at.
func (w watched) looks() (shed, judged uint64) {
	stats := w.sampler.Stats()
	return stats.Shed.Total(), stats.Judged
}

// source is the SFU in the sampler's words.
type source struct{ node *sfu.Node }

func (s source) Sample(pair models.PairID, side models.Side, on bool) error {
	return s.node.Sample(pair, sfu.Side(side), on)
}

func (s source) AskKeyframe(pair models.PairID, side models.Side) error {
	return s.node.AskKeyframe(pair, sfu.Side(side))
}

func (s source) SentBPS(pair models.PairID, side models.Side) int {
	return s.node.SentBPS(pair, sfu.Side(side))
}

// stuck judges nothing for a long time.
type stuck struct{}

func (stuck) Judge(ctx context.Context, _ []byte) (frame.Judged, error) {
	select {
	case <-ctx.Done():
		return frame.Judged{}, ctx.Err()
	case <-time.After(stuckFor):
		return frame.Judged{}, nil
	}
}
