package signaling

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"omezle/models"
	"omezle/signaling/limit"
	"omezle/signaling/protocol"
)

// preflightRate lets a person look at the page again and again, and the many behind one address too.
var preflightRate = limit.Rate{PerSecond: 0.5, Burst: 20}

const (
	preflightAddresses = 10_000          // remembered at once
	maxPreflightOffer  = 64 << 10        // bytes: MaxSDP with JSON's escapes
	preflightTimeout   = 3 * time.Second // for the media server's answer
)

// handlePreflight adds what a page asks that looks which ways work from where it is.
func (s *Server) handlePreflight(mux *http.ServeMux) {
	rate := limit.NewAddresses(preflightRate, preflightAddresses)
	bounded := func(serve http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if !s.allowCORS(w, r) {
				return
			}
			if wait := rate.Take(s.proxies.ClientIP(r), time.Now()); wait > 0 {
				problem(w, http.StatusTooManyRequests, "rate_limited", "too many checks from this address", roundUp(wait))
				return
			}
			serve(w, r)
		}
	}
	mux.HandleFunc("GET /api/preflight", bounded(s.servePreflightServers))
	mux.HandleFunc("POST /api/preflight/offer", bounded(s.servePreflightOffer))
	mux.HandleFunc("OPTIONS /api/preflight/offer", s.servePreflight)
}

// mediaServer reports whether there is one on any node; one that answers preflights alone counts.
func (s *Server) mediaServer() bool {
	if s.Media == nil {
		return true
	}
	found, _ := s.Media.Load(s.cfg.Region)
	return found
}

// roundUp makes a wait whole seconds, as Retry-After counts.
func roundUp(wait time.Duration) time.Duration {
	return time.Duration(math.Ceil(wait.Seconds())) * time.Second
}

func (s *Server) servePreflightServers(w http.ResponseWriter, r *http.Request) {
	addr, state := s.seen(r)
	body := protocol.Preflight{
		ICEServers: append([]protocol.ICEServer{}, s.cfg.ICEServers...), MediaServer: s.PreflightOffer != nil && s.mediaServer(),
		Address: addr.String(), Proxy: state, Version: s.Version,
	}
	if s.PreflightServers != nil {
		body.ICEServers = append(body.ICEServers, s.PreflightServers(models.NewSessionID())...)
	}
	writeJSON(w, http.StatusOK, body)
}

// seen is the client's address, and who told it.
func (s *Server) seen(r *http.Request) (netip.Addr, protocol.ProxyState) {
	switch {
	case r.Header.Get("X-Forwarded-For") == "":
		return s.proxies.ClientIP(r), protocol.ProxyNone
	case s.proxies.Contains(limit.ParseAddr(r.RemoteAddr)):
		return s.proxies.ClientIP(r), protocol.ProxyTrusted
	}
	return s.proxies.ClientIP(r), protocol.ProxyUntrusted
}

func (s *Server) servePreflightOffer(w http.ResponseWriter, r *http.Request) {
	if s.PreflightOffer == nil {
		problem(w, http.StatusNotFound, "not_offered", "there is no media server here", 0)
		return
	}
	var offer protocol.PreflightSDP
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxPreflightOffer)).Decode(&offer); err != nil ||
		len(offer.SDP) > protocol.MaxSDP || !strings.HasPrefix(offer.SDP, "v=0") {
		problem(w, http.StatusBadRequest, "bad_request", "the body is no JSON with an offer", 0)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), preflightTimeout)
	defer cancel()
	answer, err := s.PreflightOffer(ctx, offer.SDP)
	if err != nil {
		s.Log.Debug("a preflight offer was not answered", "err", err)
		problem(w, http.StatusBadGateway, "media_server", "the media server does not take this offer", 0)
		return
	}
	writeJSON(w, http.StatusOK, protocol.PreflightSDP{SDP: answer})
}
