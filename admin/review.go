package admin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"omezle/models"
)

// Step is the body of a claim, a release or an undo.
type Step struct {
	Version int `json:"version"` // of the flag, that was seen; 0: whichever it is
}

// Findings of a reviewer.
const (
	Confirm = "confirm"
	Dismiss = "dismiss"
)

// Finding is the body of a decision.
type Finding struct {
	Version int           `json:"version"`
	Outcome string        `json:"outcome"`           // confirm or dismiss
	Action  models.Action `json:"action,omitempty"`  // with confirm: none, warn, end or ban
	BanFor  string        `json:"ban_for,omitempty"` // with ban, as 24h
	Reason  string        `json:"reason,omitempty"`  // of a ban, shown to the visitor
}

// Ruled is the answer to a decision or an undo.
type Ruled struct {
	Flag      Flag       `json:"flag"`
	UndoUntil *time.Time `json:"undo_until,omitempty"`
	Notes     []string   `json:"notes,omitempty"` // what was not done, and why
}

// Why is the body of what needs no more than a reason, or not even that.
type Why struct {
	Reason string `json:"reason"`
}

func (s *Server) claim(w http.ResponseWriter, r *http.Request) {
	s.step(w, r, "claim a flag", s.Reviews.Claim)
}

func (s *Server) release(w http.ResponseWriter, r *http.Request) {
	s.step(w, r, "release a flag", s.Reviews.Release)
}

func (s *Server) step(w http.ResponseWriter, r *http.Request, what string,
	do func(context.Context, models.FlagID, int, models.StaffID) (models.Flag, error)) {
	id, ok := flagPath(w, r)
	var step Step
	if !ok || !optional(w, r, &step, `{"version": ...}`) {
		return
	}
	flag, err := do(r.Context(), id, step.Version, staffOf(r.Context()))
	if err != nil {
		s.fail(w, what, err)
		return
	}
	writeJSON(w, http.StatusOK, flagOf(&flag))
}

func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	id, ok := flagPath(w, r)
	if !ok {
		return
	}
	data, ok := body(w, r)
	if !ok {
		return
	}
	var finding Finding
	if err := strict(data, &finding); err != nil {
		problem(w, http.StatusBadRequest, "bad_request", `the body is not {"version": ..., "outcome": ..., "action": ...}: `+err.Error())
		return
	}
	ruling, err := finding.ruling(id, staffOf(r.Context()))
	if err != nil {
		problem(w, http.StatusUnprocessableEntity, "invalid", err.Error())
		return
	}
	ruled, err := s.Reviews.Decide(r.Context(), ruling)
	s.answerRuled(w, "decide on a flag", ruled, err)
}

func (f *Finding) ruling(flag models.FlagID, by models.StaffID) (models.Ruling, error) {
	ruling := models.Ruling{Flag: flag, Version: f.Version, By: by, Action: f.Action, Reason: strings.TrimSpace(f.Reason)}
	switch f.Outcome {
	case Confirm:
		ruling.Outcome = models.OutcomeViolation
	case Dismiss:
		ruling.Outcome = models.OutcomeNoViolation
	default:
		return ruling, errors.New("outcome: want confirm or dismiss")
	}
	if ruling.Action == "" {
		ruling.Action = models.ActionNone
	}
	if f.BanFor != "" {
		banFor, err := time.ParseDuration(f.BanFor)
		if err != nil {
			return ruling, errors.New("ban_for: not a time such as 24h")
		}
		ruling.BanFor = banFor
	}
	if err := ruling.Validate(); err != nil {
		return ruling, errors.New(strings.TrimPrefix(err.Error(), models.ErrInvalid.Error()+": "))
	}
	return ruling, nil
}

func (s *Server) undo(w http.ResponseWriter, r *http.Request) {
	id, ok := flagPath(w, r)
	var step Step
	if !ok || !optional(w, r, &step, `{"version": ...}`) {
		return
	}
	ruled, err := s.Reviews.Undo(r.Context(), id, step.Version, staffOf(r.Context()))
	s.answerRuled(w, "undo a decision", ruled, err)
}

func (s *Server) answerRuled(w http.ResponseWriter, what string, ruled models.Ruled, err error) {
	if err != nil {
		s.fail(w, what, err)
		return
	}
	done := Ruled{Flag: flagOf(&ruled.Flag), Notes: ruled.Notes}
	if !ruled.UndoUntil.IsZero() {
		done.UndoUntil = &ruled.UndoUntil
	}
	writeJSON(w, http.StatusOK, done)
}

func (s *Server) putHold(w http.ResponseWriter, r *http.Request)    { s.hold(w, r, true) }
func (s *Server) deleteHold(w http.ResponseWriter, r *http.Request) { s.hold(w, r, false) }

func (s *Server) hold(w http.ResponseWriter, r *http.Request, on bool) {
	id, ok := flagPath(w, r)
	var why Why
	if !ok || !optional(w, r, &why, `{"reason": ...}`) || !why.check(w) {
		return
	}
	if err := s.Reviews.Hold(r.Context(), id, on, staffOf(r.Context()), why.Reason); err != nil {
		s.fail(w, "hold evidence", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// check bounds the reason, or answers.
func (y *Why) check(w http.ResponseWriter) bool {
	y.Reason = strings.TrimSpace(y.Reason)
	if utf8.RuneCountInString(y.Reason) <= maxNote && !strings.ContainsRune(y.Reason, 0) {
		return true
	}
	problem(w, http.StatusUnprocessableEntity, "reason", fmt.Sprintf("a reason has %d characters at the most", maxNote))
	return false
}

// optional reads a body that may be left out, or answers.
func optional(w http.ResponseWriter, r *http.Request, into any, shape string) bool {
	data, ok := body(w, r)
	if !ok {
		return false
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return true
	}
	if err := strict(data, into); err != nil {
		problem(w, http.StatusBadRequest, "bad_request", "the body is not "+shape+": "+err.Error())
		return false
	}
	return true
}
