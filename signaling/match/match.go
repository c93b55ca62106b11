package match

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/models"
)

// Partner is one side of a Match.
type Partner struct {
	Session  models.SessionID
	Device   models.DeviceID
	Node     models.NodeID
	JoinedAt time.Time // the place it had in the queue, to be given back if the pair fails
}

// Match is a pair that Redis made: neither ticket waits any longer. It is a
// proposal until the node of Other has agreed.
type Match struct {
	Pair models.PairID // fresh
	// Self is the ticket that was joined or polled, Other the one found waiting.
	Self, Other Partner
	// Shared are the interests both have, in Self's order.
	Shared []string
	// SameLanguage says that both set the same language: Language, else empty.
	SameLanguage bool
	Language     string
	// Rematch says that the two have met lately and nobody else was there.
	Rematch bool
}

// Matcher makes pairs of tickets. It starts no goroutines and is safe for
// concurrent use.
type Matcher struct {
	rdb     redis.UniversalClient
	layout  layout
	scripts scripts
	hints   map[models.Mode]*meetingHint // by mode; the map is never written to

	now func() time.Time // nil: Redis's clock; set by tests before use
}

// New returns a Matcher on rdb. cfg is one that Validate accepts.
func New(rdb redis.UniversalClient, cfg Config) *Matcher {
	l := newLayout(cfg)
	m := &Matcher{rdb: rdb, layout: l, scripts: newScripts(cfg, l), hints: map[models.Mode]*meetingHint{}}
	for _, mode := range models.Modes {
		m.hints[mode] = &meetingHint{}
	}
	return m
}

// clock is the first argument of the scripts that need the time.
func (m *Matcher) clock() string {
	if m.now == nil {
		return "0"
	}
	return strconv.FormatInt(m.now().UnixMicro(), 10)
}

// When Join's script lets a ticket wait that found nobody.
const (
	waitAlways  = "always"
	waitNever   = "never"
	waitWidened = "widened"
)

// Join matches t with somebody who waits, atomically, or lets it wait. It returns
// the match, or nil, and t's place in the queue, which the caller stores in
// t.JoinedAt. A ticket that its session already has in the same queue is replaced;
// before a session changes mode, region or language its ticket must Leave, and
// with regions or shards also before it asks for a new place.
//
// After an error the ticket may wait or not: the caller Joins again, or Leaves.
func (m *Matcher) Join(ctx context.Context, t Ticket) (match *Match, joined time.Time, err error) {
	if err := t.check(); err != nil {
		return nil, time.Time{}, err
	}
	start, meeting := m.layout.start(&t), m.layout.meeting(t.Mode)
	if start == meeting {
		match, joined, _, err = m.join(ctx, start, waitAlways, &t)
		return match, joined, err
	}
	if hint := m.hints[t.Mode]; hint.look() || !t.JoinedAt.IsZero() {
		wait := waitNever
		if !t.JoinedAt.IsZero() {
			wait = waitWidened
		}
		match, joined, waits, err := m.join(ctx, meeting, wait, &t)
		if err != nil {
			return nil, time.Time{}, err
		}
		if waits { // it must not wait twice
			_, err = m.leave(ctx, start, t.Session)
		}
		if match != nil || waits || err != nil {
			return match, joined, err
		}
	}
	match, joined, _, err = m.join(ctx, start, waitAlways, &t)
	return match, joined, err
}

// join runs join.lua on one queue.
func (m *Matcher) join(ctx context.Context, key, wait string, t *Ticket) (match *Match, joined time.Time, waits bool, err error) {
	recent := t.Recent
	if len(recent) > MaxRecent {
		recent = recent[:MaxRecent]
	}
	reply, err := m.scripts.join.Run(ctx, m.rdb, []string{key},
		m.clock(), wait, string(t.Session), string(t.Device), string(t.Node), micros(t.JoinedAt), t.languageTag(),
		m.layout.region(t), deviceList(recent), t.interestList(), deviceList(t.Blocks)).StringSlice()
	if err != nil {
		return nil, time.Time{}, false, fmt.Errorf("match: join: %w", err)
	}
	if len(reply) < 2 {
		return nil, time.Time{}, false, fmt.Errorf("match: join: %w", errReply)
	}
	if joined, err = parseMicros(reply[1]); err != nil {
		return nil, time.Time{}, false, fmt.Errorf("match: join: %w", err)
	}
	if reply[0] == "match" {
		if match, err = t.match(joined, reply[2:]); err != nil {
			return nil, time.Time{}, false, fmt.Errorf("match: join: %w", err)
		}
	}
	return match, joined, reply[0] == "wait", nil
}

var errReply = errors.New("unexpected reply of a script")

func parseMicros(s string) (time.Time, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("time of ticket: %w", err)
	}
	return time.UnixMicro(n), nil
}

// match reads what claim() of seek.lua wrote about t's partner.
func (t *Ticket) match(joined time.Time, f []string) (*Match, error) {
	if len(f) != 7 {
		return nil, errReply
	}
	otherJoined, err := parseMicros(f[3])
	if err != nil {
		return nil, err
	}
	match := &Match{
		Pair: models.NewPairID(),
		Self: Partner{Session: t.Session, Device: t.Device, Node: t.Node, JoinedAt: joined},
		Other: Partner{
			Session: models.SessionID(f[0]), Device: models.DeviceID(f[1]), Node: models.NodeID(f[2]), JoinedAt: otherJoined,
		},
		SameLanguage: f[5] != "",
		Language:     f[5],
		Rematch:      f[6] == "1",
	}
	if f[4] != "" {
		match.Shared = strings.Split(f[4], "\t")
	}
	return match, nil
}

// Leave takes t out of the queue. False says that it was not there any more: a
// Join or Poll has claimed it, and its node is about to be told, or Redis lost it.
func (m *Matcher) Leave(ctx context.Context, t *Ticket) (removed bool, err error) {
	if err := t.check(); err != nil {
		return false, err
	}
	start, meeting := m.layout.start(t), m.layout.meeting(t.Mode)
	if start == meeting {
		return m.leave(ctx, start, t.Session)
	}
	for _, key := range []string{start, meeting} {
		was, err := m.leave(ctx, key, t.Session)
		if err != nil {
			return removed, err
		}
		removed = removed || was
	}
	return removed, nil
}

func (m *Matcher) leave(ctx context.Context, key string, s models.SessionID) (bool, error) {
	n, err := m.scripts.leave.Run(ctx, m.rdb, []string{key}, string(s)).Int()
	if err != nil {
		return false, fmt.Errorf("match: leave: %w", err)
	}
	return n == 1, nil
}

// Waiting returns how many tickets wait in each mode. It asks for one number per
// queue in one pipeline. Tickets of dead nodes count until they are met.
func (m *Matcher) Waiting(ctx context.Context) (map[models.Mode]int, error) {
	counts := make(map[models.Mode][]*redis.IntCmd, len(models.Modes))
	_, err := m.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, mode := range models.Modes {
			for _, key := range m.layout.keys(mode) {
				counts[mode] = append(counts[mode], p.ZCard(ctx, key))
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("match: waiting: %w", err)
	}
	waiting := make(map[models.Mode]int, len(counts))
	for mode, cmds := range counts {
		m.hints[mode].busy.Store(cmds[0].Val() > 0)
		for _, c := range cmds {
			waiting[mode] += int(c.Val())
		}
	}
	return waiting, nil
}
