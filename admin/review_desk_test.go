package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/moderation/review"
)

// queue is a desk with flags in a real database, reviewed by the real workflow.
type queue struct {
	*desk
	store *store.Store
	now   time.Time

	items map[models.EvidenceID]item
	lost  error // what evidence returns
	bank  map[string][]string
}

type item struct {
	models.Evidence
	data []byte
}

func newQueue(t testing.TB) *queue {
	q := &queue{
		desk: newDesk(t), store: storetest.Migrated(t, storetest.SQLite(t)), now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC),
		items: map[models.EvidenceID]item{}, bank: map[string][]string{},
	}
	deps := q.server.Deps
	deps.FrameRules, deps.Queue, deps.Similar, deps.Banks, deps.Audit = deskRules{q.desk}, q.store, q, deskBanks{q}, q.store
	deps.Reviews = review.New(review.Deps{Flags: q.store, Evidence: deskEvidence{q}, Audit: q.store, Now: func() time.Time { return q.now }})
	q.server = New(deps)
	q.handler = q.server.Handler()
	return q
}

// deskRules are the rules about pictures of these tests.
type deskRules struct{ *desk }

func (d deskRules) InForce() models.Policy {
	if len(d.rules) == 0 {
		return models.Policy{Name: "frames", Rules: models.JSON(`{"rules":[{"name":"nudity","classes":["Porn"]}]}`)}
	}
	return d.rules[len(d.rules)-1]
}

func (d deskRules) Set(_ context.Context, document []byte, from int, note string, by models.StaffID) (models.Policy, error) {
	if !json.Valid(document) || bytes.Contains(document, []byte("moon")) {
		return models.Policy{}, &InvalidError{Problems: []string{"rules: no moon"}}
	}
	if from != len(d.rules) {
		return models.Policy{}, ErrConflict
	}
	p := models.Policy{Name: "frames", Version: from + 1, Rules: document, Note: note, By: by, At: time.Unix(1_800_000_000, 0).UTC()}
	d.desk.rules = append(d.rules, p)
	return p, d.broken
}

func (d deskRules) History(context.Context, int) ([]models.Policy, error) { return d.rules, d.broken }

// deskEvidence keeps evidence in memory.
type deskEvidence struct{ *queue }

func (d deskEvidence) Of(_ context.Context, flag models.FlagID) (of []models.Evidence, _ error) {
	for _, i := range d.items {
		if i.Flag == flag {
			of = append(of, i.Evidence)
		}
	}
	slices.SortFunc(of, func(a, b models.Evidence) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return of, d.lost
}

func (d deskEvidence) Open(_ context.Context, id models.EvidenceID) ([]byte, models.Evidence, error) {
	i, ok := d.items[id]
	switch {
	case !ok:
		return nil, models.Evidence{}, models.ErrNotFound
	case i.DestroyedAt != nil:
		return nil, i.Evidence, models.ErrDestroyed
	}
	return i.data, i.Evidence, d.lost
}

func (d deskEvidence) Settle(context.Context, models.FlagID, models.Outcome) (int, error) {
	return 0, d.lost
}

func (d deskEvidence) Hold(_ context.Context, flag models.FlagID, on bool) (n int, _ error) {
	for id, i := range d.items {
		if i.Flag == flag {
			i.Held = on
			d.items[id] = i
			n++
		}
	}
	return n, d.lost
}

// Similar implements Similar.
func (q *queue) Similar(context.Context, models.FlagID) (int, error) { return 4, q.lost }

type deskBanks struct{ *queue }

func (d deskBanks) List(context.Context) (banks []Bank, _ error) {
	for name, lines := range d.bank {
		banks = append(banks, Bank{Name: name, Hashes: len(lines)})
	}
	return banks, d.broken
}

func (d deskBanks) Export(_ context.Context, name string) ([]byte, error) {
	lines, ok := d.bank[name]
	if !ok {
		return nil, models.ErrNotFound
	}
	return []byte(strings.Join(lines, "\n")), nil
}

func (d deskBanks) Import(_ context.Context, name string, text []byte, _ models.StaffID) (int, error) {
	lines := strings.Fields(string(text))
	if slices.Contains(lines, "x") {
		return 0, &InvalidError{Problems: []string{"line 1: no hash"}}
	}
	d.bank[name] = append(d.bank[name], lines...)
	return len(lines), nil
}

// flag puts one into the queue with a still and two lines of chat.
func (q *queue) flag(change func(*models.Flag)) (flag models.FlagID, still models.EvidenceID) {
	q.t.Helper()
	f := &models.Flag{
		ID: models.NewFlagID(), Kind: models.FlagFrame, Session: models.NewSessionID(), Device: models.NewDeviceID(), Pair: models.NewPairID(),
		Rule: "nudity@1", Model: "mid@1", Scores: map[string]float64{"Porn": 0.91}, ClientScores: map[string]float64{"Porn": 0.95}, Route: models.RouteSFU,
		Actions: []models.Action{models.ActionBlur, models.ActionStop}, Timeline: []models.TimelineEvent{{At: q.now, What: "matched"}},
		State: models.FlagOpen, At: q.now,
	}
	if change != nil {
		change(f)
	}
	if err := q.store.CreateFlag(q.t.Context(), f); err != nil {
		q.t.Fatal(err)
	}
	var picture bytes.Buffer
	chat, err := json.Marshal([]models.ChatLine{{Session: f.Session, Text: "<b>hi</b>", At: q.now}, {Session: models.NewSessionID(), Text: "bye", At: q.now}})
	if err := errors.Join(err, jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 64, 48)), nil)); err != nil {
		q.t.Fatal(err)
	}
	still = models.NewEvidenceID()
	q.items[still] = item{models.Evidence{
		ID: still, Flag: f.ID, Kind: models.EvidenceStill, MediaType: "image/jpeg", Size: picture.Len(), Width: 64, Height: 48, Scores: f.Scores,
		PDQ: bytes.Repeat([]byte{0xab}, 32), Quality: 99, At: q.now,
	}, picture.Bytes()}
	id := models.NewEvidenceID()
	q.items[id] = item{models.Evidence{ID: id, Flag: f.ID, Kind: models.EvidenceChat, MediaType: "application/json", At: q.now}, chat}
	return f.ID, still
}

// reviews sends a request with the reviewer's token.
func (q *queue) reviews(method, path, body string) *httptest.ResponseRecorder {
	return q.stranger(method, Prefix+path, body, "Authorization", "Bearer "+reviewerToken)
}

// audited are the actions in the audit log, oldest first.
func (q *queue) audited() (actions []string) {
	q.t.Helper()
	entries, err := q.store.Logs(q.t.Context(), store.LogFilter{}, 0, 0)
	if err != nil {
		q.t.Fatal(err)
	}
	for _, entry := range entries {
		actions = append(actions, entry.Action)
	}
	slices.Reverse(actions)
	return actions
}

// request sends one of any shape with the reviewer's token.
func (q *queue) request(method, path, query, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "http://chat.example"+Prefix, strings.NewReader(body))
	r.Method, r.URL.Path, r.URL.RawQuery = method, Prefix+path, query
	r.Header.Set("Authorization", "Bearer "+reviewerToken)
	w := httptest.NewRecorder()
	q.handler.ServeHTTP(w, r)
	return w
}
