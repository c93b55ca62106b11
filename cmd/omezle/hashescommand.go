package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // read by hashes of
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
	_ "golang.org/x/image/webp"

	"omezle/models"
	"omezle/models/store"
	"omezle/moderation/pdq"
)

// hashesCommand is about banks of hashes of known pictures. It works on the database, with or without a node; nodes know a
// change within 5 s.
type hashesCommand struct {
	List   hashesList   `cmd:"" help:"List the banks."`
	Import hashesImport `cmd:"" help:"Add hashes to a bank."`
	Export hashesExport `cmd:"" help:"Print a bank as import reads it."`
	Remove hashesRemove `cmd:"" help:"Remove a bank."`
	Of     hashesOf     `cmd:"" help:"Print the hashes of pictures (JPEG, PNG, WebP), as import reads them."`

	kong.Plugins
	given func() map[string]string
}

// with opens the database for a command.
func (c *hashesCommand) with(ctx context.Context, p *process, do func(*store.Store) error) (err error) {
	settings, _, err := loadSettings(p, c.given())
	if err != nil {
		return err
	}
	db, err := openStore(ctx, settings, settings.Log.logger(p.stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := schemaIsOurs(ctx, db); err != nil {
		return err
	}
	return do(db)
}

type hashesList struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists banks.
func (c *hashesList) Run(ctx context.Context, p *process, parent *hashesCommand) error {
	return parent.with(ctx, p, func(db *store.Store) error {
		banks, err := db.HashBanks(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(p.stdout, banks)
		}
		rows := [][]string{{"BANK", "HASHES", "CHANGED", "NOTE"}}
		for _, b := range banks {
			rows = append(rows, []string{b.Name, strconv.Itoa(b.Hashes), b.At.Local().Format(time.DateTime), oneLine(b.Note)})
		}
		return table(p.stdout, rows)
	})
}

type hashesImport struct {
	File string `arg:"" help:"Lines of hash[,quality[,label]], as pdq-photo-hasher prints them; - is standard input."`
	Bank string `required:"" placeholder:"NAME" help:"Bank, which is made if there is none."`
	Note string `placeholder:"TEXT" help:"Where the hashes are from."`
}

// maxHashesFile is more than a million lines have.
const maxHashesFile = 256 << 20

// Run imports a file.
func (c *hashesImport) Run(ctx context.Context, p *process, parent *hashesCommand) error {
	source := io.Reader(os.Stdin)
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return fmt.Errorf("import hashes: %w", err)
		}
		defer file.Close()
		source = file
	}
	hashes, err := pdq.ReadText(io.LimitReader(source, maxHashesFile))
	if err != nil {
		return err
	}
	return parent.with(ctx, p, func(db *store.Store) error {
		added, err := db.ImportHashes(ctx, models.HashBank{Name: c.Bank, Note: c.Note, At: time.Now()}, hashes, pdq.MaxHashes)
		if err != nil {
			return err
		}
		metadata, err := json.Marshal(map[string]any{"hashes": len(hashes), "added": added, "by": "command line"})
		if err != nil {
			return err
		}
		entry := models.ModerationLog{Action: "bank.import", Target: "bank:" + c.Bank, Reason: c.Note, Metadata: metadata, At: time.Now()}
		if err := db.AppendLog(ctx, &entry); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%d hashes read, %d of them new in bank %s.\n", len(hashes), added, c.Bank)
		return err
	})
}

type hashesExport struct {
	Bank string `arg:"" help:"Bank."`
}

// Run prints a bank.
func (c *hashesExport) Run(ctx context.Context, p *process, parent *hashesCommand) error {
	return parent.with(ctx, p, func(db *store.Store) error { return exportBank(ctx, db, c.Bank, p.stdout) })
}

const exportPage = 5000

// exportBank writes a bank as text, or wraps models.ErrNotFound.
func exportBank(ctx context.Context, db *store.Store, bank string, w io.Writer) error {
	var after models.Hash
	for {
		page, err := db.Hashes(ctx, bank, after, exportPage)
		if err != nil {
			return err
		}
		if len(page) == 0 && after.Bank == "" {
			return fmt.Errorf("bank %q: %w", bank, models.ErrNotFound)
		}
		if err := pdq.WriteText(w, page); err != nil {
			return err
		}
		if len(page) < exportPage {
			return nil
		}
		after = page[len(page)-1]
	}
}

type hashesRemove struct {
	Bank   string `arg:"" help:"Bank."`
	Reason string `required:"" placeholder:"TEXT" help:"Why, for the audit log."`
}

// Run removes a bank.
func (c *hashesRemove) Run(ctx context.Context, p *process, parent *hashesCommand) error {
	return parent.with(ctx, p, func(db *store.Store) error {
		if err := db.RemoveHashBank(ctx, c.Bank, ""); err != nil {
			return err
		}
		entry := models.ModerationLog{
			Action: "bank.remove", Target: "bank:" + c.Bank, Reason: c.Reason, Metadata: models.JSON(`{"by":"command line"}`), At: time.Now(),
		}
		return db.AppendLog(ctx, &entry)
	})
}

type hashesOf struct {
	Files []string `arg:"" help:"Pictures."`
}

const maxPicture = 64 << 20 // bytes of a file

// Run needs neither database nor node.
func (c *hashesOf) Run(p *process) error {
	for _, name := range c.Files {
		hash, quality, err := hashOfFile(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		row := models.Hash{PDQ: hash[:], Quality: quality, Label: filepath.Base(name)}
		if err := pdq.WriteText(p.stdout, []models.Hash{row}); err != nil {
			return err
		}
	}
	return nil
}

// hashOfFile looks at a picture's size before it is decoded.
func hashOfFile(name string) (pdq.Hash, int, error) {
	file, err := os.Open(name)
	if err != nil {
		return pdq.Hash{}, 0, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxPicture+1))
	if err != nil {
		return pdq.Hash{}, 0, err
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return pdq.Hash{}, 0, err
	}
	if len(data) > maxPicture || !pdq.Hashable(config.Width, config.Height) {
		return pdq.Hash{}, 0, fmt.Errorf("a picture of %dx%d and %d bytes has no hash", config.Width, config.Height, len(data))
	}
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return pdq.Hash{}, 0, err
	}
	hash, quality := pdq.OfImage(picture)
	return hash, quality, nil
}
