package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"

	"omezle/cmd/omezle/config"
	"omezle/models/store"
	"omezle/moderation/evidence"
)

// evidenceSettings adds what package evidence cannot hold, since it cannot redact it.
type evidenceSettings struct {
	evidence.Config `config:",inline"`
	MasterKey       config.Secret `help:"master key, 32 bytes in base64, instead of a file: openssl rand -base64 32"`
}

// Validate returns every problem, joined.
func (s *evidenceSettings) Validate() error {
	return s.Config.ValidateWith([]byte(s.MasterKey.Reveal()))
}

// schemaIsOurs refuses to work on a schema of another version: that is a node's to raise, or omezle migrate's.
func schemaIsOurs(ctx context.Context, db *store.Store) error {
	version, err := db.Version(ctx)
	if err == nil && version != store.Newest() {
		err = fmt.Errorf("the database has schema %s, this program's is %s: omezle migrate up", cmp.Or(version, "none"), store.Newest())
	}
	return err
}

// openVault opens the place of evidence, which belongs to the database.
func openVault(ctx context.Context, s *settings, db *store.Store, log *slog.Logger) (*evidence.Vault, error) {
	return evidence.Open(ctx, s.Evidence.Config, evidence.Deps{
		DataDir: s.DataDir, MasterKey: []byte(s.Evidence.MasterKey.Reveal()), Rows: db, Log: log,
	})
}
