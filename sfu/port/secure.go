package port

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
)

// Names of RFC 7301 in the order in which they are preferred.
const (
	alpnHTTP2 = "h2"
	alpnHTTP1 = "http/1.1"
	alpnTURN  = "stun.turn" // RFC 7443
)

func alpn() []string { return []string{alpnHTTP2, alpnHTTP1, alpnTURN} }

// lookInside shakes hands and finds out what is spoken inside.
func (p *Port) lookInside(ctx context.Context, conn, inner net.Conn) (inside net.Conn, kind Kind, reason string) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.PeekTimeout)
	defer cancel()
	p.deadline(inner)
	session := tls.Server(conn, p.TLS)
	if err := session.HandshakeContext(ctx); err != nil {
		return session, 0, refusedTLS
	}
	switch session.ConnectionState().NegotiatedProtocol {
	case alpnHTTP2, alpnHTTP1:
		return session, HTTP, ""
	case alpnTURN:
		return session, TURN, ""
	case "":
	default: // an ACME authority has seen what it came for
		return session, 0, refusedKind
	}
	p.deadline(inner)
	secure := &secureConn{peeked: peeked{Conn: session}, tls: session}
	kind, err := secure.peek()
	if err != nil {
		return secure, 0, refusedSilent
	}
	if kind == inTLS {
		return secure, 0, refusedKind
	}
	return secure, kind, ""
}

// Prepare makes server ready for the connections of kind HTTP. It learns what it has to know of TLS to speak HTTP/2,
// and what net/http sees by itself only where the connection is a *tls.Conn: that requests without ALPN came inside TLS.
// Where there is a certificate, requests in clear are sent to it.
func (p *Port) Prepare(server *http.Server) {
	if p.TLS == nil {
		return
	}
	type key struct{}
	server.TLSConfig = p.TLS
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if secure, ok := c.(*secureConn); ok {
			return context.WithValue(ctx, key{}, secure.tls)
		}
		return ctx
	}
	inner := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if session, ok := r.Context().Value(key{}).(*tls.Conn); ok {
			state := session.ConnectionState()
			r.TLS = &state
		}
		if r.TLS == nil {
			http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusPermanentRedirect)
			return
		}
		inner.ServeHTTP(w, r)
	})
}
