//go:build unix

package match

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"omezle/models"
	"omezle/signaling/redisdb/redistest"
)

// machine drives Redis and the model with the same calls, in few devices,
// interests and languages, so that all rules meet.
type machine struct {
	*bench
	model
	next int
}

func TestJoinAndPollDoWhatTheModelDoes(t *testing.T) {
	for _, kind := range []string{"embedded", "single"} {
		t.Run(kind, func(t *testing.T) {
			url := ""
			if kind == "single" {
				url = redistest.Single(t)
			}
			db := redistest.Open(t, url)
			rapid.Check(t, func(rt *rapid.T) {
				if err := db.Client().FlushDB(t.Context()).Err(); err != nil {
					rt.Fatal(err)
				}
				cfg := DefaultConfig()
				m := &machine{
					bench: newBench(t, db.Client(), cfg),
					model: model{cfg: cfg, renewed: map[models.SessionID]time.Time{}, silent: map[models.SessionID]bool{}},
				}
				rt.Repeat(map[string]func(*rapid.T){
					"join":  m.drawJoin,
					"leave": m.drawLeave,
					"die":   m.drawDeath,
					"pass":  m.drawTime,
				})
			})
		})
	}
}

func (m *machine) drawTicket(t *rapid.T) *Ticket {
	devices := func(label string) []models.DeviceID {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) models.DeviceID {
			return models.DeviceID(fmt.Sprint("d", rapid.IntRange(0, 7).Draw(t, "device")))
		}), 0, 2).Draw(t, label)
	}
	m.next++
	return &Ticket{
		Session:   models.SessionID(fmt.Sprint("s", m.next)),
		Device:    models.DeviceID(fmt.Sprint("d", rapid.IntRange(0, 7).Draw(t, "device"))),
		Node:      "n",
		Mode:      models.ModeVideo,
		Language:  rapid.SampledFrom([]string{"", "en", "es"}).Draw(t, "language"),
		Interests: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 0, 5, rapid.ID).Draw(t, "interests"),
		Blocks:    devices("blocks"),
		Recent:    devices("recent"),
	}
}

func (m *machine) drawJoin(t *rapid.T) {
	m.pass(time.Millisecond) // no two have the same place
	k := m.drawTicket(t)
	if len(m.waiting) > 0 && rapid.IntRange(0, 9).Draw(t, "again") == 0 {
		old := rapid.SampledFrom(m.waiting).Draw(t, "session")
		k.Session = old.Session
		m.remove(old.Session)
	}
	if rapid.IntRange(0, 4).Draw(t, "old place") == 0 {
		k.JoinedAt = m.ago(time.Duration(rapid.IntRange(1, 15_000).Draw(t, "waited")) * time.Millisecond).Add(time.Duration(m.next) * time.Microsecond)
	}
	now := m.now()
	match, joined, err := m.Join(m.t.Context(), *k)
	if err != nil {
		t.Fatal(err)
	}
	k.JoinedAt = joined
	want, how := m.best(k, now)
	if match == nil {
		if want != nil {
			t.Fatalf("%+v waits, should get %+v", k, want)
		}
		m.waiting = append(m.waiting, k)
		m.renewed[k.Session] = now
		return
	}
	m.claimed(t, k, match, want, how)
}

// claimed compares a match with the model's and takes both out of it.
func (m *machine) claimed(t *rapid.T, k *Ticket, match *Match, want *Ticket, how fit) {
	if want == nil {
		t.Fatalf("%+v got %+v, should get nobody", k, match)
	}
	if match.Other.Session != want.Session || match.Rematch != (how == rematch) {
		t.Fatalf("%+v got %+v, should get %+v", k, match, want)
	}
	if len(match.Shared) != sharedOf(k, want) || match.SameLanguage != (k.Language != "" && k.Language == want.Language) {
		t.Fatalf("%+v and %+v are described as %+v", k, want, match)
	}
	m.remove(k.Session)
	m.remove(want.Session)
}

func (m *machine) drawLeave(t *rapid.T) {
	if len(m.waiting) == 0 {
		t.Skip("nobody waits")
	}
	k := rapid.SampledFrom(m.waiting).Draw(t, "ticket")
	removed, err := m.Leave(m.t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if !removed && !m.dead(k, m.now()) {
		t.Fatalf("%+v was not there", k)
	}
	m.remove(k.Session)
}

func (m *machine) drawDeath(t *rapid.T) {
	if len(m.waiting) == 0 {
		t.Skip("nobody waits")
	}
	m.silent[rapid.SampledFrom(m.waiting).Draw(t, "ticket").Session] = true
}

// drawTime lets time pass, and has all living tickets polled in some order.
func (m *machine) drawTime(t *rapid.T) {
	m.pass(time.Duration(rapid.IntRange(1, 2500).Draw(t, "ms")) * time.Millisecond)
	now := m.now()
	var living []*Ticket
	for _, k := range slices.Clone(m.waiting) {
		if !m.silent[k.Session] {
			living = append(living, k)
			m.renewed[k.Session] = now
		} else if m.dead(k, now) {
			m.remove(k.Session)
		}
	}
	living = rapid.Permutation(living).Draw(t, "order")
	outcomes, err := m.Poll(m.t.Context(), living)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Missing {
			if m.find(o.Ticket.Session) != nil {
				t.Fatalf("%+v is missing, should wait", o.Ticket)
			}
			continue
		}
		want, how := m.best(o.Ticket, now)
		m.claimed(t, o.Ticket, o.Match, want, how)
	}
	if a, b := m.leftOut(now); a != nil {
		t.Fatalf("%+v and %+v wait, and fit", a, b)
	}
}
