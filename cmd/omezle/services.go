package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

var errEndedByItself = errors.New("it ended by itself")

// services runs the long-lived parts of a node and stops them in the reverse
// order of their start, each waited for before the next is told. It belongs to
// one goroutine.
type services struct {
	log     *slog.Logger
	running []service
	failed  chan error // the first failure; further ones are logged
}

type service struct {
	name string
	end  func() // returns when it has ended
}

func newServices(log *slog.Logger) *services {
	return &services{log: log, failed: make(chan error, 1)}
}

// start runs run on a goroutine until stop cancels its context. A run that
// returns before that, with or without an error, has failed.
func (s *services) start(name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	s.running = append(s.running, service{name, func() { cancel(); <-ended }})
	go func() {
		defer close(ended)
		err := run(ctx)
		switch {
		case ctx.Err() == nil:
			s.fail(fmt.Errorf("%s: %w", name, orDefault(err, errEndedByItself)))
		case err != nil && !errors.Is(err, context.Canceled):
			s.log.Warn("a part of the node did not end well", "service", name, "err", err)
		}
	}()
}

// hold has end called in its place of the stop order.
func (s *services) hold(name string, end func() error) {
	s.running = append(s.running, service{name, func() {
		if err := end(); err != nil {
			s.log.Warn("a part of the node did not end well", "service", name, "err", err)
		}
	}})
}

func (s *services) fail(err error) {
	select {
	case s.failed <- err:
	default:
		s.log.Error("another part of the node failed", "err", err)
	}
}

func orDefault(err, otherwise error) error {
	if err == nil {
		return otherwise
	}
	return err
}

// stop ends everything, the last started first. It may be called again.
func (s *services) stop() {
	for len(s.running) > 0 {
		last := s.running[len(s.running)-1]
		s.running = s.running[:len(s.running)-1]
		last.end()
		s.log.Debug("stopped", "service", last.name)
	}
}
