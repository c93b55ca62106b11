package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"omezle/admin"
	"omezle/sfu/port"
	"omezle/signaling/limit"
	"omezle/signaling/socket"
	"omezle/web"
)

// startPublic opens the public port, gives each protocol on it to who speaks that, and returns how to reach it from
// here.
func (n *node) startPublic(ctx context.Context, parts *services) (url string, err error) {
	handler, err := n.publicHandler()
	if err != nil {
		return "", err
	}
	s, log := n.settings, n.log.With("node", n.id)
	certificates, err := s.tlsConfig().Open(log)
	if err != nil {
		return "", err
	}
	gate := socket.NewGate(socket.Bounds{PerAddress: s.Signaling.MaxConnsPerIP, Total: s.Signaling.MaxConns}, limit.Proxies(s.Signaling.TrustedProxies).Contains)
	n.private.count("omezle_connections_refused_total", "Connections closed for being too many of one address.",
		func() float64 { return float64(gate.Refused()) })

	public, err := port.Listen(ctx, s.Listen, s.Port, port.Deps{
		Admit: gate.Admit, TLS: certificates.TLS(), Log: log, Metrics: port.NewMetrics(n.private.metrics),
	})
	if err != nil {
		return "", fmt.Errorf("public port: %w", err)
	}
	if s.has(roleTURN) {
		if err := n.startTURN(ctx, parts, public, certificates != nil); err != nil {
			return "", errors.Join(err, public.Close())
		}
	}
	if s.has(roleSFU) {
		if err := n.startSFU(parts, public); err != nil {
			return "", errors.Join(err, public.Close())
		}
	}
	if certificates != nil {
		parts.start("certificates", certificates.Run)
	}
	server := newServer(handler, log)
	public.Prepare(server)
	pages := public.Listener(port.HTTP)
	parts.start("HTTP", func(ctx context.Context) error { return serveHTTP(ctx, server, pages) })
	parts.start("public port", public.Run)
	return localURL(public.Addr(), certificates != nil), nil
}

// publicHandler is what visitors' browsers ask: nothing without the role signaling.
func (n *node) publicHandler() (http.Handler, error) {
	if n.signaling == nil {
		return http.NotFoundHandler(), nil
	}
	client, err := web.Handler(web.Files())
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", client)
	for _, path := range []string{"/ws", "/api/", "/stats"} {
		mux.Handle(path, n.signaling.Handler())
	}
	mux.Handle(admin.Prefix, n.staffAPI())
	return mux, nil
}

// tcpPort is the port of an address of a TCP listener.
func tcpPort(addr net.Addr) int {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}
