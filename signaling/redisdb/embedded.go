package redisdb

import (
	"crypto/rand"
	"fmt"
	"log/slog"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// embedded is the in-process server and the clock that lets its keys expire.
type embedded struct {
	server *miniredis.Miniredis
	clock  *clock
}

// openEmbedded starts an in-process Redis. It listens on loopback rather than
// on a pipe, because a pipe has no buffer: a pipelined batch would wait for
// replies that wait for the batch. The random password keeps other users of
// the machine out.
func openEmbedded(log *slog.Logger) (*DB, error) {
	password := rand.Text()
	server := miniredis.NewMiniRedis()
	server.RequireAuth(password)
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("redisdb: start the embedded Redis: %w", err)
	}
	// TIME follows the wall clock by itself; times to live only move when told.
	e := &embedded{server: server, clock: startClock(server.FastForward)}
	log.Debug("embedded redis started")
	return &DB{
		client:   newClient(&redis.UniversalOptions{Addrs: []string{server.Addr()}, Password: password}),
		embedded: e,
		redacted: "embedded",
	}, nil
}

func (e *embedded) close() {
	e.clock.close()
	e.server.Close()
}
