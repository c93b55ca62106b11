package versioned

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"omezle/models"
)

var errAway, errFaster = errors.New("away"), errors.New("somebody was faster")

// shelf is a database that several keepers share, and that can be away.
type shelf struct {
	mu       sync.Mutex
	versions []models.Policy
	away     bool
	reads    int
}

func (s *shelf) Newest(context.Context) (models.Policy, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.away {
		return models.Policy{}, errAway
	}
	if len(s.versions) == 0 {
		return models.Policy{}, nil
	}
	return s.versions[len(s.versions)-1], nil
}

func (s *shelf) Append(_ context.Context, policy *models.Policy) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return errAway
	}
	if policy.Version != len(s.versions) {
		return errFaster
	}
	policy.Version++
	s.versions = append(s.versions, *policy)
	return nil
}

func (s *shelf) set(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// menu is a document: {"dishes": ["soup"]}.
type menu struct {
	Version int      `json:"-"`
	Dishes  []string `json:"dishes"`
}

var (
	menus    = Kind[menu]{Name: "menu", Default: []byte(`{"dishes": ["bread"]}`), Parse: parseMenu}
	errEmpty = errors.New("dishes: there are none")
)

func parseMenu(document []byte, version int) (*menu, error) {
	m := menu{Version: version}
	if err := json.Unmarshal(document, &m); err != nil {
		return nil, err
	}
	if len(m.Dishes) == 0 {
		return nil, errEmpty
	}
	return &m, nil
}

var soup, pasta = []byte("{\n\"dishes\": [\"soup\"]\n}"), []byte(`{"dishes":["pasta"]}`)

// ring is nodes that hear of each other's versions after delay.
type ring struct {
	keepers []*Keeper[menu]
	told    [][]int // versions that each one's subscriber was told
	log     bytes.Buffer
	deaf    bool
}

const delay = 20 * time.Millisecond

// gather runs n keepers for the length of the test, in a synctest bubble.
func gather(t *testing.T, s *shelf, n int) *ring {
	r := &ring{told: make([][]int, n)}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	log := slog.New(slog.NewTextHandler(&r.log, nil))
	for i := range n {
		k := NewKeeper(menus, s, func(version int) {
			if !r.deaf {
				time.AfterFunc(delay, func() {
					for _, other := range r.keepers {
						other.Heard(version)
					}
				})
			}
		}, log)
		k.Subscribe(func(m *menu) { r.told[i] = append(r.told[i], m.Version) })
		r.keepers = append(r.keepers, k)
	}
	for _, k := range r.keepers {
		running.Go(func() { _ = k.Run(ctx) })
	}
	t.Cleanup(func() { cancel(); running.Wait() })
	return r
}

func (r *ring) versions() (list []int) {
	for _, k := range r.keepers {
		list = append(list, k.Value().Version)
	}
	return list
}

func (r *ring) want(t *testing.T, when string, versions ...int) {
	t.Helper()
	synctest.Wait()
	if got := r.versions(); !slices.Equal(got, versions) {
		t.Errorf("%s: versions %v are in force, want %v", when, got, versions)
	}
}

func TestAVersionIsInForceOnEveryNodeOnceTheyHear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		r := gather(t, s, 3)
		r.want(t, "at the start", 0, 0, 0)
		set, err := r.keepers[1].Set(t.Context(), soup, 0, "it is winter", "operator")
		if err != nil {
			t.Fatal(err)
		}
		r.want(t, "at once where it was set", 0, 1, 0)
		time.Sleep(delay)
		r.want(t, "when they have heard", 1, 1, 1)
		if m := r.keepers[2].Value(); !slices.Equal(m.Dishes, []string{"soup"}) || m.Version != 1 {
			t.Errorf("in force is %+v", m)
		}
		if set.Record.Note != "it is winter" || set.Record.By != "operator" || bytes.Contains(set.Record.Rules, []byte("\n")) {
			t.Errorf("kept as %+v", set.Record)
		}
		if got := r.keepers[2].InForce().Record; got.Note != set.Record.Note {
			t.Errorf("another node knows %+v", got)
		}
		for i, told := range r.told {
			if !slices.Equal(told, []int{1}) {
				t.Errorf("node %d was told %v", i, told)
			}
		}
	})
}

func TestAMissedMessageIsMadeUpForByTheNextLook(t *testing.T) {
	for name, look := range map[string]func(*Keeper[menu]){
		"when messages may have been missed": func(k *Keeper[menu]) { k.Reload() },
		"in any case":                        func(*Keeper[menu]) { time.Sleep(pollEvery) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := gather(t, &shelf{}, 2)
				r.deaf = true
				if _, err := r.keepers[0].Set(t.Context(), pasta, 0, "x", "operator"); err != nil {
					t.Fatal(err)
				}
				r.want(t, "deaf", 1, 0)
				look(r.keepers[1])
				r.want(t, "after the look", 1, 1)
			})
		})
	}
}

func TestWithoutTheDatabaseTheLastVersionStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		r := gather(t, s, 2)
		if _, err := r.keepers[0].Set(t.Context(), soup, 0, "x", "operator"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		s.set(true)
		time.Sleep(10 * time.Second)
		r.want(t, "one has heard of a version that it cannot read", 1, 0)
		if _, err := r.keepers[0].Set(t.Context(), pasta, 1, "x", "operator"); !errors.Is(err, errAway) {
			t.Errorf("set while the database is away: %v", err)
		}
		s.mu.Lock()
		reads := s.reads
		s.mu.Unlock()
		if reads < 5 || reads > 40 {
			t.Errorf("asked %d times in 10 s", reads)
		}
		s.set(false)
		time.Sleep(pollEvery)
		r.want(t, "when it is back", 1, 1)
	})
}

func TestOfTwoWhoChangeTheSameVersionOneWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := gather(t, &shelf{}, 2)
		r.deaf = true
		if _, err := r.keepers[0].Set(t.Context(), soup, 0, "x", "operator"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.keepers[1].Set(t.Context(), pasta, 0, "x", "operator"); !errors.Is(err, errFaster) {
			t.Errorf("got %v", err)
		}
		r.want(t, "the loser has looked", 1, 1)
	})
}

func TestADocumentWithProblemsChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		r := gather(t, s, 1)
		if _, err := r.keepers[0].Set(t.Context(), []byte(`{}`), 0, "x", "operator"); !errors.Is(err, errEmpty) {
			t.Errorf("got %v", err)
		}
		if r.want(t, "nothing was set", 0); len(s.versions) > 0 {
			t.Error("it was stored")
		}
	})
}

func TestAVersionThatCannotBeReadLeavesTheOneBeforeAndIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		r := gather(t, s, 1)
		if _, err := r.keepers[0].Set(t.Context(), soup, 0, "x", "operator"); err != nil {
			t.Fatal(err)
		}
		if err := s.Append(t.Context(), &models.Policy{Version: 1, Rules: models.JSON(`{"drinks":["tea"]}`)}); err != nil {
			t.Fatal(err)
		}
		r.keepers[0].Heard(2)
		time.Sleep(4 * pollEvery)
		r.want(t, "a newer program's version", 1)
		if n := strings.Count(r.log.String(), "cannot be read"); n != 1 {
			t.Errorf("told %d times:\n%s", n, r.log.String())
		}
		if _, err := r.keepers[0].Set(t.Context(), pasta, 2, "x", "operator"); err != nil {
			t.Fatal(err)
		}
		r.want(t, "a version after it", 3)
	})
}

func TestARestoredDatabaseRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		r := gather(t, s, 1)
		if _, err := r.keepers[0].Set(t.Context(), pasta, 0, "x", "operator"); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		s.versions = nil
		s.mu.Unlock()
		r.keepers[0].Reload()
		r.want(t, "the database is empty", 0)
		if got := r.keepers[0].InForce().Record.Rules; !bytes.Equal(got, []byte(`{"dishes":["bread"]}`)) {
			t.Errorf("in force is %s", got)
		}
	})
}
