package evidence

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"gocloud.dev/secrets"
	_ "gocloud.dev/secrets/awskms"       // awskms://
	_ "gocloud.dev/secrets/localsecrets" // base64key://

	"omezle/models"
)

// master seals the keys of items. It is a key that this process holds, or a key service that does not give it away.
type master interface {
	name() string // fingerprint
	sealKey(ctx context.Context, key []byte, id models.EvidenceID) ([]byte, error)
	openKey(ctx context.Context, sealed []byte, id models.EvidenceID) ([]byte, error)
}

// localKey is a master key in memory.
type localKey struct {
	key         []byte
	fingerprint string
}

// newLocalKey takes 32 bytes, or their base64.
func newLocalKey(text []byte) (*localKey, error) {
	key := text
	if len(key) != keySize {
		trimmed := bytes.TrimSpace(text)
		decoded := make([]byte, base64.StdEncoding.DecodedLen(len(trimmed)))
		n, err := base64.StdEncoding.Decode(decoded, trimmed)
		if err != nil || n != keySize {
			return nil, fmt.Errorf("evidence: a master key is 32 bytes in base64; try: openssl rand -base64 %d", keySize)
		}
		key = decoded[:n]
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("omezle evidence fingerprint"))
	return &localKey{bytes.Clone(key), "key:" + hex.EncodeToString(mac.Sum(nil)[:8])}, nil
}

func (k *localKey) name() string { return k.fingerprint }

func (k *localKey) sealKey(_ context.Context, key []byte, id models.EvidenceID) ([]byte, error) {
	return seal(k.key, key, "key", id)
}

func (k *localKey) openKey(_ context.Context, sealed []byte, id models.EvidenceID) ([]byte, error) {
	return unseal(k.key, sealed, "key", id)
}

// kmsTime is how long a key service may take.
const kmsTime = 10 * time.Second

// remoteKey is a master key that a key service holds.
type remoteKey struct {
	keeper      *secrets.Keeper
	fingerprint string
}

func openRemoteKey(ctx context.Context, url string) (*remoteKey, error) {
	keeper, err := secrets.OpenKeeper(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("evidence: open key service: %w", err)
	}
	sum := sha256.Sum256([]byte("omezle evidence " + url))
	return &remoteKey{keeper, "kms:" + hex.EncodeToString(sum[:8])}, nil
}

func (k *remoteKey) name() string { return k.fingerprint }

func (k *remoteKey) sealKey(ctx context.Context, key []byte, id models.EvidenceID) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, kmsTime)
	defer cancel()
	sealed, err := k.keeper.Encrypt(ctx, append([]byte(id), key...))
	if err != nil {
		return nil, fmt.Errorf("evidence: key service: %w", err)
	}
	return sealed, nil
}

func (k *remoteKey) openKey(ctx context.Context, sealed []byte, id models.EvidenceID) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, kmsTime)
	defer cancel()
	plain, err := k.keeper.Decrypt(ctx, sealed)
	if err != nil {
		return nil, fmt.Errorf("evidence: key service: %w", err)
	}
	key, ours := bytes.CutPrefix(plain, []byte(id))
	if !ours || len(key) != keySize {
		return nil, errUnsealable
	}
	return key, nil
}

// keyring is the master key that seals, and those that can still open.
type keyring struct {
	now  master
	all  map[string]master // by fingerprint
	file string            // where the key that seals is kept; empty: not in a file
}

// loadKeys reads the master keys. A file at the place that nobody chose is made when it is missing, unless evidence
// was sealed before: then the key was lost, and a new one would hide that.
func loadKeys(ctx context.Context, c Config, deps Deps, sealedBefore bool) (*keyring, error) {
	ring := &keyring{all: map[string]master{}}
	file := c.KeyFile
	switch {
	case c.KMS != "":
		remote, err := openRemoteKey(ctx, c.KMS)
		if err != nil {
			return nil, err
		}
		ring.now = remote
	case len(deps.MasterKey) > 0:
		local, err := newLocalKey(deps.MasterKey)
		if err != nil {
			return nil, err
		}
		ring.now = local
	default:
		make := file == "" && !sealedBefore
		if file == "" {
			file = filepath.Join(deps.DataDir, "evidence.key")
		}
		local, err := readKeyFile(file)
		if errors.Is(err, fs.ErrNotExist) && make {
			local, err = makeKeyFile(file)
		}
		if errors.Is(err, fs.ErrNotExist) && sealedBefore {
			return nil, fmt.Errorf("%w: %s is missing, and evidence was sealed before: put the file back, or name the key in another way", ErrWrongKey, file)
		}
		if err != nil {
			return nil, err
		}
		ring.now, ring.file = local, file
	}
	ring.all[ring.now.name()] = ring.now
	for _, old := range c.OldKMS {
		remote, err := openRemoteKey(ctx, old)
		if err != nil {
			return nil, errors.Join(err, ring.close())
		}
		ring.all[remote.name()] = remote
	}
	for _, old := range c.OldKeyFiles {
		local, err := readKeyFile(old)
		if err != nil {
			return nil, errors.Join(err, ring.close())
		}
		ring.all[local.name()] = local
	}
	return ring, nil
}

func (r *keyring) close() error {
	var problems []error
	for _, key := range r.all {
		if remote, ok := key.(*remoteKey); ok {
			if err := remote.keeper.Close(); err != nil {
				problems = append(problems, fmt.Errorf("evidence: close key service: %w", err))
			}
		}
	}
	return errors.Join(problems...)
}

func readKeyFile(path string) (*localKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("evidence: master key: %w", err)
	}
	key, err := newLocalKey(text)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, path)
	}
	return key, nil
}

// makeKeyFile makes a key that its owner alone can read. Of two processes that do so at the same time the first one
// wins, and nobody reads half a file: it is written apart and then linked.
func makeKeyFile(path string) (*localKey, error) {
	draft, err := os.CreateTemp(filepath.Dir(path), ".evidence-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("evidence: make master key: %w", err)
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // a draft left behind is harmless
	_, err = draft.WriteString(base64.StdEncoding.EncodeToString(newItemKey()) + "\n")
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return nil, fmt.Errorf("evidence: make master key: %w", err)
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("evidence: make master key: %w", err)
	}
	return readKeyFile(path)
}
