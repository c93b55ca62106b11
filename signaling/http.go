package signaling

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"omezle/models"
	"omezle/signaling/limit"
	"omezle/signaling/protocol"
)

const maxSessionRequest = 4 << 10 // bytes

// Handler serves /ws, /api/session, /api/config, /api/preflight and /stats.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ws", s.serveSocket)
	mux.HandleFunc("POST /api/session", s.serveSession)
	mux.HandleFunc("OPTIONS /api/session", s.servePreflight)
	mux.HandleFunc("GET /api/config", s.serveConfig)
	mux.HandleFunc("GET /stats", s.serveStats)
	s.handlePreflight(mux)
	return mux
}

// originAllowed is the rule for websockets and for the API: the origin is on the list or, without a list, the one the
// request was made to. Requests without an origin do not come from another site's page.
func (s *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	if len(s.cfg.PublicOrigins) > 0 {
		return slices.Contains(s.cfg.PublicOrigins, strings.ToLower(origin))
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	switch {
	case !s.originAllowed(r):
		problem(w, http.StatusForbidden, "origin", "this page may not open a socket here", 0)
		return
	case s.draining.Load():
		problem(w, http.StatusServiceUnavailable, "draining", "this node stops, connect again", time.Second)
		return
	case !slices.Contains(websocketProtocols(r), protocol.Subprotocol):
		problem(w, http.StatusUpgradeRequired, "subprotocol", "this service speaks "+protocol.Subprotocol, 0)
		return
	}
	place := s.lobby.enter(time.Now())
	if place == nil {
		problem(w, http.StatusServiceUnavailable, "busy", "too many sockets are being opened", lobbyGrace)
		return
	}
	addr := s.clientAddr(r)
	conn, err := s.upgrader.Upgrade(w, r)
	if err != nil {
		s.lobby.leave(place)
		s.Log.Debug("websocket not opened", "err", err)
		return
	}
	s.lobby.opened(place, conn)
	// A fresh goroutine that holds nothing of the request: net/http's buffers and stack are freed.
	s.readers.Add(1)
	go func() {
		defer s.readers.Done()
		s.serve(conn, addr, place)
	}()
}

func websocketProtocols(r *http.Request) []string {
	var names []string
	for _, value := range r.Header.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(value, ",") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

// clientAddr is the visitor's address and, when no proxy stands between, source port.
func (s *Server) clientAddr(r *http.Request) netip.AddrPort {
	addr := s.proxies.ClientIP(r)
	var port uint16
	if direct := limit.ParseAddr(r.RemoteAddr); direct == addr {
		if _, text, err := net.SplitHostPort(r.RemoteAddr); err == nil {
			n, _ := strconv.ParseUint(text, 10, 16) // net/http wrote it
			port = uint16(n)
		}
	}
	return netip.AddrPortFrom(addr, port)
}

func (s *Server) serveSession(w http.ResponseWriter, r *http.Request) {
	if !s.allowCORS(w, r) {
		return
	}
	if s.draining.Load() {
		problem(w, http.StatusServiceUnavailable, "draining", "this node stops, try again", time.Second)
		return
	}
	if s.full() {
		problem(w, http.StatusServiceUnavailable, "full", "too many people are here, try again in a minute", time.Minute)
		return
	}
	var request protocol.SessionRequest
	body := http.MaxBytesReader(w, r.Body, maxSessionRequest)
	if err := json.NewDecoder(body).Decode(&request); err != nil {
		problem(w, http.StatusBadRequest, "bad_request", "the body is not the JSON of a session request: "+err.Error(), 0)
		return
	}
	if !request.Adult {
		problem(w, http.StatusUnprocessableEntity, "age", "this service is for people of "+strconv.Itoa(s.cfg.MinimumAge)+" years and more", 0)
		return
	}
	if request.Consent != s.cfg.ConsentVersion {
		problem(w, http.StatusConflict, "consent", "the rules have version "+s.cfg.ConsentVersion+": they must be accepted first", 0)
		return
	}
	now := time.Now()
	claims := SessionClaims{Session: models.NewSessionID(), Consent: request.Consent, Issued: now.Unix()}
	device, since, err := s.Tokens.ParseDevice(request.Device, now)
	if err != nil { // none, too old or not ours: a new visitor
		device, since = models.NewDeviceID(), now
		claims.New = true
	}
	claims.Device, claims.Since = device, since.Unix()
	if !claims.New {
		if ban, banned := s.bannedNow(device); banned {
			refuseBanned(w, ban)
			return
		}
	}
	ctx, cancel := background()
	defer cancel()
	if err := s.registry.create(ctx, claims.Session, device); err != nil {
		s.Log.Warn("session not created", "err", err)
		problem(w, http.StatusServiceUnavailable, "unavailable", "sessions cannot be made now, try again in a moment", 3*time.Second)
		return
	}
	writeJSON(w, http.StatusCreated, protocol.SessionResponse{
		Session: claims.Session, Token: s.Tokens.Session(claims), Device: s.Tokens.Device(device, since, now), Expires: now.Add(s.cfg.TokenTTL).Unix(),
	})
}

func (s *Server) servePreflight(w http.ResponseWriter, r *http.Request) {
	if s.allowCORS(w, r) {
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Server) serveConfig(w http.ResponseWriter, r *http.Request) {
	if s.allowCORS(w, r) {
		writeJSON(w, http.StatusOK, protocol.PublicConfig{
			Consent: s.cfg.ConsentVersion, MinimumAge: s.cfg.MinimumAge, Modes: models.Modes, Version: s.Version,
			Check: s.cfg.ClientCheck.public(),
		})
	}
}

func (s *Server) serveStats(w http.ResponseWriter, r *http.Request) {
	if s.allowCORS(w, r) {
		writeJSON(w, http.StatusOK, protocol.PublicStats{Active: s.Online(), Waiting: int(s.queued.Load())})
	}
}

// allowCORS refuses pages of other sites and answers those on the list.
func (s *Server) allowCORS(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Add("Vary", "Origin")
	if !s.originAllowed(r) {
		problem(w, http.StatusForbidden, "origin", "this page may not use the service", 0)
		return false
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		w.Header().Set("Access-Control-Max-Age", "600")
	}
	return true
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went: nothing to be done
}

// problem answers with an RFC 9457 problem; retry over zero adds Retry-After.
func problem(w http.ResponseWriter, status int, code, detail string, retry time.Duration) {
	if retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(retry.Seconds())))
	}
	writeProblem(w, protocol.Problem{Status: status, Code: code, Detail: detail})
}

func writeProblem(w http.ResponseWriter, p protocol.Problem) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}
