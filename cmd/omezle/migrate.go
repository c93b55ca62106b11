package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/alecthomas/kong"

	"omezle/models/store"
)

type migrateCommand struct {
	Action string `arg:"" enum:"up,down,status" help:"up: to this version's schema; down: undo the last step, with the data it held; status: tell the version."`

	kong.Plugins
	given func() map[string]string
}

// Run changes the schema or tells its version.
func (c *migrateCommand) Run(ctx context.Context, p *process) (err error) {
	settings, _, err := loadSettings(p, c.given())
	if err != nil {
		return err
	}
	db, err := openStore(ctx, settings, settings.Log.logger(p.stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	switch c.Action {
	case "up":
		err = db.Migrate(ctx)
	case "down":
		err = db.Rollback(ctx)
	}
	if err != nil {
		return err
	}
	version, err := db.Version(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "schema %s (this program's: %s)\n", cmp.Or(version, "none"), store.Newest())
	return err
}
