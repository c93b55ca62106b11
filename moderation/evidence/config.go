package evidence

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Config is what operators set about evidence. The master key itself is a secret, which is handed to Open.
type Config struct {
	URL         string   `config:"url" help:"where sealed items are kept: a folder, or s3://BUCKET?region=REGION&prefix=omezle/ with credentials from AWS's usual places; one place for all nodes; empty: the folder evidence in data_dir"`
	KeyFile     string   `help:"file of the master key, 32 bytes in base64; empty: the file evidence.key in data_dir, made when first needed"`
	KMS         string   `config:"kms" help:"key service that seals instead of a master key: awskms:///KEY?region=REGION"`
	OldKeyFiles []string `help:"files of earlier master keys, to read what those have sealed until omezle evidence rewrap has run"`

	OldKMS []string `config:"old_kms" help:"key services that have sealed earlier, likewise"`

	KeepUndecided time.Duration `help:"how long evidence is kept that nobody decides about"`
	KeepDismissed time.Duration `help:"how long evidence is kept after a reviewer has dismissed its flag"`
	KeepActioned  time.Duration `help:"how long evidence is kept after a reviewer has confirmed its flag"`
}

// DefaultConfig returns the settings of a node that nobody configured.
func DefaultConfig() Config {
	const day = 24 * time.Hour
	return Config{KeepUndecided: 30 * day, KeepDismissed: day, KeepActioned: 90 * day}
}

// schemes are the key services and stores that are compiled in.
var (
	storeSchemes = []string{"file", "s3"}
	kmsSchemes   = []string{"awskms", "base64key"}
)

// ValidateWith returns every problem, joined, of the settings and of the master key, which is empty when there is none
// among the secrets.
func (c Config) ValidateWith(masterKey []byte) error {
	var problems []error
	bad := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("evidence: "+format, args...))
	}
	if scheme, _, found := strings.Cut(c.URL, "://"); found && !slices.Contains(storeSchemes, scheme) {
		bad("url: %q is none of a folder, file:// and s3://", scheme)
	} else if _, err := url.Parse(c.URL); found && err != nil {
		bad("url: is no URL")
	}
	for _, service := range append([]string{c.KMS}, c.OldKMS...) {
		scheme, _, found := strings.Cut(service, "://")
		if service != "" && (!found || !slices.Contains(kmsSchemes, scheme)) {
			bad("kms, old_kms: want awskms:///KEY?region=REGION")
		}
	}
	if c.KMS != "" {
		if c.KeyFile != "" {
			bad("kms: excludes key_file; name that in old_key_files to read what it has sealed")
		}
	}
	if len(masterKey) > 0 {
		if _, err := newLocalKey(masterKey); err != nil {
			bad("master_key: want 32 bytes in base64; try: openssl rand -base64 %d", keySize)
		}
		if c.KMS != "" || c.KeyFile != "" {
			bad("master_key: excludes kms and key_file; name an earlier key in old_key_files")
		}
	}
	for _, keep := range []struct {
		name string
		time time.Duration
	}{{"undecided", c.KeepUndecided}, {"dismissed", c.KeepDismissed}, {"actioned", c.KeepActioned}} {
		if keep.time < time.Minute {
			bad("keep_%s: want a minute or more, have %v", keep.name, keep.time)
		}
	}
	return errors.Join(problems...)
}
