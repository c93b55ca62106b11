package admin

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"omezle/models"
)

const (
	flagsPage  = 50
	flagsLimit = 500
)

// Flag is one item of the review queue, as it is answered.
type Flag struct {
	ID           models.FlagID      `json:"id"`
	Kind         models.FlagKind    `json:"kind"`
	State        models.FlagState   `json:"state"`
	Version      int                `json:"version"` // to be named by who changes it
	Reviewer     models.StaffID     `json:"reviewer,omitempty"`
	LeaseUntil   *time.Time         `json:"lease_until,omitempty"`
	Session      models.SessionID   `json:"session"`
	Device       models.DeviceID    `json:"device,omitempty"`
	Pair         models.PairID      `json:"pair,omitempty"`
	Rule         string             `json:"rule,omitempty"` // with the version of the rules, as nudity@3
	Model        string             `json:"model,omitempty"`
	Scores       map[string]float64 `json:"scores,omitempty"`
	ClientScores map[string]float64 `json:"client_scores,omitempty"` // of the partner's browser
	Route        models.Route       `json:"route,omitempty"`
	Actions      []models.Action    `json:"actions"` // that were done at once
	Shadow       bool               `json:"shadow"`
	At           time.Time          `json:"at"`
	ChangedAt    time.Time          `json:"changed_at"`
}

// FlagsPage is a part of the queue, newest first.
type FlagsPage struct {
	Flags []Flag `json:"flags"`
	Next  string `json:"next,omitempty"` // ask for those before it; empty: this is the last page
}

// FlagCounts are all flags, in numbers.
type FlagCounts struct {
	Counts []models.FlagCount `json:"counts"`
}

// FlagCard is one flag with all that is known of it.
type FlagCard struct {
	Flag
	Timeline  []models.TimelineEvent `json:"timeline"`
	Decisions []Decision             `json:"decisions"` // oldest first
	Evidence  []Evidence             `json:"evidence"`
	Chat      []ChatLine             `json:"chat"`              // the last lines
	Similar   int                    `json:"similar"`           // other flags with a still that looks alike
	Missing   []string               `json:"missing,omitempty"` // what could not be told now
}

// Decision is one finding, as it is answered.
type Decision struct {
	By      models.StaffID `json:"by"`
	Outcome models.Outcome `json:"outcome"`
	Action  models.Action  `json:"action"`
	Reason  string         `json:"reason,omitempty"`
	At      time.Time      `json:"at"`
}

// ChatLine is one line of a conversation, as it is answered. The text is hostile.
type ChatLine struct {
	Accused bool      `json:"accused"` // whoever the flag is about wrote it
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
}

func flagOf(f *models.Flag) Flag {
	actions := f.Actions
	if actions == nil {
		actions = []models.Action{}
	}
	return Flag{
		ID: f.ID, Kind: f.Kind, State: f.State, Version: f.Version, Reviewer: f.Reviewer, LeaseUntil: f.LeaseUntil, Session: f.Session,
		Device: f.Device, Pair: f.Pair, Rule: f.Rule, Model: f.Model, Scores: f.Scores, ClientScores: f.ClientScores, Route: f.Route,
		Actions: actions, Shadow: f.Shadow, At: f.At, ChangedAt: f.ChangedAt,
	}
}

func (s *Server) countFlags(w http.ResponseWriter, r *http.Request) {
	counts, err := s.Queue.FlagCounts(r.Context())
	if err != nil {
		s.fail(w, "count the flags", err)
		return
	}
	if counts == nil {
		counts = []models.FlagCount{}
	}
	writeJSON(w, http.StatusOK, FlagCounts{counts})
}

func (s *Server) listFlags(w http.ResponseWriter, r *http.Request) {
	limit, ok := number(w, r, "limit", flagsPage, flagsLimit)
	if !ok {
		return
	}
	filter, before, err := filterOf(r)
	if err != nil {
		problem(w, http.StatusBadRequest, "bad_request", err.Error())
		return
	}
	flags, next, err := s.Queue.Flags(r.Context(), filter, models.Page{Limit: limit, Before: before})
	if err != nil {
		s.fail(w, "list the flags", err)
		return
	}
	page := FlagsPage{Flags: []Flag{}, Next: next.String()}
	for i := range flags {
		page.Flags = append(page.Flags, flagOf(&flags[i]))
	}
	writeJSON(w, http.StatusOK, page)
}

// filterOf reads what is asked for. Its errors are for whoever asked.
func filterOf(r *http.Request) (filter models.FlagFilter, before models.Cursor, err error) {
	query := r.URL.Query()
	filter = models.FlagFilter{
		State: models.FlagState(query.Get("state")), Kind: models.FlagKind(query.Get("kind")), Rule: query.Get("rule"),
		Session: models.SessionID(query.Get("session")), Device: models.DeviceID(query.Get("device")),
	}
	if filter.State != "" && !filter.State.Valid() {
		return filter, before, errors.New("state: want open, claimed, upheld, dismissed, appealed or overturned")
	}
	if filter.Kind != "" && !filter.Kind.Valid() {
		return filter, before, errors.New("kind: want frame, client_frame, text, limit or hash")
	}
	if _, err := models.ParseSessionID(string(filter.Session)); filter.Session != "" && err != nil {
		return filter, before, errors.New("session: not a session")
	}
	if _, err := models.ParseDeviceID(string(filter.Device)); filter.Device != "" && err != nil {
		return filter, before, errors.New("device: not a device")
	}
	if !isName(filter.Rule) {
		return filter, before, errors.New("rule: not the name of a rule")
	}
	if text := query.Get("shadow"); text != "" {
		shadow, err := strconv.ParseBool(text)
		if err != nil {
			return filter, before, errors.New("shadow: want true or false")
		}
		filter.Shadow = &shadow
	}
	if before, err = models.ParseCursor(query.Get("before")); err != nil {
		return filter, before, errors.New("before: not a place in the list")
	}
	return filter, before, nil
}

func (s *Server) getFlag(w http.ResponseWriter, r *http.Request) {
	id, ok := flagPath(w, r)
	if !ok {
		return
	}
	ctx, by := r.Context(), staffOf(r.Context())
	flag, err := s.Queue.Flag(ctx, id)
	if err != nil {
		s.fail(w, "look at a flag", err)
		return
	}
	decisions, err := s.Queue.Decisions(ctx, id)
	if err != nil {
		s.fail(w, "look at a flag", err)
		return
	}
	card := FlagCard{Flag: flagOf(&flag), Timeline: flag.Timeline, Decisions: []Decision{}, Evidence: []Evidence{}, Chat: []ChatLine{}}
	if card.Timeline == nil {
		card.Timeline = []models.TimelineEvent{}
	}
	for _, d := range decisions {
		card.Decisions = append(card.Decisions, Decision{d.By, d.Outcome, d.Action, d.Reason, d.At})
	}
	// A decision must not wait for a place of evidence that is away: the rest of the card is told without it.
	missing := func(what string, err error) {
		s.Log.Warn("a flag is shown without something", "what", what, "err", err)
		card.Missing = append(card.Missing, what)
	}
	items, err := s.Reviews.Items(ctx, id, by)
	if err != nil {
		missing("evidence", err)
	}
	card.Evidence = evidenceOf(items)
	lines, err := s.Reviews.Chat(ctx, items, by)
	if err != nil {
		missing("chat", err)
	}
	for _, line := range lines {
		card.Chat = append(card.Chat, ChatLine{line.Session == flag.Session, line.Text, line.At})
	}
	if s.Similar != nil {
		if card.Similar, err = s.Similar.Similar(ctx, id); err != nil {
			missing("similar", err)
		}
	}
	writeJSON(w, http.StatusOK, card)
}

// flagPath is the flag that the path names, or an answer that it names none.
func flagPath(w http.ResponseWriter, r *http.Request) (models.FlagID, bool) {
	id, err := models.ParseFlagID(r.PathValue("flag"))
	if err != nil {
		problem(w, http.StatusBadRequest, "bad_request", "the path does not name a flag")
	}
	return id, err == nil
}

const maxName = 100

// isName reports whether a text may be the name of a rule, or empty.
func isName(text string) bool {
	if len(text) > maxName {
		return false
	}
	for _, r := range text {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return false
		}
	}
	return true
}
