package sfu

import (
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"omezle/models"
)

// ServerInfo is what a media server tells the other nodes of itself.
type ServerInfo struct {
	Node     models.NodeID
	Region   string
	Legs     int
	Max      int
	Draining bool
}

func (i ServerInfo) load() float64 { return float64(i.Legs) / float64(max(1, i.Max)) }

// Homes is who is told what becomes of legs: the signalling server of this node.
type Homes interface {
	Answered(leg models.Leg, attempt uint32, sdp string)
	LegFailed(leg models.Leg)
	LegMoving(from models.NodeID, leg models.Leg)
	LegBitrate(leg models.Leg, bps int)
	LegStatistics(leg models.Leg, mine, theirs models.LegStats)
	LegVerdict(verdict models.Verdict)
	LegLooked(leg models.Leg, look models.Look)
}

// suspectFor is how long a server that did not answer is used only if there is no other.
const suspectFor = 15 * time.Second

// Servers are the media servers of the installation as seen from a visitor's home. Its methods do not block and are
// safe for concurrent use.
type Servers struct {
	list  func() []ServerInfo
	send  func(to models.NodeID, payload []byte) error
	homes Homes
	log   *slog.Logger

	mu       sync.Mutex // guards what follows
	suspects map[models.NodeID]time.Time
	probes   map[models.PairID]chan<- string // answers that are waited for, see Probe
}

// NewServers returns the way to the servers that list names. send hands a message to a node. Homes are set before the
// first Receive.
func NewServers(list func() []ServerInfo, send func(models.NodeID, []byte) error, log *slog.Logger) *Servers {
	return &Servers{list: list, send: send, log: log, suspects: make(map[models.NodeID]time.Time), probes: make(map[models.PairID]chan<- string)}
}

// Tell sets who hears of legs.
func (s *Servers) Tell(homes Homes) { s.homes = homes }

// Place picks a server: of two at random the less loaded one, of the region if there is one there, neither one of
// avoid nor a suspect if there is another. Servers that stop or are full are never picked.
func (s *Servers) Place(region string, avoid []models.NodeID) (models.NodeID, bool) {
	able := s.able()
	s.mu.Lock()
	now := time.Now()
	for _, better := range []func(ServerInfo) bool{
		func(i ServerInfo) bool { return !slices.Contains(avoid, i.Node) },
		func(i ServerInfo) bool { return now.After(s.suspects[i.Node]) },
		func(i ServerInfo) bool { return i.Region == region },
	} {
		if slices.ContainsFunc(able, better) {
			able = slices.DeleteFunc(able, func(i ServerInfo) bool { return !better(i) })
		}
	}
	s.mu.Unlock()
	if len(able) == 0 {
		return "", false
	}
	// The power of two choices: nodes hear of load with a delay, and the least loaded one would get everybody.
	one, other := able[rand.IntN(len(able))], able[rand.IntN(len(able))]
	if other.load() < one.load() {
		one = other
	}
	return one.Node, true
}

func (s *Servers) able() []ServerInfo {
	return slices.DeleteFunc(s.list(), func(i ServerInfo) bool { return i.Draining || i.Legs+2 > i.Max })
}

// Load tells whether there is a server, and how full those of the region are together, or all if it has none.
func (s *Servers) Load(region string) (found bool, load float64) {
	able := s.able()
	local := slices.DeleteFunc(slices.Clone(able), func(i ServerInfo) bool { return i.Region != region })
	if len(local) == 0 {
		local = able
	}
	legs, most := 0, 0
	for _, i := range local {
		legs += i.Legs
		most += i.Max
	}
	return len(able) > 0, float64(legs) / float64(max(1, most))
}

// Suspect says that a server did not answer.
func (s *Servers) Suspect(node models.NodeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for other, until := range s.suspects {
		if now.After(until) {
			delete(s.suspects, other)
		}
	}
	s.suspects[node] = now.Add(suspectFor)
}

// Offer asks a server for a leg. The answer comes to Homes.
func (s *Servers) Offer(node models.NodeID, leg models.Leg, attempt uint32, sdp string, orders models.LegOrders) error {
	return s.say(node, &wireMessage{Kind: wireOffer, Leg: leg, Attempt: attempt, Text: sdp, Orders: orders})
}

// Sampling changes how often a visitor's picture is looked at.
func (s *Servers) Sampling(node models.NodeID, leg models.Leg, plan models.SamplingPlan) error {
	return s.say(node, &wireMessage{Kind: wireSampling, Leg: leg, Orders: models.LegOrders{Sampling: plan}})
}

// Hold has a visitor's picture passed on no more, or again. Of a server that has held it by itself too.
func (s *Servers) Hold(node models.NodeID, leg models.Leg, hold bool) error {
	return s.say(node, &wireMessage{Kind: wireHold, Leg: leg, Orders: models.LegOrders{Hold: hold}})
}

// Candidate adds one to the last offer.
func (s *Servers) Candidate(node models.NodeID, leg models.Leg, candidate string) error {
	return s.say(node, &wireMessage{Kind: wireCandidate, Leg: leg, Text: candidate})
}

// Adopt makes this node the one that hears of a leg.
func (s *Servers) Adopt(node models.NodeID, leg models.Leg) error {
	return s.say(node, &wireMessage{Kind: wireAdopt, Leg: leg})
}

// Close ends a leg, unless a newer one has its place.
func (s *Servers) Close(node models.NodeID, leg models.Leg) error {
	return s.say(node, &wireMessage{Kind: wireClose, Leg: leg})
}

func (s *Servers) say(node models.NodeID, m *wireMessage) error {
	payload, err := m.encode()
	if err != nil {
		return err
	}
	return s.send(node, payload)
}

// Receive takes a media server's message. It does not wait.
func (s *Servers) Receive(from models.NodeID, payload []byte) {
	m, err := parseWire(payload)
	if err != nil {
		s.log.Warn("message from a media server refused", "from", from, "err", err)
		return
	}
	if s.probed(m) {
		return
	}
	switch m.Kind {
	case wireAnswer:
		s.homes.Answered(m.Leg, m.Attempt, m.Text)
	case wireFailed:
		s.homes.LegFailed(m.Leg)
	case wireMoving:
		s.homes.LegMoving(from, m.Leg)
	case wireBitrate:
		s.homes.LegBitrate(m.Leg, m.BPS)
	case wireStats:
		s.homes.LegStatistics(m.Leg, m.Mine, m.Theirs)
	case wireVerdict:
		s.homes.LegVerdict(*m.Verdict)
	case wireLook:
		s.homes.LegLooked(m.Leg, *m.Look)
	default:
		s.log.Warn("message from a media server refused", "from", from, "kind", string(m.Kind))
	}
}
