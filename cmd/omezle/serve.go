package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"

	"omezle/models"
	"omezle/models/store"
	"omezle/signaling/redisdb"
)

// serve runs a node until ctx ends, then drains and stops it. The package
// documentation has the order of both.
func serve(ctx context.Context, s *settings, log *slog.Logger, out io.Writer) (err error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(s.GCPercent)
	}
	id := models.NewNodeID()
	parts := newServices(log.With("node", id))
	defer parts.stop()

	port := newPrivate(id)
	if err := startPrivate(parts, s, port, log, out); err != nil {
		return err
	}
	n := &node{id: id, settings: s, log: log, private: port}
	if err := n.openStores(ctx, parts); err != nil {
		return err
	}
	if err := n.join(ctx, parts); err != nil {
		return err
	}
	select {
	case <-n.bus.Ready():
	case err := <-parts.failed:
		return err
	case <-ctx.Done():
		return nil
	}
	if n.policy != nil {
		n.policy.Reload() // what was announced before this node could hear
	}
	if n.rules != nil {
		n.rules.Reload() // likewise
	}
	if err := n.startWorker(parts); err != nil {
		return err
	}
	url, err := n.startPublic(ctx, parts)
	if err != nil {
		return err
	}
	port.enter(serving)
	engine := store.Engine("none")
	if n.store != nil {
		engine = n.store.Engine()
	}
	log.Info("serving", "node", id, "version", buildVersion(), "database", engine, "redis", n.redis.String())
	fmt.Fprintf(out, "Omezle is at %s\n", url)

	select {
	case err = <-parts.failed:
	case <-ctx.Done():
	}
	n.drain()
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
	fmt.Fprintf(out, "Health and metrics are at %s\n", localURL(listener.Addr(), false))
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
