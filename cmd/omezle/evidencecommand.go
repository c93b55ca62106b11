package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"omezle/cmd/omezle/config"
	"omezle/models"
	"omezle/models/store"
	"omezle/moderation/evidence"
)

// evidenceCommand is about what flags and reports rest on. It works on database and place itself, with or without a node.
type evidenceCommand struct {
	Check   evidenceCheck   `cmd:"" help:"Tell whether the master key is the right one, and whether everything that is kept opens with it."`
	Purge   evidencePurge   `cmd:"" help:"Destroy now what is out of time, and prove it. Nodes do so each hour."`
	Hold    evidenceHold    `cmd:"" help:"Keep the evidence of a flag or report whatever its time says."`
	Release evidenceRelease `cmd:"" help:"End such a hold: the time counts again."`
	Rewrap  evidenceRewrap  `cmd:"" help:"Seal by the present master key what old ones have sealed (evidence.old_key_files), which are then needed no more."`

	kong.Plugins
	given func() map[string]string
}

// databaseKeys are the settings of a command that needs the database alone.
var databaseKeys = []string{"database_url", "data_dir", "start_timeout", "log.format", "log.level"}

// evidenceKeys are the settings of the commands.
func evidenceKeys() []string {
	keys := slices.Clone(databaseKeys)
	for _, key := range config.Keys(newSettings()) {
		if strings.HasPrefix(key.Path, "evidence.") {
			keys = append(keys, key.Path)
		}
	}
	return keys
}

// with opens database and vault for a command.
func (c *evidenceCommand) with(ctx context.Context, p *process, do func(*evidence.Vault, *store.Store) error) (err error) {
	settings, _, err := loadSettings(p, c.given())
	if err != nil {
		return err
	}
	log := settings.Log.logger(p.stderr)
	db, err := openStore(ctx, settings, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := schemaIsOurs(ctx, db); err != nil {
		return err
	}
	vault, err := openVault(ctx, settings, db, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, vault.Close()) }()
	return do(vault, db)
}

type evidenceCheck struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run opens everything.
func (c *evidenceCheck) Run(ctx context.Context, p *process, parent *evidenceCommand) error {
	return parent.with(ctx, p, func(vault *evidence.Vault, _ *store.Store) error {
		found, err := vault.Inspect(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			err = printJSON(p.stdout, found)
		} else {
			fmt.Fprintf(p.stdout, "The master key %s is the one that seals here.\n%d of %d items open (%d bytes); %d are held.\n",
				found.Key, found.Good, found.Items, found.Bytes, found.Held)
			for key, n := range found.ByKey {
				if key != found.Key {
					fmt.Fprintf(p.stdout, "%d are sealed by %s: omezle evidence rewrap\n", n, key)
				}
			}
			for _, problem := range found.Problems {
				fmt.Fprintln(p.stdout, problem)
			}
		}
		if found.Good < found.Items {
			err = errors.Join(err, fmt.Errorf("%d of %d items do not open", found.Items-found.Good, found.Items))
		}
		return err
	})
}

type evidencePurge struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run purges and prints the report.
func (c *evidencePurge) Run(ctx context.Context, p *process, parent *evidenceCommand) error {
	return parent.with(ctx, p, func(vault *evidence.Vault, _ *store.Store) error {
		report, err := vault.Purge(ctx, time.Now())
		if c.JSON {
			err = errors.Join(err, printJSON(p.stdout, report))
		} else {
			fmt.Fprintf(p.stdout, "Destroyed %d items (%d bytes), of which %d were looked for afterwards and found neither by key nor by bytes.\n",
				len(report.Destroyed), report.Bytes, report.Verified)
			fmt.Fprintf(p.stdout, "Removed %d that no key opened. %d are out of time and held.\n", len(report.Orphans), report.Held)
			for _, id := range report.Destroyed {
				fmt.Fprintln(p.stdout, "destroyed", id)
			}
			for _, problem := range report.Problems {
				fmt.Fprintln(p.stdout, "problem:", problem)
			}
		}
		if len(report.Problems) > 0 {
			err = errors.Join(err, fmt.Errorf("the purge met %d problems", len(report.Problems)))
		}
		return err
	})
}

// caseFlags name whose evidence it is.
type caseFlags struct {
	ID     string `arg:"" help:"Flag, or report."`
	Report bool   `help:"It is a report's."`
	Reason string `required:"" placeholder:"TEXT" help:"Why, for the audit log."`
}

func (c *caseFlags) parse() (of evidence.Case, target string, err error) {
	if c.Report {
		of.Report, err = models.ParseReportID(c.ID)
		return of, "report:" + c.ID, err
	}
	of.Flag, err = models.ParseFlagID(c.ID)
	return of, "flag:" + c.ID, err
}

// hold sets or ends a hold. The audit log has it before.
func (c *caseFlags) hold(ctx context.Context, p *process, parent *evidenceCommand, on bool) error {
	of, target, err := c.parse()
	if err != nil {
		return err
	}
	return parent.with(ctx, p, func(vault *evidence.Vault, db *store.Store) error {
		action, done := "evidence.hold", "held"
		if !on {
			action, done = "evidence.release", "no longer held"
		}
		metadata, err := json.Marshal(map[string]string{"by": "command line"})
		if err != nil {
			return err
		}
		entry := models.ModerationLog{Action: action, Target: target, Reason: c.Reason, Metadata: metadata, At: time.Now()}
		if err := db.AppendLog(ctx, &entry); err != nil {
			return err
		}
		n, err := vault.HoldCase(ctx, of, on)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%s has no evidence", target)
		}
		_, err = fmt.Fprintf(p.stdout, "%d items are %s.\n", n, done)
		return err
	})
}

type evidenceHold struct {
	caseFlags `embed:""`
}

// Run holds.
func (c *evidenceHold) Run(ctx context.Context, p *process, parent *evidenceCommand) error {
	return c.hold(ctx, p, parent, true)
}

type evidenceRelease struct {
	caseFlags `embed:""`
}

// Run ends a hold.
func (c *evidenceRelease) Run(ctx context.Context, p *process, parent *evidenceCommand) error {
	return c.hold(ctx, p, parent, false)
}

type evidenceRewrap struct{}

// Run seals keys anew.
func (*evidenceRewrap) Run(ctx context.Context, p *process, parent *evidenceCommand) error {
	return parent.with(ctx, p, func(vault *evidence.Vault, _ *store.Store) error {
		n, err := vault.Rewrap(ctx)
		fmt.Fprintf(p.stdout, "%d items are now sealed by the present master key.\n", n)
		return err
	})
}
