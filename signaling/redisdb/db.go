package redisdb

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	dialTimeout = 2 * time.Second
	ioTimeout   = 2 * time.Second
	maxRetries  = 2
	// minPool connections are allowed per server whatever the number of CPUs:
	// a burst of scripts waits for Redis, not for a connection.
	minPool = 32
)

// DB is a way to one Redis, whichever kind it is. It is safe for concurrent
// use. Whoever opens it closes it.
type DB struct {
	client   redis.UniversalClient
	embedded *embedded // nil when a real server is used
	redacted string
}

// Open prepares the way to the Redis that rawURL names, and to an embedded
// one when it is empty:
//
//	redis://user:password@host:6379/0          one server
//	rediss://...                               the same over TLS; +sentinel and +cluster too
//	unix:///run/redis/redis.sock?db=0          one server, local socket
//	redis+sentinel://user:password@s1:26379,s2:26379/0?master=name
//	redis+cluster://user:password@h1:6379,h2:6379
//
// A Sentinel URL may carry sentinel_user and sentinel_password for the
// Sentinels themselves. Open does not connect: use [DB.Ping] to see whether
// Redis answers. Errors wrap [ErrBadURL] and hold no password.
func Open(rawURL string, log *slog.Logger) (*DB, error) {
	redis.SetLogger(clientLog{})
	if rawURL == "" {
		return openEmbedded(log)
	}
	o, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	log.Debug("redis client prepared", "url", Redacted(rawURL))
	return &DB{client: newClient(o), redacted: Redacted(rawURL)}, nil
}

// newClient adds what is the same for every kind of Redis.
func newClient(o *redis.UniversalOptions) redis.UniversalClient {
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = dialTimeout, ioTimeout, ioTimeout
	o.ContextTimeoutEnabled = true
	o.DialerRetries = 1 // commands are retried, dials need not be
	o.MaxRetries = maxRetries
	o.MinRetryBackoff, o.MaxRetryBackoff = 8*time.Millisecond, 128*time.Millisecond
	o.PoolSize = max(minPool, 8*runtime.GOMAXPROCS(0))
	o.MaxIdleConns = o.PoolSize
	o.ConnMaxIdleTime = 5 * time.Minute
	o.PoolTimeout = ioTimeout
	// RESP2 and no hand-shake extras: nothing here uses push messages, and
	// reading RESP3 costs a peek per reply.
	o.Protocol = 2
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewUniversalClient(o)
}

// Client returns the client that all of the program shares. It must not be
// closed by its user.
func (db *DB) Client() redis.UniversalClient { return db.client }

// Embedded tells whether Redis lives in this process: its data then ends with
// the process, and no second node can reach it.
func (db *DB) Embedded() bool { return db.embedded != nil }

// String names the Redis in logs, without passwords.
func (db *DB) String() string { return db.redacted }

// Ping asks whether Redis answers; with Redis Cluster, whether every master
// does.
func (db *DB) Ping(ctx context.Context) error {
	var err error
	if cluster, ok := db.client.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
			return c.Ping(ctx).Err()
		})
	} else {
		err = db.client.Ping(ctx).Err()
	}
	if err != nil {
		return fmt.Errorf("redisdb: ping: %w", err)
	}
	return nil
}

// Close closes the connections, and ends the embedded server if there is one.
// It returns when the embedded clock's goroutine has ended.
func (db *DB) Close() error {
	err := db.client.Close()
	if db.embedded != nil {
		db.embedded.close()
	}
	if err != nil {
		return fmt.Errorf("redisdb: close: %w", err)
	}
	return nil
}

// clientLog takes what go-redis would print on standard error. It is process
// wide, as go-redis has it, so it goes to the process's logger.
type clientLog struct{}

func (clientLog) Printf(ctx context.Context, format string, args ...any) {
	if log := slog.Default(); log.Enabled(ctx, slog.LevelDebug) {
		log.DebugContext(ctx, "redis client", "detail", fmt.Sprintf(format, args...))
	}
}
