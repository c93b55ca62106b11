package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"

	"omezle/models"
	"omezle/models/store"
	"omezle/signaling/redisdb"
	"omezle/web"
)

// serve runs a node until ctx ends, then drains and stops it. The package
// documentation has the order of both.
func serve(ctx context.Context, s *settings, log *slog.Logger, out io.Writer) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(s.GCPercent)
	}
	node := models.NewNodeID()
	log = log.With("node", node)
	parts := newServices(log)
	defer parts.stop()

	port := newPrivate(node)
	if err := startPrivate(parts, s, port, log, out); err != nil {
		return err
	}
	secure, err := s.TLS.config()
	if err != nil {
		return err
	}
	db, err := openStore(ctx, s, log)
	if err != nil {
		return err
	}
	parts.hold("database", db.Close)
	port.need("database", db.Ping)
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	shared, err := openRedis(ctx, s, log)
	if err != nil {
		return err
	}
	parts.hold("redis", shared.Close)
	port.need("redis", shared.Ping)

	client, err := web.Handler(web.Files())
	if err != nil {
		return err
	}
	public := http.NewServeMux()
	public.Handle("/", client)

	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("public port: %w", err)
	}
	server := newServer(public, log)
	server.TLSConfig = secure
	parts.start("public port", func(ctx context.Context) error { return serveHTTP(ctx, server, listener) })
	port.enter(serving)
	log.Info("serving", "version", buildVersion(), "database", db.Engine(), "redis", shared.String())
	fmt.Fprintf(out, "Omezle is at %s\n", localURL(listener, secure != nil))

	select {
	case err = <-parts.failed:
	case <-ctx.Done():
	}
	port.enter(draining)
	log.Info("draining", "deadline", s.DrainTimeout)
	parts.stop()
	return err
}

func startPrivate(parts *services, s *settings, port *private, log *slog.Logger, out io.Writer) error {
	if s.PrivateListen == "" {
		return nil
	}
	listener, err := net.Listen("tcp", s.PrivateListen)
	if err != nil {
		return fmt.Errorf("private port: %w", err)
	}
	server := newServer(port.handler(), log)
	parts.start("private port", func(ctx context.Context) error { return serveHTTP(ctx, server, listener) })
	fmt.Fprintf(out, "Health and metrics are at %s\n", localURL(listener, false))
	return nil
}

// openStore opens the configured database, waiting for it, or the SQLite file.
func openStore(ctx context.Context, s *settings, log *slog.Logger) (db *store.Store, err error) {
	if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data_dir: %w", err)
	}
	again := func(err error) bool { return errors.Is(err, store.ErrUnavailable) }
	err = await(ctx, log, "the database "+s.DatabaseURL.String(), s.StartTimeout, again, func(ctx context.Context) error {
		db, err = store.Open(ctx, s.databaseURL(), log)
		return err
	})
	return db, err
}

// openRedis opens the configured Redis, waiting for it, or the embedded one.
func openRedis(ctx context.Context, s *settings, log *slog.Logger) (*redisdb.DB, error) {
	db, err := redisdb.Open(s.RedisURL.Reveal(), log)
	if err != nil {
		return nil, err
	}
	always := func(error) bool { return true }
	if err := await(ctx, log, "the Redis "+db.String(), s.StartTimeout, always, db.Ping); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// signingKey is the configured secret, or the one kept in the data folder.
func signingKey(s *settings, shared bool, log *slog.Logger) ([]byte, error) {
	if s.Secret != "" {
		return []byte(s.Secret.Reveal()), nil
	}
	if shared {
		log.Warn("the secret was generated and is known to this node only; nodes that share a Redis need the same one, see OMEZLE_SECRET")
	}
	return keptSecret(s.DataDir)
}
