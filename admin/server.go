package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"omezle/models"
)

// Operator is who made a change by means of the token.
const Operator models.StaffID = "operator"

// MinToken is how many characters a token has at the least.
const MinToken = 32

// What the joined parts return and the API turns into statuses.
var (
	// ErrConflict: the policy was changed by somebody else meanwhile.
	ErrConflict = errors.New("admin: changed meanwhile")
	// ErrNotFound: there is no such call, now.
	ErrNotFound = errors.New("admin: not found")
)

// InvalidError is a policy that cannot be.
type InvalidError struct{ Problems []string }

// Error joins the problems.
func (e *InvalidError) Error() string { return "admin: " + strings.Join(e.Problems, "; ") }

// Policies is the policy that routes media.
type Policies interface {
	// InForce returns the policy in force on this node, version 0 when none was ever set.
	InForce() models.Policy
	// Set makes a document the next version. It returns an *InvalidError, or ErrConflict when from is not the version
	// before.
	Set(ctx context.Context, document []byte, from int, note string, by models.StaffID) (models.Policy, error)
	// History lists versions, newest first.
	History(ctx context.Context, limit int) ([]models.Policy, error)
	// Try returns what a document would decide, or an *InvalidError.
	Try(document []byte) (func(models.RouteFacts) models.RouteDecision, error)
}

// Calls are the calls that are live on all nodes.
type Calls interface {
	// List returns them in no particular order. Calls of nodes that do not answer in time are left out.
	List(ctx context.Context) ([]models.LiveCall, error)
	// SetRoute overrides the policy for one call, or with an empty route gives it back. It returns ErrNotFound, and not
	// before the call's conductor knows; the switch itself takes its time.
	SetRoute(ctx context.Context, pair models.PairID, route models.Route, forced bool) error
}

// Log is the audit log.
type Log interface {
	AppendLog(ctx context.Context, entry *models.ModerationLog) error
}

// Deps is what a Server is joined with.
type Deps struct {
	Token    string // of the operator; empty: the API is off
	Policies Policies
	Calls    Calls
	Audit    Log
	// ClientIP is the address that a request came from.
	ClientIP func(*http.Request) netip.Addr
	Log      *slog.Logger
}

// Server answers staff.
type Server struct {
	Deps
	token    [sha256.Size]byte
	failures failures
}

// New returns a server. It may be given requests at once.
func New(deps Deps) *Server {
	return &Server{Deps: deps, token: sha256.Sum256([]byte(deps.Token))}
}

// Prefix is the path that everything here is under.
const Prefix = "/api/admin/"

// Handler serves what is under Prefix.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Prefix+"policy", s.getPolicy)
	mux.HandleFunc("PUT "+Prefix+"policy", s.putPolicy)
	mux.HandleFunc("GET "+Prefix+"policy/history", s.getHistory)
	mux.HandleFunc("POST "+Prefix+"policy/dry-run", s.dryRun)
	mux.HandleFunc("GET "+Prefix+"calls", s.listCalls)
	mux.HandleFunc("PUT "+Prefix+"calls/{pair}/route", s.putRoute)
	mux.HandleFunc("DELETE "+Prefix+"calls/{pair}/route", s.deleteRoute)
	mux.HandleFunc(Prefix, func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusNotFound, "not_found", "there is nothing here that is asked for in this way")
	})
	return s.guard(mux)
}

// askTimeout bounds what is asked of other nodes and of the database for one request.
const askTimeout = 5 * time.Second

// guard lets the operator in.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Token == "" {
			problem(w, http.StatusNotFound, "off", "the operator's API is off on this node: set operator_token (OMEZLE_OPERATOR_TOKEN)")
			return
		}
		if crossOrigin(r) {
			problem(w, http.StatusForbidden, "origin", "pages of other sites may not use the operator's API")
			return
		}
		addr, now := s.ClientIP(r), time.Now()
		if wait := s.failures.wait(addr, now); wait > 0 {
			w.Header().Set("Retry-After", retryAfter(wait))
			problem(w, http.StatusTooManyRequests, "too_many_failures", "too many wrong tokens came from this address: wait a minute")
			return
		}
		if !s.authorized(r) {
			s.failures.add(addr, now)
			w.Header().Set("WWW-Authenticate", `Bearer realm="omezle"`)
			problem(w, http.StatusUnauthorized, "token", "the header Authorization: Bearer with the operator's token is missing or wrong")
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// authorized compares hashes, so that neither the token nor its length shows in the time it takes.
func (s *Server) authorized(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	given := sha256.Sum256([]byte(token))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(given[:], s.token[:]) == 1
}

// crossOrigin reports whether a page of another site made the request.
func crossOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host)
}

// audit writes what was done. It reports whether it could; if not, it has answered.
func (s *Server) audit(ctx context.Context, w http.ResponseWriter, action, target, reason string, metadata any) bool {
	document, err := encode(metadata)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout) // it is done, whoever has gone
		defer cancel()
		err = s.Audit.AppendLog(ctx, &models.ModerationLog{
			Action: action, Target: target, Admin: Operator, Reason: reason, Metadata: document, At: time.Now(),
		})
	}
	if err != nil {
		s.Log.Error("a change is in effect that the audit log lacks", "action", action, "target", target, "err", err)
		problem(w, http.StatusInternalServerError, "not_audited", "the change is in effect, but the audit log could not be written")
		return false
	}
	return true
}
