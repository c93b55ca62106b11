package evidence

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"omezle/models"
)

// The errors that callers tell apart.
var (
	// ErrUnknown is returned for an id that no item has. It wraps models.ErrNotFound.
	ErrUnknown = fmt.Errorf("evidence: no such item: %w", models.ErrNotFound)
	// ErrGone is returned for an item that was destroyed. It wraps models.ErrDestroyed.
	ErrGone = fmt.Errorf("evidence: %w", models.ErrDestroyed)
	// ErrMissing is returned when the database knows the item and the place does not have it.
	ErrMissing = errors.New("evidence: not at its place")
	// ErrDamaged is returned when what is kept was changed: it is opened as a whole or not at all.
	ErrDamaged = errors.New("evidence: damaged")
	// ErrWrongKey is returned when the item, or all of them, were sealed by a master key that this process was not
	// given. Nothing is lost: with that key everything opens again.
	ErrWrongKey = errors.New("evidence: wrong master key")
	// ErrWrongPlace is returned by Open when place and database do not belong together.
	ErrWrongPlace = errors.New("evidence: place and database do not belong together")
	// ErrFull is returned when a flag or report has as much evidence of a kind as it may have. It wraps models.ErrInvalid,
	// as do ErrTooLarge and ErrNoKeyframe: trying again cannot help.
	ErrFull = fmt.Errorf("evidence: enough of it: %w", models.ErrInvalid)
	// ErrTooLarge is returned for an item of more than MaxItem bytes.
	ErrTooLarge = fmt.Errorf("evidence: item too large: %w", models.ErrInvalid)
)

// Bounds.
const (
	MaxItem   = MaxKeyframe + 64 // bytes: a keyframe with what makes it a file
	MaxStills = 5                // stills of a flag, and as many from its partner's browser

	blobTime = 30 * time.Second // for one item, there or back
)

// Rows is the database. A bool says whether what was asked for was found or done.
type Rows interface {
	CreateEvidence(ctx context.Context, item *models.Evidence) error
	Evidence(ctx context.Context, ids ...models.EvidenceID) ([]models.Evidence, error)
	EvidenceOf(ctx context.Context, flag models.FlagID, report models.ReportID) ([]models.Evidence, error)
	ExpireEvidence(ctx context.Context, flag models.FlagID, report models.ReportID, at *time.Time) (int, error)
	HoldEvidence(ctx context.Context, flag models.FlagID, report models.ReportID, held bool) (int, error)
	ExpiredEvidence(ctx context.Context, now time.Time, limit int) ([]models.Evidence, error)
	DestroyEvidence(ctx context.Context, id models.EvidenceID, now time.Time) (bool, error)
	LiveEvidence(ctx context.Context, after models.EvidenceID, limit int) ([]models.Evidence, error)
	RewrapEvidence(ctx context.Context, id models.EvidenceID, from, to string, key []byte) error
	HashedEvidence(ctx context.Context, limit int) ([]models.Evidence, error)
	EvidenceKey(ctx context.Context) (models.Setting, error)
	PutEvidenceKey(ctx context.Context, setting models.Setting) (bool, error)
	AppendLog(ctx context.Context, entry *models.ModerationLog) error
}

// Deps is what a Vault works with.
type Deps struct {
	DataDir   string // of the places that nobody chose
	MasterKey []byte // 32 bytes, or their base64; empty: see Config.KeyFile and Config.KMS
	Rows      Rows
	Log       *slog.Logger
}

// Vault keeps evidence. Its methods are safe for concurrent use.
type Vault struct {
	config Config
	rows   Rows
	log    *slog.Logger
	place  *blob.Bucket
	keys   *keyring
}

// Open returns a vault, after it has made sure that the master key and the place are those of the database. ErrWrongKey
// and ErrWrongPlace say what to do; nothing was changed then.
func Open(ctx context.Context, c Config, deps Deps) (*Vault, error) {
	place, err := openPlace(ctx, c, deps.DataDir)
	if err != nil {
		return nil, err
	}
	v, err := openAt(ctx, c, deps, place)
	if err != nil {
		return nil, errors.Join(err, place.Close())
	}
	return v, nil
}

func openAt(ctx context.Context, c Config, deps Deps, place *blob.Bucket) (*Vault, error) {
	v := &Vault{config: c, rows: deps.Rows, log: deps.Log, place: place}
	kept, err := v.rows.EvidenceKey(ctx)
	if err != nil {
		return nil, fmt.Errorf("evidence: open: %w", err)
	}
	if v.keys, err = loadKeys(ctx, c, deps, kept.Version > 0); err != nil {
		return nil, err
	}
	if err := v.check(ctx); err != nil {
		return nil, errors.Join(err, v.keys.close())
	}
	return v, nil
}

// Close ends the connections to place and key service.
func (v *Vault) Close() error {
	err := v.keys.close()
	if closeErr := v.place.Close(); closeErr != nil {
		err = errors.Join(err, fmt.Errorf("evidence: close: %w", closeErr))
	}
	return err
}

// Item is what is to be kept.
type Item struct {
	Flag      models.FlagID // or Report
	Report    models.ReportID
	Kind      models.EvidenceKind
	MediaType string
	Data      []byte // MaxItem at the most
	Width     int
	Height    int
	Scores    map[string]float64
	PDQ       []byte // empty, or 32 bytes
	Quality   int
	At        time.Time
}

// Put seals an item and keeps it. It returns what is known of it afterwards.
func (v *Vault) Put(ctx context.Context, item Item) (models.Evidence, error) {
	if len(item.Data) > MaxItem {
		return models.Evidence{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(item.Data))
	}
	row := models.Evidence{
		ID: models.NewEvidenceID(), Flag: item.Flag, Report: item.Report, Kind: item.Kind, MediaType: item.MediaType,
		Size: len(item.Data), Width: item.Width, Height: item.Height, Scores: item.Scores, PDQ: item.PDQ, Quality: item.Quality,
		MasterKey: v.keys.now.name(), At: item.At,
	}
	if err := row.Validate(); err != nil {
		return models.Evidence{}, fmt.Errorf("evidence: put: %w", err)
	}
	if err := v.join(ctx, &row); err != nil {
		return models.Evidence{}, err
	}
	key := newItemKey()
	sealed, err := seal(key, item.Data, "item", row.ID)
	if err != nil {
		return models.Evidence{}, err
	}
	if row.Key, err = v.keys.now.sealKey(ctx, key, row.ID); err != nil {
		return models.Evidence{}, err
	}
	// First the item, then the row: what nothing points to cannot be opened, and is swept away.
	if err := v.write(ctx, string(row.ID), sealed); err != nil {
		return models.Evidence{}, err
	}
	if err := v.rows.CreateEvidence(ctx, &row); err != nil {
		return models.Evidence{}, errors.Join(fmt.Errorf("evidence: put: %w", err), v.remove(context.WithoutCancel(ctx), string(row.ID)))
	}
	return row, nil
}

// join gives a new item the term and the hold of those that its flag or report has, and refuses one too many.
func (v *Vault) join(ctx context.Context, row *models.Evidence) error {
	others, err := v.rows.EvidenceOf(ctx, row.Flag, row.Report)
	if err != nil {
		return fmt.Errorf("evidence: put: %w", err)
	}
	expires := row.At.Add(v.config.KeepUndecided)
	row.ExpiresAt = &expires
	same := 0
	for i := range others {
		other := &others[i]
		if other.Kind == row.Kind {
			same++
		}
		if other.DestroyedAt == nil {
			row.Held = row.Held || other.Held
			row.ExpiresAt = other.ExpiresAt
		}
	}
	limit := MaxStills
	if row.Kind == models.EvidenceChat {
		limit = 2 // of each home one
	}
	if same >= limit {
		return fmt.Errorf("%w: %d of kind %s", ErrFull, same, row.Kind)
	}
	return nil
}

// Open returns what an item holds, and what is known of it: the latter also with ErrGone, ErrMissing, ErrDamaged and
// ErrWrongKey.
func (v *Vault) Open(ctx context.Context, id models.EvidenceID) ([]byte, models.Evidence, error) {
	rows, err := v.rows.Evidence(ctx, id)
	if err != nil {
		return nil, models.Evidence{}, fmt.Errorf("evidence: open item: %w", err)
	}
	if len(rows) == 0 {
		return nil, models.Evidence{}, ErrUnknown
	}
	row := rows[0]
	if row.DestroyedAt != nil || len(row.Key) == 0 {
		return nil, row, ErrGone
	}
	key, err := v.openKey(ctx, &row)
	if err != nil {
		return nil, row, err
	}
	sealed, err := v.read(ctx, string(id))
	if err != nil {
		return nil, row, err
	}
	data, err := unseal(key, sealed, "item", id)
	if err != nil {
		return nil, row, fmt.Errorf("%w: item %s", ErrDamaged, id)
	}
	return data, row, nil
}

// openKey returns the key of an item.
func (v *Vault) openKey(ctx context.Context, row *models.Evidence) ([]byte, error) {
	key, known := v.keys.all[row.MasterKey]
	if !known {
		return nil, fmt.Errorf("%w: item %s was sealed by %s; name the file of that key in evidence.old_key_files, or its service in evidence.old_kms", ErrWrongKey, row.ID, row.MasterKey)
	}
	plain, err := key.openKey(ctx, row.Key, row.ID)
	if errors.Is(err, errUnsealable) {
		err = fmt.Errorf("%w: key of item %s", ErrDamaged, row.ID)
	}
	return plain, err
}

// Of lists what is known of the evidence of a flag, oldest first, with what was destroyed.
func (v *Vault) Of(ctx context.Context, flag models.FlagID) ([]models.Evidence, error) {
	return v.rows.EvidenceOf(ctx, flag, "")
}

// OfReport is Of for a visitor's report.
func (v *Vault) OfReport(ctx context.Context, report models.ReportID) ([]models.Evidence, error) {
	return v.rows.EvidenceOf(ctx, "", report)
}

func notThere(err error) bool { return gcerrors.Code(err) == gcerrors.NotFound }
