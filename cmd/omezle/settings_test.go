package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"omezle/cmd/omezle/config"
)

func TestEveryKeyIsDescribedOnceAndHasNamesOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	described := map[string]bool{}
	for _, key := range config.Keys(newSettings()) {
		if key.Help == "" && helpTexts[key.Path] == "" {
			t.Errorf("%s has no help", key.Path)
		}
		if key.Help != "" && helpTexts[key.Path] != "" {
			t.Errorf("%s is described by its owner: remove it from helpTexts", key.Path)
		}
		described[key.Path] = true
		for _, name := range []string{key.Env(), "--" + key.Flag()} {
			if other, taken := seen[name]; taken {
				t.Errorf("%s and %s are both called %s", key.Path, other, name)
			}
			seen[name] = key.Path
		}
	}
	for path := range helpTexts {
		if !described[path] {
			t.Errorf("helpTexts describes %s, which is no key", path)
		}
	}
}

func TestTheDefaultsAreValid(t *testing.T) {
	if err := newSettings().validate(); err != nil {
		t.Error(err)
	}
}

func TestHelpOfServeListsEveryKeyWithItsDefaultAndVariable(t *testing.T) {
	var out, problems output
	if err := run(t.Context(), []string{"serve", "--help"}, nil, &out, &problems); err != nil {
		t.Fatal(err)
	}
	for _, key := range config.Keys(newSettings()) {
		for _, part := range []string{"--" + key.Flag(), "$" + key.Env() + "]"} {
			if !strings.Contains(out.String(), part) {
				t.Errorf("help lacks %s", part)
			}
		}
	}
	for _, part := range []string{"--match-lease=DURATION", "[:8080;", "[6s;"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("help lacks %s", part)
		}
	}
}

func TestAllProblemsOfTheSettingsAreToldAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "omezle.yaml")
	if err := os.WriteFile(file, []byte("match:\n  leas: 5s\n  shards: 0\nsecret: short\nroles: [media]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"OMEZLE_CONFIG=" + file, "OMEZLE_LISTEN=8080", "OMEZLE_OPERATOR_TOKEN=guess", "OMEZLE_DATABASE_URL=mysql://u:hunter2@h/d", "OMEZLE_REDIS_URL=http://u:hunter2@h", "OMEZLE_PUBLIC_ORIGINS=chat.example"}
	var out output
	err := run(t.Context(), []string{"serve", "--tls-cert=x.pem", "--log-format=xml", "--gc-percent=0", "--drain-timeout=soon"}, env, &out, &out)
	if err == nil {
		t.Fatal("accepted")
	}
	report(&out, err)
	for _, part := range []string{
		"omezle: 13 problems:\n",
		"  - " + file + ":2: no key match.leas; did you mean match.lease?\n",
		`  - --drain-timeout: "soon" is not a duration`,
		`  - listen: "8080" is not HOST:PORT`,
		"  - database_url: want postgres://... or sqlite://..., have mysql://u:xxxxx@h/d\n",
		"  - redis_url: ",
		"  - secret: has 5 bytes, want 32",
		"  - operator_token: has 5 characters, want 32",
		`  - roles: "media" is none of: signaling, sfu, turn`,
		"  - gc_percent: 0 is not within",
		"  - tls: cert and key are given together",
		"  - log.format: want text or json",
		`  - public_origins: "chat.example" is not an origin`,
		"  - match: shards 0",
	} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("no %q in\n%s", part, out.String())
		}
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Errorf("a password is told in\n%s", out.String())
	}
}

func TestConfigPrintsWhatIsInForceAndRedactsSecrets(t *testing.T) {
	env := []string{"OMEZLE_SECRET=hunter2hunter2hunter2hunter2hunter2", "OMEZLE_DATABASE_URL=postgres://u:hunter2@db/omezle", "OMEZLE_MATCH_LEAS=1s",
		`OMEZLE_ICE_SERVERS=[{urls: ["turn:turn.example"], username: u, credential: hunter2}]`}
	var out, problems output
	if err := run(t.Context(), []string{"config", "--match-lease", "9s"}, env, &out, &problems); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"lease: 9s # --match-lease\n", `database_url: "postgres://u:xxxxx@db/omezle" # OMEZLE_DATABASE_URL`, `listen: ":8080" # default`} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("no %q in\n%s", part, out.String())
		}
	}
	if strings.Contains(out.String(), "hunter2") {
		t.Errorf("a secret is printed in\n%s", out.String())
	}
	if !strings.Contains(problems.String(), "OMEZLE_MATCH_LEAS is no setting; did you mean OMEZLE_MATCH_LEASE?") {
		t.Errorf("no word of the unknown variable in %q", problems.String())
	}
}

func TestAMistypedCommandIsAnsweredWithTheWayToHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"sreve"}, {"serve", "--lisen=:1"}, {"migrate", "sideways"}} {
		var out output
		if err := run(t.Context(), args, nil, &out, &out); err == nil || !strings.Contains(err.Error(), "see omezle --help") {
			t.Errorf("%v: got %v", args, err)
		}
	}
}

func TestVersionIsOneLine(t *testing.T) {
	var out output
	if err := run(t.Context(), []string{"version"}, nil, &out, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "omezle ") || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("got %q", out.String())
	}
}
