package store_test

import (
	"context"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
)

func newSession() models.Session {
	return models.Session{ID: models.NewSessionID(), Device: models.NewDeviceID(), IP: "192.0.2.1", Port: 1, StartedAt: stored}
}

func newPair() models.Pair {
	return models.Pair{
		ID: models.NewPairID(), A: models.PairSide{Session: models.NewSessionID(), Device: models.NewDeviceID()},
		B: models.PairSide{Session: models.NewSessionID(), Device: models.NewDeviceID()}, Mode: models.ModeText,
		Route: models.RouteP2P, StartedAt: stored,
	}
}

func TestAnEndIsNeverUndoneByAnOlderRow(t *testing.T) {
	end := stored.Add(time.Minute)
	started := newSession()
	ended := started
	ended.EndedAt, ended.Pairs, ended.Messages, ended.Flagged = &end, 3, 20, 1
	pairStarted := newPair()
	pairMoved := pairStarted
	pairMoved.Route, pairMoved.Messages = models.RouteSFU, 4
	pairEnded := pairMoved
	pairEnded.EndedAt, pairEnded.EndReason, pairEnded.EndedBy, pairEnded.Messages = &end, models.EndNext, started.ID, 9

	for name, row := range map[string]struct {
		sessions [][]models.Session
		pairs    [][]models.Pair
	}{
		"in order, one by one": {
			[][]models.Session{{started}, {ended}},
			[][]models.Pair{{pairStarted}, {pairMoved}, {pairEnded}},
		},
		"the end first": {
			[][]models.Session{{ended}, {started}},
			[][]models.Pair{{pairEnded}, {pairStarted}, {pairMoved}},
		},
		"in one batch": {
			[][]models.Session{{started, newSession(), ended}},
			[][]models.Pair{{pairStarted, newPair(), pairMoved, pairEnded}},
		},
		"in one batch, the end first": {
			[][]models.Session{{ended, started}},
			[][]models.Pair{{pairEnded, pairMoved, pairStarted}},
		},
		"written again": {
			[][]models.Session{{ended}, {ended}},
			[][]models.Pair{{pairEnded}, {pairEnded}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				for _, batch := range row.sessions {
					must(t, s.SaveSessions(t.Context(), batch))
				}
				for _, batch := range row.pairs {
					must(t, s.SavePairs(t.Context(), batch))
				}
				session, err := s.Session(t.Context(), ended.ID)
				must(t, err)
				if !reflect.DeepEqual(session, ended) {
					t.Errorf("session %+v, want %+v", session, ended)
				}
				pair, err := s.Pair(t.Context(), pairEnded.ID)
				must(t, err)
				if !reflect.DeepEqual(pair, pairEnded) {
					t.Errorf("pair %+v, want %+v", pair, pairEnded)
				}
			})
		})
	}
}

func TestARouteChangeShowsWhileThePairLives(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		pair := newPair()
		must(t, s.SavePairs(t.Context(), []models.Pair{pair}))
		pair.Route = models.RouteTURN
		must(t, s.SavePairs(t.Context(), []models.Pair{pair}))
		got, err := s.Pair(t.Context(), pair.ID)
		must(t, err)
		if got.Route != models.RouteTURN {
			t.Errorf("route %s", got.Route)
		}
	})
}

func TestAddressesAddUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		at := func(minute int) time.Time { return stored.Add(time.Duration(minute) * time.Minute) }
		must(t, s.TouchIP(t.Context(), []models.IPStat{
			{IP: "192.0.2.1", FirstSeen: at(5), LastSeen: at(6), Sessions: 1},
			{IP: "192.0.2.2", FirstSeen: at(5), LastSeen: at(6), Sessions: 1},
			{IP: "192.0.2.1", FirstSeen: at(4), LastSeen: at(9), Messages: 10},
		}))
		must(t, s.TouchIP(t.Context(), []models.IPStat{{IP: "192.0.2.1", FirstSeen: at(2), LastSeen: at(8), Messages: 5, Flagged: 2}}))
		must(t, s.TouchIP(t.Context(), nil))
		got, err := s.IPStat(t.Context(), "192.0.2.1")
		must(t, err)
		want := models.IPStat{IP: "192.0.2.1", FirstSeen: at(2), LastSeen: at(9), Sessions: 1, Messages: 15, Flagged: 2}
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		_, err = s.IPStat(t.Context(), "192.0.2.3")
		wantErr(t, err, store.ErrNotFound)
	})
}

func TestNodesThatWriteTheSameRowsDoNotDeadlock(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var rows, reversed []models.IPStat
		for i := range 200 {
			rows = append(rows, models.IPStat{IP: models.IP("192.0.2." + string(rune('a'+i%26))), FirstSeen: stored, LastSeen: stored, Sessions: 1})
		}
		for i := range rows {
			reversed = append(reversed, rows[len(rows)-1-i])
		}
		errs := make(chan error)
		const nodes, times = 6, 10
		for node := range nodes {
			go func() {
				batch := rows
				if node%2 == 1 {
					batch = reversed
				}
				for range times {
					if err := s.TouchIP(t.Context(), batch); err != nil {
						errs <- err
						return
					}
				}
				errs <- nil
			}()
		}
		for range nodes {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		got, err := s.IPStat(t.Context(), "192.0.2.a")
		must(t, err)
		if want := int64(nodes * times * 8); got.Sessions != want {
			t.Errorf("%d sessions, want %d", got.Sessions, want)
		}
	})
}

func TestTheRecorderWritesRealRowsAndLeavesOutTheImpossible(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		good, pair := newSession(), newPair()
		impossible := newSession()
		impossible.AgentClass = "nul \x00" // PostgreSQL refuses it, SQLite does not mind
		recorder := store.NewRecorder(s, store.DefaultRecorderConfig(), slog.New(slog.DiscardHandler))
		recorder.Session(impossible)
		recorder.Session(good)
		recorder.Pair(pair)
		recorder.IP(models.IPStat{IP: good.IP, FirstSeen: stored, LastSeen: stored, Sessions: 1})
		stopped, stop := context.WithCancel(t.Context())
		stop()
		must(t, recorder.Run(stopped))

		gotSession, err := s.Session(t.Context(), good.ID)
		must(t, err)
		gotPair, err := s.Pair(t.Context(), pair.ID)
		must(t, err)
		if !reflect.DeepEqual(gotSession, good) || !reflect.DeepEqual(gotPair, pair) {
			t.Errorf("read %+v and %+v", gotSession, gotPair)
		}
		want := store.RecorderStats{Written: 4}
		if s.Engine() == store.Postgres {
			want = store.RecorderStats{Written: 3, Refused: 1}
		}
		if got := recorder.Stats(); got != want {
			t.Errorf("stats %+v, want %+v", got, want)
		}
	})
}

func TestARefusedRowIsToldFromADatabaseThatIsAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		setting := models.Setting{Key: "once", Version: 1, At: stored}
		must(t, s.DB().Create(&setting).Error)
		if err := s.DB().Create(&setting).Error; !store.RowFault(err) {
			t.Errorf("a row that exists: %v", err)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if err := s.SaveSessions(ended, []models.Session{newSession()}); err == nil || store.RowFault(err) {
			t.Errorf("a context that ended: %v", err)
		}
		if err := s.DB().Exec("SELECT * FROM no_such_table").Error; err == nil || store.RowFault(err) {
			t.Errorf("a schema that is behind: %v", err)
		}
	})
}
