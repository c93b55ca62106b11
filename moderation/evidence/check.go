package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"omezle/models"
)

// markName is the object that says to which database a place belongs.
const markName = "omezle-evidence.json"

// pledge binds a database, its place and the master key to one another. It is kept in the database; the place has a
// copy without the check value.
type pledge struct {
	Vault models.EvidenceID `json:"vault"`           // random, made once
	Key   string            `json:"key,omitempty"`   // fingerprint of the master key that seals
	Check []byte            `json:"check,omitempty"` // Vault, sealed by it
}

// check makes or compares the pledge, before anything is sealed or opened: a wrong key is refused at the start, rather
// than that items of two keys get mixed.
func (v *Vault) check(ctx context.Context) error {
	for range 10 { // a lost race is decided by the second look
		setting, err := v.rows.EvidenceKey(ctx)
		if err != nil {
			return fmt.Errorf("evidence: check: %w", err)
		}
		kept, err := readPledge(setting)
		if err != nil {
			return err
		}
		if err := v.checkPlace(ctx, kept); err != nil {
			return err
		}
		if kept.Key == v.keys.now.name() {
			return v.checkKey(ctx, kept)
		}
		if kept.Key != "" {
			if _, known := v.keys.all[kept.Key]; !known {
				return fmt.Errorf("%w: evidence is sealed by %s, and this process was given %s%s; give it the former or, to change keys, both (evidence.old_key_files, evidence.old_kms)",
					ErrWrongKey, kept.Key, v.keys.now.name(), v.keys.from())
			}
			if err := v.checkKey(ctx, kept); err != nil {
				return err
			}
		}
		if err := v.pledge(ctx, setting, kept); !errors.Is(err, errFaster) {
			return err
		}
	}
	return fmt.Errorf("evidence: check: %w", errFaster)
}

func (r *keyring) from() string {
	if r.file == "" {
		return ""
	}
	return " (of " + r.file + ")"
}

var errFaster = errors.New("other nodes keep changing the master key")

func readPledge(setting models.Setting) (pledge, error) {
	if setting.Version == 0 {
		return pledge{Vault: models.NewEvidenceID()}, nil
	}
	var kept pledge
	if err := json.Unmarshal(setting.Value, &kept); err != nil {
		return pledge{}, fmt.Errorf("evidence: check: setting %s: %w", setting.Key, err)
	}
	return kept, nil
}

// checkKey tells whether a key of our own opens what the key of that name has sealed.
func (v *Vault) checkKey(ctx context.Context, kept pledge) error {
	plain, err := v.keys.all[kept.Key].openKey(ctx, kept.Check, kept.Vault)
	switch {
	case errors.Is(err, errUnsealable):
		return fmt.Errorf("%w: %s does not open the check value", ErrWrongKey, kept.Key)
	case err != nil:
		return err
	case len(plain) != keySize:
		return fmt.Errorf("%w: check value", ErrDamaged)
	}
	return nil
}

// pledge writes that from now on the present key seals.
func (v *Vault) pledge(ctx context.Context, setting models.Setting, p pledge) error {
	var err error
	p.Key = v.keys.now.name()
	if p.Check, err = v.keys.now.sealKey(ctx, newItemKey(), p.Vault); err != nil {
		return err
	}
	if setting.Value, err = json.Marshal(p); err != nil {
		return fmt.Errorf("evidence: check: %w", err)
	}
	setting.At = time.Now()
	done, err := v.rows.PutEvidenceKey(ctx, setting)
	if err != nil {
		return fmt.Errorf("evidence: check: %w", err)
	}
	if !done {
		return errFaster
	}
	v.log.Info("evidence is sealed by a master key that is new here", "key", p.Key)
	if setting.Version == 0 {
		return v.mark(ctx, p)
	}
	return nil
}

// checkPlace makes or compares the mark of the place. A place of another database is refused: its items would look
// like orphans here. So is one without a mark while there are items, as a folder that is not mounted.
func (v *Vault) checkPlace(ctx context.Context, kept pledge) error {
	data, err := v.read(ctx, markName)
	switch {
	case errors.Is(err, ErrMissing):
		return v.markPlace(ctx, kept)
	case err != nil:
		return err
	}
	var mark pledge
	if err := json.Unmarshal(data, &mark); err != nil {
		return fmt.Errorf("%w: %s cannot be read: %w", ErrWrongPlace, markName, err)
	}
	if mark.Vault == kept.Vault {
		return nil
	}
	if kept.Key == "" { // a new database: has the place nothing, it may have it
		items, _, err := v.page(ctx, nil, time.Time{})
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return nil // it is marked anew once the database has its pledge
		}
	}
	return fmt.Errorf("%w: the place has evidence of another database; name an empty one (evidence.url), or bring back the database that it belongs to", ErrWrongPlace)
}

func (v *Vault) markPlace(ctx context.Context, kept pledge) error {
	if kept.Key == "" {
		return nil // not before the database has decided which of several nodes was first
	}
	live, err := v.rows.LiveEvidence(ctx, "", 1)
	if err != nil {
		return fmt.Errorf("evidence: check: %w", err)
	}
	if len(live) > 0 {
		return fmt.Errorf("%w: the database has evidence and the place has none; is the folder mounted, and is evidence.url the same on every node?", ErrWrongPlace)
	}
	return v.mark(ctx, kept)
}

func (v *Vault) mark(ctx context.Context, p pledge) error {
	data, err := json.Marshal(pledge{Vault: p.Vault})
	if err != nil {
		return fmt.Errorf("evidence: check: %w", err)
	}
	return v.write(ctx, markName, data)
}
