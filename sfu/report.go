package sfu

import (
	"context"
	"time"

	"omezle/models"
)

// tellStats tells both visitors of each pair how its media fares.
func (s *Service) tellStats(ctx context.Context) error {
	ticker := time.NewTicker(statsEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			s.prune(time.Now())
			for _, pair := range s.pairs() {
				s.tellPair(pair)
			}
		}
	}
}

func (s *Service) pairs() []models.PairID {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := make(map[models.PairID]struct{}, len(s.legs))
	var list []models.PairID
	for at := range s.legs {
		if _, again := seen[at.pair]; !again {
			seen[at.pair] = struct{}{}
			list = append(list, at.pair)
		}
	}
	return list
}

func (s *Service) tellPair(pair models.PairID) {
	now := s.node.Statistics(pair)
	var sides [2]models.LegStats
	var legs [2]*served
	s.mu.Lock()
	for side := range sides {
		at := place{pair, models.Side(side)}
		have := s.legs[at]
		if have == nil {
			continue
		}
		if now[side] == nil { // being made, or its end is on the way
			if have.gone++; have.gone >= goneAfter {
				s.drop(at, have)
			}
			continue
		}
		have.gone = 0
		sides[side] = legStats(have.last, *now[side])
		sides[side].Held = s.holds[at] != nil
		have.last = *now[side]
		told := *have
		have.look = nil
		legs[side] = &told
	}
	s.mu.Unlock()
	for side, have := range legs {
		if have != nil {
			s.tell(have.home, &wireMessage{Kind: wireStats, Leg: have.leg, Mine: sides[side], Theirs: sides[1-side]})
			if have.look != nil {
				s.tell(have.home, &wireMessage{Kind: wireLook, Leg: have.leg, Look: have.look})
			}
		}
	}
}

// legStats is what happened between two looks at a leg.
func legStats(before, now Statistics) models.LegStats {
	stats := models.LegStats{
		Connected: now.Connected, TCP: now.Path == "tcp", RTTMS: int(now.RoundTrip.Milliseconds()),
		SentKbps: (now.Video.BPS + now.Audio.BPS) / 1000,
	}
	if now.SentBytes >= before.SentBytes {
		stats.GotKbps = int((now.SentBytes - before.SentBytes) * 8 / uint64(statsEvery.Milliseconds()))
	}
	lost := now.Video.Lost + now.Audio.Lost - before.Video.Lost - before.Audio.Lost
	came := int64(now.Video.Packets + now.Audio.Packets - before.Video.Packets - before.Audio.Packets)
	if lost > 0 && came >= 0 {
		stats.LossPercent = int(100 * lost / (lost + came))
	}
	return stats
}

// Drain asks the homes of all legs to take their calls elsewhere, and waits until they have or ctx ends.
func (s *Service) Drain(ctx context.Context) error {
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	var asked time.Time
	for {
		s.mu.Lock()
		left := make([]served, 0, len(s.legs))
		for _, have := range s.legs {
			left = append(left, *have)
		}
		s.mu.Unlock()
		if len(left) == 0 {
			return nil
		}
		if time.Since(asked) > time.Second { // what was said may be lost
			asked = time.Now()
			for _, have := range left {
				s.tell(have.home, &wireMessage{Kind: wireMoving, Leg: have.leg})
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
}
