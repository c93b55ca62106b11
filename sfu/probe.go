package sfu

import (
	"context"
	"errors"
	"time"

	"omezle/models"
)

// Errors of a probe.
var (
	ErrNoServer = errors.New("sfu: there is no media server")
	ErrProbes   = errors.New("sfu: too many probes at a time")
	ErrRefused  = errors.New("sfu: the media server refused the offer")
)

const (
	maxProbes = 64
	// probeFor is how long a leg without a partner is kept: long enough to see whether it connects.
	probeFor = 15 * time.Second
)

// Probe has a media server answer an offer for a leg that has no partner and ends by itself: for a browser that looks
// whether it gets through.
func (s *Servers) Probe(ctx context.Context, offer string) (answer string, err error) {
	node, found := s.Place("", nil)
	if !found {
		return "", ErrNoServer
	}
	leg := models.Leg{Pair: models.NewPairID(), Epoch: 1}
	answers := make(chan string, 1)
	s.mu.Lock()
	if len(s.probes) >= maxProbes {
		s.mu.Unlock()
		return "", ErrProbes
	}
	s.probes[leg.Pair] = answers
	s.mu.Unlock()
	end := func() {
		s.mu.Lock()
		delete(s.probes, leg.Pair)
		s.mu.Unlock()
		if err := s.Close(node, leg); err != nil {
			s.log.Debug("a probe's leg was not closed, it ends by silence", "node", node, "err", err)
		}
	}
	if err := s.Offer(node, leg, 1, offer, models.LegOrders{}); err != nil {
		end()
		return "", err
	}
	select {
	case answer := <-answers:
		if answer == "" {
			end()
			return "", ErrRefused
		}
		time.AfterFunc(probeFor, end)
		return answer, nil
	case <-ctx.Done():
		end()
		s.Suspect(node)
		return "", ctx.Err()
	}
}

// probed takes a message about a probe's leg, and reports whether it is one. What fails later is of no interest.
func (s *Servers) probed(m *wireMessage) bool {
	if m.Leg.Session != "" {
		return false
	}
	s.mu.Lock()
	answers := s.probes[m.Leg.Pair]
	s.mu.Unlock()
	if m.Kind == wireAnswer || m.Kind == wireFailed {
		select {
		case answers <- m.Text: // empty for a refusal; nil when nobody waits
		default:
		}
	}
	return true
}
