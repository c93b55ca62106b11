package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"omezle/models"
)

// maxBody bounds a request: the largest policy, with a note.
const maxBody = 64<<10 + 4<<10

// Problem is the body of an error (RFC 9457).
type Problem struct {
	Type     string   `json:"type"`
	Title    string   `json:"title"`
	Status   int      `json:"status"`
	Code     string   `json:"code"` // for programs
	Detail   string   `json:"detail"`
	Problems []string `json:"problems,omitempty"` // of a policy, all of them
}

func problem(w http.ResponseWriter, status int, code, detail string, problems ...string) {
	answer(w, status, "application/problem+json", Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail, Problems: problems,
	})
}

func answer(w http.ResponseWriter, status int, kind string, body any) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // it is no page, and policies stay as they were written
	_ = encoder.Encode(body)     // the client went: nothing to be done
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	answer(w, status, "application/json", body)
}

// kinds are the errors of joined parts that are no surprise. The first that fits counts: those about what was done already
// come before what they were caused by.
var kinds = []struct {
	err          error
	status       int
	code, detail string
}{
	{models.ErrUnaudited, http.StatusInternalServerError, "not_audited", "the audit log could not be written: what was changed is in effect, and nothing was shown"},
	{models.ErrUnenforced, http.StatusServiceUnavailable, "not_enforced", "it is decided, but what follows from it could not all be done: undo it and decide again, or look at the log"},
	{ErrConflict, http.StatusPreconditionFailed, "conflict", "somebody changed it meanwhile: look at it again"},
	{ErrNotFound, http.StatusNotFound, "no_call", "there is no such call now"},
	{models.ErrNotHolder, http.StatusForbidden, "not_holder", "this is for who holds the flag: claim it first"},
	{models.ErrConflict, http.StatusConflict, "changed", "the flag was changed, or somebody else holds it: look at it again"},
	{models.ErrTooLate, http.StatusConflict, "too_late", "a decision can be undone for 10 seconds"},
	{models.ErrDestroyed, http.StatusGone, "destroyed", "this evidence was destroyed"},
	{models.ErrNotFound, http.StatusNotFound, "not_found", "there is no such thing"},
	{models.ErrInvalid, http.StatusUnprocessableEntity, "invalid", "this cannot be done with it"},
}

// fail turns an error of a joined part into a problem: the one place where kinds become statuses.
func (s *Server) fail(w http.ResponseWriter, what string, err error) {
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		problem(w, http.StatusUnprocessableEntity, "invalid_policy", "the document has problems", invalid.Problems...)
		return
	}
	for _, kind := range kinds {
		if !errors.Is(err, kind.err) {
			continue
		}
		if kind.status >= http.StatusInternalServerError {
			s.Log.Error("something was done, but not all of it", "what", what, "err", err)
		}
		problem(w, kind.status, kind.code, kind.detail)
		return
	}
	s.Log.Warn("a request of staff failed", "what", what, "err", err)
	problem(w, http.StatusServiceUnavailable, "unavailable", "this cannot be done now: "+what)
}

// body reads a body of the usual size, or answers.
func body(w http.ResponseWriter, r *http.Request) ([]byte, bool) { return bodyOf(w, r, maxBody) }

// bodyOf reads a bounded body, or answers.
func bodyOf(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, bool) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		problem(w, http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the body may have %d bytes", limit))
		return nil, false
	}
	if err != nil {
		problem(w, http.StatusBadRequest, "bad_request", "the body did not arrive whole")
		return nil, false
	}
	return data, true
}

// number reads a parameter of the query within 1 and limit, or answers.
func number(w http.ResponseWriter, r *http.Request, name string, byDefault, limit int) (int, bool) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return byDefault, true
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > limit {
		problem(w, http.StatusBadRequest, "bad_request", fmt.Sprintf("%s: want 1 to %d", name, limit))
		return 0, false
	}
	return n, true
}

func retryAfter(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

func encode(v any) (models.JSON, error) {
	document, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("admin: encode: %w", err)
	}
	return document, nil
}
