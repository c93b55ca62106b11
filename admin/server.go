package admin

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"omezle/models"
)

// Who made a change by means of which token.
const (
	Operator models.StaffID = "operator"
	Reviewer models.StaffID = "reviewer"
)

// MinToken is how many characters a token has at the least.
const MinToken = 32

// What the joined parts return and the API turns into statuses.
var (
	// ErrConflict: the document was changed by somebody else meanwhile.
	ErrConflict = errors.New("admin: changed meanwhile")
	// ErrNotFound: there is no such call, now.
	ErrNotFound = errors.New("admin: not found")
)

// InvalidError is a document that cannot be.
type InvalidError struct{ Problems []string }

// Error joins the problems.
func (e *InvalidError) Error() string { return "admin: " + strings.Join(e.Problems, "; ") }

// Documents are versions of a document that is in force on all nodes: a policy, the rules about pictures.
type Documents interface {
	// InForce returns the policy in force on this node, version 0 when none was ever set.
	InForce() models.Policy
	// Set makes a document the next version. It returns an *InvalidError, or ErrConflict when from is not the version
	// before.
	Set(ctx context.Context, document []byte, from int, note string, by models.StaffID) (models.Policy, error)
	// History lists versions, newest first.
	History(ctx context.Context, limit int) ([]models.Policy, error)
}

// Policies is the policy that routes media.
type Policies interface {
	Documents
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

// Deps is what a Server is joined with. What is nil is not answered: there is nothing under its paths.
type Deps struct {
	Token         string // of the operator; empty: nobody is one
	ReviewerToken string // likewise; another one than Token. Without both the API is off
	Policies      Policies
	Calls         Calls
	FrameRules    Documents // the rules about pictures, as JSON whose "rules" have a "name" and "classes"
	Queue         Queue     // the database
	Reviews       Reviews   // the desk of moderation/review, on the same database
	Similar       Similar   // nil: similar flags are not counted
	Banks         Banks     // nil: there are no banks of hashes
	Audit         Log
	// ClientIP is the address that a request came from.
	ClientIP func(*http.Request) netip.Addr
	Log      *slog.Logger
}

// Server answers staff.
type Server struct {
	Deps
	tokens   map[role][sha256.Size]byte // hashes of those that are set
	failures failures
}

// New returns a server. It may be given requests at once.
func New(deps Deps) *Server {
	s := &Server{Deps: deps, tokens: map[role][sha256.Size]byte{}}
	if deps.Token != "" {
		s.tokens[operator] = sha256.Sum256([]byte(deps.Token))
	}
	if deps.ReviewerToken != "" && deps.ReviewerToken != deps.Token {
		s.tokens[reviewer] = sha256.Sum256([]byte(deps.ReviewerToken))
	}
	return s
}

// Prefix is the path that everything here is under.
const Prefix = "/api/admin/"

// Handler serves what is under Prefix.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, w := range s.ways() {
		method, path, _ := strings.Cut(w.pattern, " ")
		mux.HandleFunc(method+" "+Prefix+path, only(w.may, w.serve))
	}
	mux.HandleFunc(Prefix, func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusNotFound, "not_found", "there is nothing here that is asked for in this way")
	})
	return s.guard(mux)
}

// audit writes what was done. It reports whether it could; if not, it has answered.
func (s *Server) audit(ctx context.Context, w http.ResponseWriter, action, target, reason string, metadata any) bool {
	document, err := encode(metadata)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout) // it is done, whoever has gone
		defer cancel()
		err = s.Audit.AppendLog(ctx, &models.ModerationLog{
			Action: action, Target: target, Admin: staffOf(ctx), Reason: reason, Metadata: document, At: time.Now(),
		})
	}
	if err != nil {
		s.Log.Error("a change is in effect that the audit log lacks", "action", action, "target", target, "err", err)
		problem(w, http.StatusInternalServerError, "not_audited", "the change is in effect, but the audit log could not be written")
		return false
	}
	return true
}
