package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

const (
	postgresConns          = 16               // pool_max_conns in the URL changes it
	postgresIdleConns      = 4                // kept open
	postgresConnLife       = 30 * time.Minute // so that a failover or a new replica is noticed
	postgresConnectTimeout = 5 * time.Second  // connect_timeout in the URL changes it
)

func openPostgres(ctx context.Context, url string) (*Store, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadURL, err) // pgx redacts the password
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = postgresConnectTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "omezle"
	}
	conns := postgresConns
	if text, ok := config.RuntimeParams["pool_max_conns"]; ok {
		delete(config.RuntimeParams, "pool_max_conns") // ours, unknown to the server
		if conns, err = strconv.Atoi(text); err != nil || conns < 1 {
			return nil, fmt.Errorf("%w: pool_max_conns=%q is not a positive number", ErrBadURL, text)
		}
	}
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(_ context.Context, conn *pgx.Conn) error {
		conn.TypeMap().RegisterType(&pgtype.Type{
			Name:  "timestamptz",
			OID:   pgtype.TimestamptzOID,
			Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		return nil
	}))
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(min(conns, postgresIdleConns))
	pool.SetConnMaxLifetime(postgresConnLife)

	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close() // nothing was opened
		return nil, connectError(config, err)
	}
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), gormConfig())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: open postgres: %w", err), pool.Close())
	}
	return newStore(db, Postgres, pool), nil
}

// connectError tells a server that may come back from one that says no.
func connectError(config *pgx.ConnConfig, err error) error {
	where := fmt.Sprintf("postgres at %s:%d, database %q", config.Host, config.Port, config.Database)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code[:min(2, len(pg.Code))] {
		case "57", "53", "08": // starting up or shutting down, too many connections, connection trouble
		default: // wrong password, no such database ...
			return fmt.Errorf("store: %s refused: %w", where, err)
		}
	}
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, where, err)
}
