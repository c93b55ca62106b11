package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"

	"omezle/models"
)

// role is what somebody may do. As the roles of a way it is a set.
type role uint8

// The roles. Neither may do what only the other may: the operator does not see visitors' pictures, a reviewer does not change
// what is done about them.
const (
	operator role = 1 << iota
	reviewer

	both = operator | reviewer
)

func (r role) staff() models.StaffID {
	if r == reviewer {
		return Reviewer
	}
	return Operator
}

func (r role) token() string { return string(r.staff()) + "_token" }

type roleKey struct{}

// roleOf is the role of who made the request.
func roleOf(ctx context.Context) role {
	r, _ := ctx.Value(roleKey{}).(role) // none may do nothing
	return r
}

func staffOf(ctx context.Context) models.StaffID { return roleOf(ctx).staff() }

// only lets some roles through.
func only(may role, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if roleOf(r.Context())&may == 0 {
			problem(w, http.StatusForbidden, "role", "this is for the holder of "+may.token()+" only")
			return
		}
		next(w, r)
	}
}

// askTimeout bounds what is asked of other nodes and of the database for one request.
const askTimeout = 5 * time.Second

// guard lets those in who have a token.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(s.tokens) == 0 {
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
		who := s.authorized(r)
		if who == 0 {
			s.failures.add(addr, now)
			w.Header().Set("WWW-Authenticate", `Bearer realm="omezle"`)
			problem(w, http.StatusUnauthorized, "token", "the header Authorization: Bearer with the operator's or the reviewer's token is missing or wrong")
			return
		}
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), roleKey{}, who), askTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// authorized tells the role that the token gives, 0 for none. It compares hashes, all of them, so that neither a token nor its
// length shows in the time it takes.
func (s *Server) authorized(r *http.Request) (who role) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	given := sha256.Sum256([]byte(token))
	for of, hash := range s.tokens {
		if subtle.ConstantTimeCompare(given[:], hash[:]) == 1 {
			who = of
		}
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return 0
	}
	return who
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
