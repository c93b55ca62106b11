package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"omezle/signaling/protocol"
)

// maxAnswer bounds the body of an HTTP answer in bytes.
const maxAnswer = 64 << 10

// ProblemError is an HTTP refusal: the problem that the server told, or one made
// of the status alone when a proxy answered in its place.
type ProblemError struct {
	protocol.Problem
	// RetryAfter is what the server asked to wait, zero if it did not.
	RetryAfter time.Duration
}

// Error implements error.
func (e *ProblemError) Error() string {
	return fmt.Sprintf("client: status %d, %s: %s", e.Status, e.Code, e.Detail)
}

// Passes reports whether the same request may succeed later or on another node.
func (e *ProblemError) Passes() bool {
	return e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests
}

// Create makes a session on the node at base, such as "http://localhost:8080".
// A refusal is a *ProblemError.
func Create(ctx context.Context, hc *http.Client, base string, request protocol.SessionRequest) (protocol.SessionResponse, error) {
	var session protocol.SessionResponse
	body, err := json.Marshal(request)
	if err != nil {
		return session, fmt.Errorf("client: create session: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/api/session", bytes.NewReader(body))
	if err != nil {
		return session, fmt.Errorf("client: create session: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := hc.Do(r)
	if err != nil {
		return session, fmt.Errorf("client: create session: %w", err)
	}
	defer func() {
		_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // so that the connection can be used again
		_ = answer.Body.Close()
	}()
	if answer.StatusCode != http.StatusCreated {
		return session, problemOf(answer)
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&session); err != nil {
		return session, fmt.Errorf("client: create session: %w", err)
	}
	return session, nil
}

func problemOf(answer *http.Response) *ProblemError {
	e := &ProblemError{Problem: protocol.Problem{Status: answer.StatusCode, Code: "http", Detail: answer.Status}}
	if kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type")); err == nil && kind == "application/problem+json" {
		var told protocol.Problem
		if json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&told) == nil {
			e.Problem = told
			e.Status = answer.StatusCode
		}
	}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}
