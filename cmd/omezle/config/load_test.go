package config_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"omezle/cmd/omezle/config"
)

type server struct {
	URLs       []string
	Credential config.Secret
}

// foreign is a record of a package that cannot import config.
type foreign struct {
	Name     string `json:"name"`
	Password string `json:"password,omitempty"`
}

type shared struct {
	Region string
}

type tree struct {
	Listen       string `help:"Address of the public port."`
	DatabaseURL  config.URL
	Secret       config.Secret
	Level        slog.Level
	PublicAccess bool
	Proxies      []netip.Prefix
	Origins      []string
	ICEServers   []server
	Foreign      []foreign
	Shared       shared `config:",inline"`
	Log          struct {
		Format string
	}
	Match struct {
		InterestsFor time.Duration
		MaxSDP       int `unit:"bytes"`
		Shards       uint8
		Share        float64
		Hidden       func() `config:"-"`
		Renamed      int    `config:"other_name" unit:"messages"`
	}
}

var comparePrefixes = cmpopts.EquateComparable(netip.Prefix{})

func defaults() *tree {
	t := &tree{Listen: ":8080", Origins: []string{"https://one.example"}}
	t.Log.Format = "text"
	t.Match.InterestsFor = 5 * time.Second
	t.Match.MaxSDP = 32 << 10
	return t
}

func yamlFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "omezle.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNamesOfAKeyFollowFromItsField(t *testing.T) {
	var have []string
	for _, k := range config.Keys(defaults()) {
		have = append(have, fmt.Sprintf("%s %s --%s %q", k.Path, k.Env(), k.Flag(), k.Unit))
	}
	want := []string{
		`listen OMEZLE_LISTEN --listen ""`,
		`database_url OMEZLE_DATABASE_URL --database-url ""`,
		`secret OMEZLE_SECRET --secret ""`,
		`level OMEZLE_LEVEL --level ""`,
		`public_access OMEZLE_PUBLIC_ACCESS --public-access "switch"`,
		`proxies OMEZLE_PROXIES --proxies "list"`,
		`origins OMEZLE_ORIGINS --origins "list"`,
		`ice_servers OMEZLE_ICE_SERVERS --ice-servers "yaml"`,
		`foreign OMEZLE_FOREIGN --foreign "yaml"`,
		`region OMEZLE_REGION --region ""`,
		`log.format OMEZLE_LOG_FORMAT --log-format ""`,
		`match.interests_for OMEZLE_MATCH_INTERESTS_FOR --match-interests-for "duration"`,
		`match.max_sdp OMEZLE_MATCH_MAX_SDP --match-max-sdp "bytes"`,
		`match.shards OMEZLE_MATCH_SHARDS --match-shards "number"`,
		`match.share OMEZLE_MATCH_SHARE --match-share "number"`,
		`match.other_name OMEZLE_MATCH_OTHER_NAME --match-other-name "messages"`,
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

func TestLaterSourcesWin(t *testing.T) {
	file := yamlFile(t, "match:\n  interests_for: 7s\n  shards: 2\nlog:\n  format: json\n")
	settings := defaults()
	keys, warnings, err := config.Load(settings, config.Sources{
		File:  file,
		Env:   []string{"OMEZLE_MATCH_INTERESTS_FOR=8s", "OMEZLE_LOG_FORMAT=text", "HOME=x"},
		Flags: map[string]string{"match-interests-for": "9s"},
	})
	if err != nil || len(warnings) != 0 {
		t.Fatal(err, warnings)
	}
	if settings.Match.InterestsFor != 9*time.Second || settings.Log.Format != "text" || settings.Match.Shards != 2 {
		t.Errorf("got %+v", settings)
	}
	origins := map[string]string{}
	for _, k := range keys {
		origins[k.Path] = k.Origin
	}
	want := map[string]string{"listen": "default", "match.interests_for": "--match-interests-for", "log.format": "OMEZLE_LOG_FORMAT", "match.shards": file + ":3"}
	for path, origin := range want {
		if origins[path] != origin {
			t.Errorf("origin of %s is %q, want %q", path, origins[path], origin)
		}
	}
}

func TestEveryKindOfValueIsReadFromTextAndFromYAML(t *testing.T) {
	want := &tree{
		Listen: "127.0.0.1:0", DatabaseURL: "postgres://u:p@h/d", Secret: "s3cret", Level: slog.LevelDebug, PublicAccess: true,
		Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}, Origins: []string{"https://a.example", "https://b.example"},
		ICEServers: []server{{URLs: []string{"stun:stun.example:3478"}, Credential: "pw"}},
	}
	want.Log.Format = "json"
	want.Match.InterestsFor = 90 * time.Second
	want.Match.MaxSDP = 64 << 10
	want.Match.Shards = 4
	want.Match.Share = 0.25
	want.Match.Renamed = -3

	sources := map[string]config.Sources{
		"environment": {Env: []string{
			"OMEZLE_LISTEN=127.0.0.1:0", "OMEZLE_DATABASE_URL=postgres://u:p@h/d", "OMEZLE_SECRET=s3cret", "OMEZLE_LEVEL=debug", "OMEZLE_PUBLIC_ACCESS=true",
			"OMEZLE_PROXIES=10.0.0.0/8, fd00::/8", "OMEZLE_ORIGINS=https://a.example,https://b.example", `OMEZLE_ICE_SERVERS=[{urls: ["stun:stun.example:3478"], credential: pw}]`,
			"OMEZLE_LOG_FORMAT=json", "OMEZLE_MATCH_INTERESTS_FOR=1m30s", "OMEZLE_MATCH_MAX_SDP=64KiB", "OMEZLE_MATCH_SHARDS=4", "OMEZLE_MATCH_SHARE=0.25", "OMEZLE_MATCH_OTHER_NAME=-3",
		}},
		"file": {File: yamlFile(t, `
listen: 127.0.0.1:0
database_url: "postgres://u:p@h/d"
secret: s3cret
level: debug # a comment
public_access: true
proxies: [10.0.0.0/8, "fd00::/8"]
origins:
  - https://a.example
  - https://b.example
ice_servers:
  - urls: ["stun:stun.example:3478"]
    credential: pw
log:
  format: json
match:
  interests_for: 1m30s
  max_sdp: 64KiB
  shards: 4
  share: 0.25
  other_name: -3
`)},
	}
	for name, from := range sources {
		t.Run(name, func(t *testing.T) {
			have := defaults()
			if _, _, err := config.Load(have, from); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, have, comparePrefixes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryProblemIsReportedAtOnceWithItsPlace(t *testing.T) {
	file := yamlFile(t, "listn: x\nmatch:\n  interests_for: 5\n  leese: 1s\n  max_sdp: [1, 2]\nlog: json\nlevel: loud\n")
	settings := defaults()
	_, warnings, err := config.Load(settings, config.Sources{
		File:  file,
		Env:   []string{"OMEZLE_MATCH_SHARDS=300", "OMEZLE_MATCH_SHARD=3", "OMEZLE_TEST_REDIS_URL=x", "OMEZLE_CONFIG=x"},
		Flags: map[string]string{"public-access": "perhaps", "match-max-sdp": "many"},
	})
	want := []string{
		file + ":1: no key listn; did you mean listen?",
		file + `:3: match.interests_for: "5" is not a duration with a unit, such as 500ms, 30s, 5m or 1h30m`,
		file + ":4: no key match.leese",
		file + ":5: match.max_sdp: want one value here",
		file + `:6: want lines of "key: value" here`,
		file + `:7: level: slog: level string "loud": unknown name`,
		`OMEZLE_MATCH_SHARDS: "300" is out of range`,
		`--public-access: "perhaps" is neither true nor false`,
		`--match-max-sdp: "many" is not a size, such as 16384, 16KiB or 1MB`,
	}
	if diff := cmp.Diff(want, lines(err)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"OMEZLE_MATCH_SHARD is no setting; did you mean OMEZLE_MATCH_SHARDS?"}, warnings); diff != "" {
		t.Error(diff)
	}
	if settings.Match.InterestsFor != 5*time.Second || settings.Match.MaxSDP != 32<<10 {
		t.Errorf("a key with a problem lost its default: %+v", settings.Match)
	}
}

func lines(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range joined.Unwrap() {
			out = append(out, strings.TrimSpace(e.Error()))
		}
		return out
	}
	return nil
}

func TestUnreadableFilesAreProblems(t *testing.T) {
	if _, _, err := config.Load(defaults(), config.Sources{File: filepath.Join(t.TempDir(), "none.yaml")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want os.ErrNotExist", err)
	}
	if _, _, err := config.Load(defaults(), config.Sources{File: yamlFile(t, "listen: [")}); err == nil {
		t.Error("broken YAML was accepted")
	}
	for name, text := range map[string]string{"nothing": "", "only a comment": "# nothing\n", "an empty key": "listen:\nmatch:\n"} {
		if _, _, err := config.Load(defaults(), config.Sources{File: yamlFile(t, text)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := config.Load(defaults(), config.Sources{File: yamlFile(t, "ice_servers:\n  - url: x\n")}); err == nil {
		t.Error("an unknown field of a record was accepted")
	}
}

func TestAMisplacedKeyIsFoundInItsGroup(t *testing.T) {
	_, _, err := config.Load(defaults(), config.Sources{File: yamlFile(t, "shards: 2\n")})
	if err == nil || !strings.Contains(err.Error(), "did you mean match.shards?") {
		t.Errorf("got %v", err)
	}
}

func TestPrintedSettingsCanBeReadAgain(t *testing.T) {
	settings := defaults()
	settings.Match.Share = 0.5
	settings.Foreign = []foreign{{Name: "a: b"}}
	settings.Shared.Region = "eu"
	settings.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	settings.ICEServers = []server{{URLs: []string{"stun:stun.example:3478", "turn:turn.example"}}}
	var out bytes.Buffer
	if err := config.Print(&out, config.Keys(settings)); err != nil {
		t.Fatal(err)
	}
	again := &tree{}
	if _, _, err := config.Load(again, config.Sources{File: yamlFile(t, out.String())}); err != nil {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	if diff := cmp.Diff(settings, again, comparePrefixes, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsNeverShow(t *testing.T) {
	settings := defaults()
	settings.Secret = "hunter2hunter2"
	settings.DatabaseURL = "postgres://omezle:hunter2hunter2@db.example/omezle?sslpassword=hunter2hunter2"
	settings.ICEServers = []server{{URLs: []string{"turn:turn.example"}, Credential: "hunter2hunter2"}}
	settings.Foreign = []foreign{{Name: "x", Password: "hunter2hunter2"}}
	var out bytes.Buffer
	if err := config.Print(&out, config.Keys(settings)); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("settings", "secret", settings.Secret, "url", settings.DatabaseURL, "servers", settings.ICEServers)
	settings.Foreign = nil // these show themselves when not printed as settings
	fmt.Fprintf(&out, "%v %+v %#v %s %q", settings, settings, settings, settings.Secret, settings.DatabaseURL)
	if strings.Contains(out.String(), "hunter2") {
		t.Errorf("a secret shows in\n%s", out.String())
	}
	if !strings.Contains(out.String(), "db.example") {
		t.Error("the address of a service should show without its password")
	}
	if settings.Secret.Reveal() != "hunter2hunter2" || !strings.Contains(settings.DatabaseURL.Reveal(), ":hunter2hunter2@") {
		t.Error("Reveal must give the value")
	}
}

func TestAddressesShowWithoutTheirPasswords(t *testing.T) {
	for in, want := range map[config.URL]string{
		"":                                  "",
		"omezle.db":                         "omezle.db",
		"postgres://u:hunter2@h/d":          "postgres://u:xxxxx@h/d",
		"postgres://u@h/d?password=hunter2": "postgres://u@h/d?password=xxxxx",
		"redis+cluster://u:hunter2@h1:6379,h2:6379":                                "redis+cluster://u:xxxxx@h1:6379,h2:6379",
		"redis+sentinel://:hunter2@s:26379/0?master=m&sentinel_password=hunter2#x": "redis+sentinel://:xxxxx@s:26379/0?master=m&sentinel_password=xxxxx#x",
		"postgres://u:hunter2/x@h/d":                                               "[redacted]",
		"host=h user=u password=hunter2":                                           "[redacted]",
		"redis://u:hunter2:more@h:1@h2/0":                                          "redis://u:xxxxx@h2/0",
		"redis://h:6379?timeout=1s&password=x":                                     "redis://h:6379?timeout=1s&password=xxxxx",
	} {
		if have := in.String(); have != want {
			t.Errorf("%s shows as %s, want %s", in.Reveal(), have, want)
		}
	}
}
