package evidence_test

import (
	"strings"
	"testing"

	"omezle/moderation/evidence"
)

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	const key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	for name, row := range map[string]struct {
		change func(*evidence.Config)
		key    string
		want   string // empty: nothing is wrong
	}{
		"the default":               {func(*evidence.Config) {}, "", ""},
		"a folder":                  {func(c *evidence.Config) { c.URL = "/srv/evidence" }, "", ""},
		"a folder as URL":           {func(c *evidence.Config) { c.URL = "file:///srv/evidence" }, "", ""},
		"a bucket":                  {func(c *evidence.Config) { c.URL = "s3://bucket?region=eu-west-1&prefix=omezle/" }, key, ""},
		"a key service":             {func(c *evidence.Config) { c.KMS = "awskms:///alias/omezle?region=eu-west-1" }, "", ""},
		"another store":             {func(c *evidence.Config) { c.URL = "ftp://host" }, "", "url: "},
		"no URL":                    {func(c *evidence.Config) { c.URL = "s3://%zz" }, "", "url: is no URL"},
		"another key service":       {func(c *evidence.Config) { c.KMS = "hashivault://key" }, "", "kms"},
		"an old one likewise":       {func(c *evidence.Config) { c.OldKMS = []string{"x"} }, "", "old_kms"},
		"key service and file":      {func(c *evidence.Config) { c.KMS, c.KeyFile = "awskms:///k", "/k" }, "", "excludes key_file"},
		"key service and key":       {func(c *evidence.Config) { c.KMS = "awskms:///k" }, key, "excludes kms"},
		"a short key":               {func(*evidence.Config) {}, "c2hvcnQ=", "openssl rand -base64 32"},
		"evidence that never lasts": {func(c *evidence.Config) { c.KeepDismissed = 0 }, "", "keep_dismissed"},
	} {
		c := evidence.DefaultConfig()
		row.change(&c)
		err := c.ValidateWith([]byte(row.key))
		if (err == nil) != (row.want == "") || (err != nil && !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
