//go:build unix

package match

import (
	"slices"
	"time"

	"omezle/models"
)

// model says in plain Go what the scripts must do.
type model struct {
	cfg     Config
	waiting []*Ticket // in no order
	renewed map[models.SessionID]time.Time
	silent  map[models.SessionID]bool // of a dead node: never polled again
}

// fit is how two tickets judge one another.
type fit int

const (
	never   fit = iota
	notNow      // later perhaps
	rematch     // for want of anybody else
	yes
)

func sharedOf(a, b *Ticket) int {
	n := 0
	for _, i := range a.Interests {
		if slices.Contains(b.Interests, i) {
			n++
		}
	}
	return n
}

// mayMeet tells whether two tickets fit once both have waited for very long.
func mayMeet(a, b *Ticket) bool {
	return a.Session != b.Session && a.Device != b.Device && a.Mode == b.Mode &&
		!slices.Contains(a.Blocks, b.Device) && !slices.Contains(b.Blocks, a.Device)
}

func (m *model) accepts(a, b *Ticket, now time.Time) bool {
	waited := now.Sub(a.JoinedAt)
	switch {
	case waited < m.cfg.InterestsFor && len(a.Interests) > 0 && sharedOf(a, b) == 0:
		return false
	case waited < m.cfg.LanguageFor && a.Language != "" && b.Language != "" && a.Language != b.Language:
		return false
	}
	return true
}

func (m *model) fit(a, b *Ticket, now time.Time) fit {
	if !mayMeet(a, b) {
		return never
	}
	if !m.accepts(a, b, now) || !m.accepts(b, a, now) {
		return notNow
	}
	if slices.Contains(a.Recent, b.Device) || slices.Contains(b.Recent, a.Device) {
		if now.Sub(a.JoinedAt) < m.cfg.RematchAfter || now.Sub(b.JoinedAt) < m.cfg.RematchAfter {
			return notNow
		}
		return rematch
	}
	return yes
}

// best returns whom a ticket must get, or nil.
func (m *model) best(self *Ticket, now time.Time) (best *Ticket, how fit) {
	for _, k := range m.waiting {
		f := m.fit(self, k, now)
		if f < rematch || f < how || m.dead(k, now) {
			continue
		}
		if f > how || m.better(self, k, best) {
			best, how = k, f
		}
	}
	return best, how
}

func (m *model) better(self, a, b *Ticket) bool {
	if x, y := min(sharedOf(self, a), sharedCap), min(sharedOf(self, b), sharedCap); x != y {
		return x > y
	}
	if x, y := self.Language != "" && self.Language == a.Language, self.Language != "" && self.Language == b.Language; x != y {
		return x
	}
	return a.JoinedAt.Before(b.JoinedAt)
}

func (m *model) dead(k *Ticket, now time.Time) bool {
	return now.Sub(m.renewed[k.Session]) > m.cfg.Lease
}

func (m *model) find(s models.SessionID) *Ticket {
	for _, k := range m.waiting {
		if k.Session == s {
			return k
		}
	}
	return nil
}

func (m *model) remove(s models.SessionID) {
	m.waiting = slices.DeleteFunc(m.waiting, func(k *Ticket) bool { return k.Session == s })
	delete(m.silent, s)
}

// leftOut returns two tickets of living nodes that fit and still wait.
func (m *model) leftOut(now time.Time) (a, b *Ticket) {
	for i, a := range m.waiting {
		for _, b := range m.waiting[:i] {
			if !m.silent[a.Session] && !m.silent[b.Session] && m.fit(a, b, now) >= rematch {
				return a, b
			}
		}
	}
	return nil, nil
}
