package sfu

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"omezle/models"
)

const (
	serviceWorkers = 4
	serviceQueue   = 512
	// statsEvery is how often both visitors are told how the media fares.
	statsEvery = 2 * time.Second
	// offerTimeout bounds the making of one leg; it takes a millisecond.
	offerTimeout = 2 * time.Second
)

// Service drives a Node for visitors' homes on other nodes: it carries out their messages and tells them what becomes
// of their legs. Of one pair everything is done in the order in which it came. Its methods are safe for concurrent use.
type Service struct {
	node *Node
	send func(to models.NodeID, payload []byte) error // at most once, in order, never waits
	log  *slog.Logger

	queues [serviceWorkers]chan order
	seed   maphash.Seed

	watcher Watcher    // nil: nobody looks at pictures
	holding sync.Mutex // orders changes of holds and of what the Node makes of them; taken before mu

	mu    sync.Mutex // guards what follows
	legs  map[place]*served
	holds map[place]*hold
	left  map[place]departed // homes of legs that have just gone
}

// place is where a leg is: there is one for each side of a pair.
type place struct {
	pair models.PairID
	side models.Side
}

// served is a leg with the one who wants to hear of it.
type served struct {
	leg  models.Leg
	home models.NodeID
	last Statistics   // as of the last time it was told
	gone int          // times in a row that the node did not know it
	look *models.Look // at its picture, since the last one that was told; nil: none
}

// goneAfter is after how many looks a leg that the node does not know is forgotten: the word of its end was lost.
const goneAfter = 3

type order struct {
	from    models.NodeID
	message *wireMessage
}

// NewService returns the service of a node. send hands a message to another node, or to this one.
func NewService(node *Node, send func(models.NodeID, []byte) error, log *slog.Logger) *Service {
	s := &Service{
		node: node, send: send, log: log, seed: maphash.MakeSeed(), legs: make(map[place]*served),
		holds: make(map[place]*hold), left: make(map[place]departed),
	}
	for i := range s.queues {
		s.queues[i] = make(chan order, serviceQueue)
	}
	return s
}

// Receive takes a message from another node. It does not wait: when too much has come the message is dropped, and
// whoever misses an answer asks again.
func (s *Service) Receive(from models.NodeID, payload []byte) {
	m, err := parseWire(payload)
	if err != nil {
		s.log.Warn("message from another node refused", "from", from, "err", err)
		return
	}
	worker := maphash.String(s.seed, string(m.Leg.Pair)) % serviceWorkers
	select {
	case s.queues[worker] <- order{from, m}:
	default:
		s.log.Warn("too many messages for the media server, one is dropped", "kind", string(m.Kind), "pair", m.Leg.Pair)
	}
}

// Run serves until ctx ends. The caller runs the Node, and for longer.
func (s *Service) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, queue := range s.queues {
		g.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case o := <-queue:
					s.carryOut(ctx, o)
				}
			}
		})
	}
	g.Go(func() error { return s.passOn(ctx) })
	g.Go(func() error { return s.tellStats(ctx) })
	return g.Wait()
}

func (s *Service) carryOut(ctx context.Context, o order) {
	m := o.message
	at := place{m.Leg.Pair, m.Leg.Side}
	side := Side(m.Leg.Side)
	switch m.Kind {
	case wireOffer:
		if !s.enter(at, m.Leg, o.from) {
			return // of a connection that has been replaced
		}
		ctx, cancel := context.WithTimeout(ctx, offerTimeout)
		defer cancel()
		if m.Orders.Hold {
			s.noteHold(at, true)
		}
		answer, err := s.node.Offer(ctx, m.Leg.Pair, side, m.Text)
		if err != nil {
			s.log.Info("offer refused", "pair", m.Leg.Pair, "err", err)
			if s.node.Statistics(m.Leg.Pair)[side&1] == nil {
				s.forget(at, m.Leg.Epoch)
			}
			s.tell(o.from, &wireMessage{Kind: wireFailed, Leg: m.Leg})
			return
		}
		s.keepHold(at) // before the leg can connect, should it be a new one
		s.watch(m.Leg, m.Orders.Sampling)
		s.tell(o.from, &wireMessage{Kind: wireAnswer, Leg: m.Leg, Attempt: m.Attempt, Text: answer})
	case wireCandidate:
		if !s.serves(at, m.Leg.Epoch) {
			return
		}
		if err := s.node.Candidate(m.Leg.Pair, side, m.Text); err != nil && !errors.Is(err, ErrNoLeg) {
			s.log.Debug("candidate refused", "pair", m.Leg.Pair, "err", err)
		}
	case wireAdopt:
		s.mu.Lock()
		if have := s.legs[at]; have != nil && have.leg.Epoch == m.Leg.Epoch {
			have.home = o.from
		}
		s.mu.Unlock()
	case wireSampling:
		if s.serves(at, m.Leg.Epoch) {
			s.watch(m.Leg, m.Orders.Sampling)
		}
	case wireHold:
		if err := s.Hold(m.Leg.Pair, m.Leg.Side, m.Orders.Hold); err != nil && !errors.Is(err, ErrNoLeg) {
			s.log.Warn("picture not held", "pair", m.Leg.Pair, "err", err)
		}
	case wireClose:
		if s.serves(at, m.Leg.Epoch) {
			s.node.CloseLeg(m.Leg.Pair, side)
			s.forget(at, m.Leg.Epoch)
		}
	}
}

// enter notes who is to hear of a leg; false for one older than what is there.
func (s *Service) enter(at place, leg models.Leg, home models.NodeID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	have := s.legs[at]
	switch {
	case have == nil:
		s.legs[at] = &served{leg: leg, home: home}
	case have.leg.Epoch > leg.Epoch:
		return false
	case have.leg.Epoch < leg.Epoch:
		s.unwatch(have.leg)
		s.legs[at] = &served{leg: leg, home: home}
	default:
		have.home = home
	}
	return true
}

func (s *Service) serves(at place, epoch uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	have := s.legs[at]
	return have != nil && have.leg.Epoch == epoch
}

func (s *Service) forget(at place, epoch uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.legs[at]; have != nil && have.leg.Epoch == epoch {
		s.drop(at, have)
	}
}

// drop forgets a leg; the mutex is held.
func (s *Service) drop(at place, have *served) {
	delete(s.legs, at)
	s.unwatch(have.leg)
	s.depart(at, have)
}

func (s *Service) find(at place) (leg models.Leg, home models.NodeID, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.legs[at]; have != nil {
		return have.leg, have.home, true
	}
	return models.Leg{}, "", false
}

func (s *Service) tell(home models.NodeID, m *wireMessage) {
	payload, err := m.encode()
	if err == nil {
		err = s.send(home, payload)
	}
	if err != nil {
		s.log.Debug("a visitor's home was not told", "to", home, "kind", string(m.Kind), "pair", m.Leg.Pair, "err", err)
	}
}

// passOn tells homes what happens to their legs.
func (s *Service) passOn(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-s.node.Events():
			at := place{e.Pair, models.Side(e.Side)}
			leg, home, found := s.find(at)
			if !found {
				continue
			}
			switch e.Kind {
			case EventBitrate:
				s.tell(home, &wireMessage{Kind: wireBitrate, Leg: leg, BPS: e.BPS})
			case EventFailed:
				s.forget(at, leg.Epoch)
				if !errors.Is(e.Err, ErrLeft) {
					s.tell(home, &wireMessage{Kind: wireFailed, Leg: leg})
				}
			}
		}
	}
}
