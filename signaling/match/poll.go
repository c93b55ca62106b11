package match

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"omezle/models"
)

// Outcome is news of a ticket from Poll.
type Outcome struct {
	Ticket *Ticket
	// Match is set if Poll found a partner for the ticket.
	Match *Match
	// Missing says that the ticket does not wait in Redis. Mostly another ticket's
	// Join or Poll has claimed it (perhaps in this very call, and then that match
	// is among the outcomes) and its node is told at once; if nothing comes, Redis
	// has lost it, and the owner Joins it again with its JoinedAt.
	Missing bool
}

// Poll renews the leases of tickets, which wait and belong to this node, and
// searches a partner for those who accept more than at their last search. It moves
// a ticket to its mode's meeting queue when it is time. It is to be called about
// once a second with all of them, at least three times in Config.Lease.
//
// Outcomes name only tickets with news. They are valid also when err is not nil:
// a match they report is made, and must be told to the partner.
func (m *Matcher) Poll(ctx context.Context, tickets []*Ticket) ([]Outcome, error) {
	p := poll{m: m}
	if err := p.refreshHints(ctx); err != nil {
		return nil, err
	}
	queues := map[string][]*Ticket{}
	for _, t := range tickets {
		key := m.layout.start(t)
		if t.atMeeting() {
			key = m.layout.meeting(t.Mode)
		}
		queues[key] = append(queues[key], t)
	}
	meetings := map[string][]*Ticket{}
	for _, mode := range models.Modes {
		key := m.layout.meeting(mode)
		if queues[key] != nil {
			meetings[key] = queues[key]
			delete(queues, key)
		}
	}
	// The start queues first: those who are not there may be in the meeting queue.
	for key, ts := range queues {
		if err := p.queue(ctx, key, false, ts); err != nil {
			return p.outcomes, err
		}
	}
	for _, t := range p.astray {
		key := m.layout.meeting(t.Mode)
		meetings[key] = append(meetings[key], t)
	}
	for key, ts := range meetings {
		if err := p.queue(ctx, key, true, ts); err != nil {
			return p.outcomes, err
		}
	}
	return p.outcomes, nil
}

// poll is one call of Poll.
type poll struct {
	m        *Matcher
	outcomes []Outcome
	astray   []*Ticket // not in their start queue
}

func (p *poll) queue(ctx context.Context, key string, meeting bool, tickets []*Ticket) error {
	for len(tickets) > 0 {
		done, err := p.batch(ctx, key, meeting, tickets[:min(len(tickets), pollBatch)])
		if err != nil {
			return err
		}
		tickets = tickets[done:]
	}
	return nil
}

// batch runs poll.lua once and returns how many of the tickets it dealt with, at
// least one.
func (p *poll) batch(ctx context.Context, key string, meeting bool, tickets []*Ticket) (done int, err error) {
	args := make([]any, 0, len(tickets)+2)
	move := "1"
	if meeting {
		move = "0"
	}
	args = append(args, p.m.clock(), move)
	for _, t := range tickets {
		args = append(args, string(t.Session))
	}
	reply, err := p.m.scripts.poll.Run(ctx, p.m.rdb, []string{key}, args...).Slice()
	if err != nil {
		return 0, fmt.Errorf("match: poll: %w", err)
	}
	if len(reply) == 0 {
		return 0, fmt.Errorf("match: poll: %w", errReply)
	}
	n, ok := reply[0].(int64)
	if !ok || n < 1 || int(n) > len(tickets) {
		return 0, fmt.Errorf("match: poll: %w", errReply)
	}
	var moving []*Ticket
	for _, raw := range reply[1:] {
		e, err := parseEvent(raw, len(tickets))
		if err != nil {
			return 0, fmt.Errorf("match: poll: %w", err)
		}
		t := tickets[e.index]
		switch e.kind {
		case "missing":
			if meeting {
				p.outcomes = append(p.outcomes, Outcome{Ticket: t, Missing: true})
			} else {
				p.astray = append(p.astray, t)
			}
			continue
		case "move":
			moving = append(moving, t)
		}
		if t.JoinedAt, err = parseMicros(e.fields[0]); err != nil {
			return 0, fmt.Errorf("match: poll: %w", err)
		}
		if e.kind == "match" {
			match, err := t.match(t.JoinedAt, e.fields[1:])
			if err != nil {
				return 0, fmt.Errorf("match: poll: %w", err)
			}
			p.outcomes = append(p.outcomes, Outcome{Ticket: t, Match: match})
		}
	}
	if meeting && p.m.layout.split {
		for _, t := range tickets[:n] {
			t.met = t.JoinedAt
		}
	}
	return int(n), p.move(ctx, moving)
}

// move lets tickets wait in the meeting queue that poll.lua took out of their
// start queues. One that cannot be moved for an error is Missing in the next Poll.
func (p *poll) move(ctx context.Context, tickets []*Ticket) error {
	for _, t := range tickets {
		t.met = t.JoinedAt
		p.m.hints[t.Mode].busy.Store(true)
		match, _, _, err := p.m.join(ctx, p.m.layout.meeting(t.Mode), waitAlways, t)
		if err != nil {
			return err
		}
		if match != nil {
			p.outcomes = append(p.outcomes, Outcome{Ticket: t, Match: match})
		}
	}
	return nil
}

func (p *poll) refreshHints(ctx context.Context) error {
	if !p.m.layout.split {
		return nil
	}
	counts := make(map[models.Mode]*redis.IntCmd, len(models.Modes))
	if _, err := p.m.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, mode := range models.Modes {
			counts[mode] = pipe.ZCard(ctx, p.m.layout.meeting(mode))
		}
		return nil
	}); err != nil {
		return fmt.Errorf("match: poll: %w", err)
	}
	for mode, n := range counts {
		p.m.hints[mode].busy.Store(n.Val() > 0)
	}
	return nil
}

// event is what poll.lua says of one ticket.
type event struct {
	index  int // into the batch
	kind   string
	fields []string // joined, then the partner if kind is match
}

func parseEvent(raw any, tickets int) (event, error) {
	parts, ok := raw.([]any)
	if !ok || len(parts) < 2 {
		return event{}, errReply
	}
	n, ok := parts[0].(int64)
	if !ok || n < 1 || int(n) > tickets {
		return event{}, fmt.Errorf("%w: index %v", errReply, parts[0])
	}
	e := event{index: int(n) - 1}
	for i, part := range parts[1:] {
		s, ok := part.(string)
		if !ok {
			return event{}, fmt.Errorf("%w: field %s", errReply, strconv.Itoa(i))
		}
		if i == 0 {
			e.kind = s
		} else {
			e.fields = append(e.fields, s)
		}
	}
	if e.kind != "missing" && len(e.fields) == 0 {
		return event{}, fmt.Errorf("%w: %s", errReply, e.kind)
	}
	return e, nil
}
