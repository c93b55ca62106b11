package redisdb

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestAURLSaysWhichKindOfRedisAndWhere(t *testing.T) {
	for name, c := range map[string]struct {
		url        string
		addrs      string
		db         int
		user, pass string
		master     string
		cluster    bool
		secure     bool
	}{
		"single":                  {url: "redis://h", addrs: "h:6379"},
		"single, all parts":       {url: "redis://u:p%40@h:1234/5", addrs: "h:1234", db: 5, user: "u", pass: "p@"},
		"single, password only":   {url: "redis://:secret@h/1", addrs: "h:6379", db: 1, pass: "secret"},
		"single, no host":         {url: "redis:///2", addrs: "localhost:6379", db: 2},
		"single, IPv6":            {url: "redis://[::1]:7000", addrs: "[::1]:7000"},
		"single, IPv6, no port":   {url: "redis://[::1]", addrs: "[::1]:6379"},
		"TLS":                     {url: "rediss://h", addrs: "h:6379", secure: true},
		"socket":                  {url: "unix:///run/r.sock?db=3", addrs: "/run/r.sock", db: 3},
		"socket with a user":      {url: "unix://u:p@/run/r.sock", addrs: "/run/r.sock", user: "u", pass: "p"},
		"sentinel":                {url: "redis+sentinel://u:p@a:1,b/4?master=m", addrs: "a:1 b:26379", db: 4, user: "u", pass: "p", master: "m"},
		"sentinel over TLS":       {url: "rediss+sentinel://a/?master=m", addrs: "a:26379", master: "m", secure: true},
		"cluster":                 {url: "redis+cluster://a:1,b:2,c:3", addrs: "a:1 b:2 c:3", cluster: true},
		"cluster through one":     {url: "redis+cluster://a:1/0", addrs: "a:1", cluster: true},
		"cluster over TLS":        {url: "rediss+cluster://:p@a:1,b:2", addrs: "a:1 b:2", pass: "p", cluster: true, secure: true},
		"cluster with IPv6 hosts": {url: "redis+cluster://[::1]:1,[::2]:2", addrs: "[::1]:1 [::2]:2", cluster: true},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := parseURL(c.url)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(o.Addrs, " "); got != c.addrs {
				t.Errorf("addresses %q, want %q", got, c.addrs)
			}
			if o.DB != c.db || o.Username != c.user || o.Password != c.pass || o.MasterName != c.master ||
				o.IsClusterMode != c.cluster || (o.TLSConfig != nil) != c.secure {
				t.Errorf("got %+v", o)
			}
		})
	}
}

func TestSentinelPasswordIsApartFromTheServers(t *testing.T) {
	o, err := parseURL("redis+sentinel://u:p@a/0?master=m&sentinel_user=su&sentinel_password=sp")
	if err != nil {
		t.Fatal(err)
	}
	if got := []string{o.Username, o.Password, o.SentinelUsername, o.SentinelPassword}; !slices.Equal(got, []string{"u", "p", "su", "sp"}) {
		t.Errorf("got %q", got)
	}
}

func TestAMalformedURLIsRefusedWithoutRepeatingItsPassword(t *testing.T) {
	for name, url := range map[string]string{
		"no scheme":              "h:6379",
		"unknown scheme":         "http://:hunter2@h",
		"several hosts, single":  "redis://:hunter2@a,b",
		"database not a number":  "redis://:hunter2@h/x",
		"negative database":      "redis://:hunter2@h/-1",
		"port not a number":      "redis://:hunter2@h:x",
		"port zero":              "redis://:hunter2@h:0",
		"port too large":         "redis://:hunter2@h:65536",
		"IPv6 without brackets":  "redis://:hunter2@::1",
		"bad escape":             "redis://:hunter2%zz@h",
		"mistyped parameter":     "redis://:hunter2@h?pool=3",
		"sentinel, no master":    "redis+sentinel://:hunter2@h",
		"sentinel, no host":      "redis+sentinel://:hunter2@/0?master=m",
		"cluster with database":  "redis+cluster://:hunter2@a,b/2",
		"cluster without a host": "redis+cluster://",
		"socket without a path":  "unix://:hunter2@",
		"socket, relative":       "unix://:hunter2@run/r.sock",
		"socket, bad database":   "unix://:hunter2@/r.sock?db=x",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseURL(url)
			if !errors.Is(err, ErrBadURL) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(Redacted(url), "hunter2") {
				t.Errorf("the password shows: %v; %s", err, Redacted(url))
			}
		})
	}
}

func TestRedactedKeepsWhatAnOperatorNeeds(t *testing.T) {
	for url, want := range map[string]string{
		"":                           "embedded",
		"redis://h:1/2":              "redis://h:1/2",
		"redis://u:p@h:1/2":          "redis://u:xxxxx@h:1/2",
		"redis+cluster://:p@a:1,b:2": "redis+cluster://:xxxxx@a:1,b:2",
		"unix://:p@/run/r.sock?db=1": "unix://:xxxxx@/run/r.sock?db=1",
		"redis://:p%zz@h":            "redis://(unreadable)",
		"u:p@h":                      "(unreadable)",
		"redis+sentinel://a,b?master=m&sentinel_password=p": "redis+sentinel://a,b?master=m&sentinel_password=xxxxx",
	} {
		if got := Redacted(url); got != want {
			t.Errorf("%s became %s, want %s", url, got, want)
		}
	}
}

func FuzzURL(f *testing.F) {
	f.Add("redis://u:secret@h:1/2")
	f.Add("redis+sentinel://u:secret@a:1,b/4?master=m")
	f.Add("unix://u:secret@/run/r.sock?db=1")
	f.Fuzz(func(t *testing.T, url string) {
		o, err := parseURL(url)
		if err != nil && !errors.Is(err, ErrBadURL) {
			t.Errorf("an error of another kind: %v", err)
		}
		if err == nil && len(o.Addrs) == 0 {
			t.Error("accepted without an address")
		}
		_ = Redacted(url)
	})
}
