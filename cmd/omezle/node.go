package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"omezle/models"
	"omezle/models/store"
	"omezle/signaling"
	"omezle/signaling/bus"
	"omezle/signaling/limit"
	"omezle/signaling/match"
	"omezle/signaling/redisdb"
	"omezle/signaling/socket"
	"omezle/web"
)

// node is what serve joins, in the order of its fields.
type node struct {
	id       models.NodeID
	settings *settings
	log      *slog.Logger
	private  *private

	store     *store.Store
	redis     *redisdb.DB
	bus       *bus.Bus
	signaling *signaling.Server
}

// openStores opens and migrates the database and opens Redis.
func (n *node) openStores(ctx context.Context, parts *services) (err error) {
	log := n.log.With("node", n.id)
	if n.store, err = openStore(ctx, n.settings, log); err != nil {
		return err
	}
	parts.hold("database", n.store.Close)
	n.private.need("database", n.store.Ping)
	if err := n.store.Migrate(ctx); err != nil {
		return err
	}
	if n.redis, err = openRedis(ctx, n.settings, log); err != nil {
		return err
	}
	parts.hold("redis", n.redis.Close)
	n.private.need("redis", n.redis.Ping)
	return nil
}

// join makes history, bus, matching and signalling know one another, and starts
// them in that order.
func (n *node) join(parts *services) error {
	s, log, client := n.settings, n.log.With("node", n.id), n.redis.Client()
	key, err := signingKey(s, !n.redis.Embedded(), log)
	if err != nil {
		return err
	}
	tokens, err := signaling.NewTokens(key)
	if err != nil {
		return err
	}
	history := store.NewRecorder(n.store, s.History, log)
	n.bus = bus.New(client, n.id, s.Bus, n.log)
	n.signaling, err = signaling.New(signaling.Deps{
		Node: n.id, Redis: client, Bus: n.bus, Store: n.store, History: history, Tokens: tokens,
		Matcher: match.New(client, s.Match), Widening: s.Match,
		Log: log, Metrics: signaling.NewMetrics(n.private.metrics), Online: n.online, Version: buildVersion(),
	}, s.Signaling)
	if err != nil {
		return err
	}
	n.bus.Handle(n.signaling.Receive)
	n.bus.Describe(n.describe)
	n.bus.OnDead(n.signaling.Bury)
	n.bus.OnGone(n.signaling.NodeGone)
	n.bus.OnReset(n.signaling.Republish)

	n.private.need("bus", func(context.Context) error { return n.bus.Healthy() })
	n.signaling.Observe(n.private.metrics)
	n.private.gauge("omezle_nodes", "Nodes that are alive as far as this one knows.", func() float64 { return float64(len(n.bus.Nodes())) })
	n.private.watchHistory(history.Stats)
	n.private.watchBus(n.bus.Stats)

	parts.start("history", history.Run)
	parts.start("bus", n.bus.Run)
	parts.start("signaling", n.signaling.Run)
	return nil
}

// describe is what the other nodes are told with each heartbeat.
func (n *node) describe() bus.NodeInfo {
	return bus.NodeInfo{
		Started: n.private.started, Region: n.settings.Signaling.Region, Roles: n.settings.Roles,
		Sessions: n.signaling.Sessions(), Draining: n.signaling.Draining(),
	}
}

// online counts visitors: here as it is, on other nodes as they last said.
func (n *node) online() int {
	sum := n.signaling.Sessions()
	for _, other := range n.bus.Nodes() {
		if other.ID != n.id {
			sum += other.Sessions
		}
	}
	return sum
}

// startPublic opens the public port and returns how to reach it from here.
func (n *node) startPublic(parts *services) (url string, err error) {
	client, err := web.Handler(web.Files())
	if err != nil {
		return "", err
	}
	secure, err := n.settings.TLS.config()
	if err != nil {
		return "", err
	}
	inner, err := net.Listen("tcp", n.settings.Listen)
	if err != nil {
		return "", fmt.Errorf("public port: %w", err)
	}
	cfg := n.settings.Signaling
	listener := socket.NewListener(inner, socket.Bounds{PerAddress: cfg.MaxConnsPerIP, Total: cfg.MaxConns}, limit.Proxies(cfg.TrustedProxies).Contains)
	n.private.count("omezle_connections_refused_total", "Connections closed for being too many of one address.",
		func() float64 { return float64(listener.Refused()) })

	mux := http.NewServeMux()
	mux.Handle("/", client)
	for _, path := range []string{"/ws", "/api/", "/stats"} {
		mux.Handle(path, n.signaling.Handler())
	}
	server := newServer(mux, n.log.With("node", n.id))
	server.TLSConfig = secure
	parts.start("public port", func(ctx context.Context) error { return serveHTTP(ctx, server, listener) })
	return localURL(listener, secure != nil), nil
}

// drain moves the visitors to other nodes while everything still runs.
func (n *node) drain() {
	log := n.log.With("node", n.id)
	n.private.enter(draining)
	log.Info("draining", "deadline", n.settings.DrainTimeout, "sessions", n.signaling.Sessions())
	ctx, cancel := context.WithTimeout(context.Background(), n.settings.DrainTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- n.signaling.Drain(ctx) }()
	n.bus.Announce() // the others should send nobody here
	if err := <-done; err != nil {
		log.Warn("not everybody was moved", "err", err, "sessions", n.signaling.Sessions())
	}
}

// signingKey is the configured secret, or the one kept in the data folder.
func signingKey(s *settings, shared bool, log *slog.Logger) ([]byte, error) {
	if s.Secret != "" {
		return []byte(s.Secret.Reveal()), nil
	}
	if shared {
		log.Warn("the signing key is this node's own: nodes that share a Redis need the same one, see OMEZLE_SECRET")
	}
	return keptSecret(s.DataDir)
}
