package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"omezle/admin"
	"omezle/cmd/omezle/config"
	"omezle/models/store"
	"omezle/moderation"
	"omezle/moderation/evidence"
	"omezle/moderation/frame"
	"omezle/moderation/onnx"
	"omezle/sfu"
	"omezle/sfu/port"
	"omezle/sfu/turn"
	"omezle/signaling"
	"omezle/signaling/bus"
	"omezle/signaling/match"
	"omezle/signaling/redisdb"
)

// settings is everything an operator can set. Package config says how a field
// becomes a key; the packages that own a group say what its keys mean.
type settings struct {
	Listen        string        `help:"address of the public port: client, websocket and API"`
	PrivateListen string        `help:"address of the private port: health, metrics and profiles; empty: none"`
	DatabaseURL   config.URL    `help:"postgres://user:password@host/name, or sqlite:///path; empty: a SQLite file in data_dir"`
	RedisURL      config.URL    `help:"redis://, rediss://, redis+sentinel:// or redis+cluster://; empty: one inside this process, for a single node"`
	DataDir       string        `help:"folder of the SQLite file and of the generated secret"`
	Secret        config.Secret `help:"key that signs tokens, 32 bytes or more, the same on every node; empty: made once and kept in data_dir"`
	OperatorToken config.Secret `help:"token of the operator's API and of the commands policy and calls, 32 characters or more; empty: the API is off"`
	ReviewerToken config.Secret `help:"token of those who decide on flags, for the API and the command flags, 32 characters or more and not the operator's; empty: there is no reviewer"`
	Roles         []string      `help:"what this node does: signaling (visitors), sfu (media server for calls that policy or network send there), turn (relay of media), which needs turn.public_ip, and classifier (judges frames for media servers on other nodes)"`
	StartTimeout  time.Duration `help:"how long to wait for database and Redis at the start"`
	DrainTimeout  time.Duration `help:"how long to wait for visitors to move elsewhere at the stop"`
	GCPercent     int           `config:"gc_percent" unit:"percent" help:"garbage collector's target, low to keep idle sockets small; GOGC overrides it"`

	TLS port.TLSConfig
	Log logSettings

	Port port.Config
	TURN turnSettings `config:"turn"`
	SFU  sfu.Config   `config:"sfu"`

	Classifier onnx.Config
	Frames     frame.Config
	Moderation moderationSettings

	Signaling signaling.Config `config:",inline"`
	Match     match.Config
	Bus       bus.Config
	History   store.RecorderConfig

	Evidence evidenceSettings
}

// turnSettings adds what package turn cannot hold, since it cannot redact it.
type turnSettings struct {
	turn.Config    `config:",inline"`
	ExternalSecret config.Secret `help:"secret shared with the server of external_urls: static-auth-secret of coturn"`
}

// moderationSettings adds what concerns more than one part.
type moderationSettings struct {
	moderation.Config `config:",inline"`
	Required          bool `help:"relay nothing for the sake of moderation while nobody can look at it: such calls are refused"`
}

// chosen reports whether an operator has said anything about where evidence is and what seals it.
func (s *evidenceSettings) chosen() bool {
	return s.MasterKey != "" || s.URL != "" || s.KeyFile != "" || s.KMS != ""
}

type logSettings struct {
	Format string     `help:"text or json"`
	Level  slog.Level `help:"debug, info, warn or error"`
}

const minSecret = 32

// roles are those that this version can take.
var roles = []string{roleSignaling, roleSFU, roleTURN, roleClassifier}

const (
	roleSignaling = "signaling"
	roleSFU       = "sfu"
	roleTURN      = "turn"
	// roleClassifier judges keyframes that media servers on other nodes have taken.
	roleClassifier = "classifier"
)

// newSettings returns the settings of a node that nobody configured.
func newSettings() *settings {
	return &settings{
		Listen:        ":8080",
		PrivateListen: "127.0.0.1:9090",
		DataDir:       "./data",
		Roles:         []string{roleSignaling},
		StartTimeout:  30 * time.Second,
		DrainTimeout:  30 * time.Second,
		GCPercent:     50,
		Log:           logSettings{Format: "text"},
		Port:          port.DefaultConfig(),
		TURN:          turnSettings{Config: turn.DefaultConfig()},
		SFU:           sfu.DefaultConfig(),
		Classifier:    onnx.DefaultConfig(),
		Frames:        frame.DefaultConfig(),
		Moderation:    moderationSettings{Config: moderation.DefaultConfig()},
		Signaling:     signaling.DefaultConfig(),
		Match:         match.DefaultConfig(),
		Bus:           bus.DefaultConfig(),
		History:       store.DefaultRecorderConfig(),
		Evidence:      evidenceSettings{Config: evidence.DefaultConfig()},
	}
}

// loadSettings returns the settings in force, with variables that look like
// settings and are none, or every problem joined.
func loadSettings(p *process, flags map[string]string) (s *settings, warnings []string, err error) {
	s = newSettings()
	_, warnings, err = s.load(p, flags)
	return s, warnings, err
}

func (s *settings) load(p *process, flags map[string]string) (keys []*config.Key, warnings []string, err error) {
	from := config.Sources{File: p.file, Env: p.env, Flags: flags}
	for _, pair := range p.env {
		if file, ok := strings.CutPrefix(pair, "OMEZLE_CONFIG="); ok && from.File == "" {
			from.File = file
		}
	}
	keys, warnings, err = config.Load(s, from)
	return keys, warnings, errors.Join(err, s.validate())
}

// validate returns every problem, joined. Those of a group are told by its owner.
func (s *settings) validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if err := checkAddress(s.Listen); err != nil {
		bad("listen: %w", err)
	}
	if err := checkAddress(s.PrivateListen); err != nil && s.PrivateListen != "" {
		bad("private_listen: %w", err)
	}
	if u := s.DatabaseURL.Reveal(); strings.Contains(u, "://") && !hasScheme(u, "postgres", "postgresql", "sqlite") {
		bad("database_url: want postgres://... or sqlite://..., have %s", s.DatabaseURL)
	}
	if err := checkRedis(s.RedisURL); err != nil {
		bad("redis_url: %w", err)
	}
	if s.DataDir == "" {
		bad("data_dir: is empty")
	}
	if n := len(s.Secret.Reveal()); n > 0 && n < minSecret {
		bad("secret: has %d bytes, want %d or more; try: openssl rand -hex 32", n, minSecret)
	}
	if n := len(s.OperatorToken.Reveal()); n > 0 && n < admin.MinToken {
		bad("operator_token: has %d characters, want %d or more; try: openssl rand -hex 32", n, admin.MinToken)
	}
	if n := len(s.ReviewerToken.Reveal()); n > 0 && n < admin.MinToken {
		bad("reviewer_token: has %d characters, want %d or more; try: openssl rand -hex 32", n, admin.MinToken)
	}
	if s.ReviewerToken != "" && s.ReviewerToken == s.OperatorToken {
		bad("reviewer_token: is the operator_token, and neither may do what only the other may")
	}
	for _, role := range s.Roles {
		if !slices.Contains(roles, role) {
			bad("roles: %q is none of: %s", role, strings.Join(roles, ", "))
		}
	}
	if len(s.Roles) == 0 {
		bad("roles: a node needs one of: %s", strings.Join(roles, ", "))
	}
	if s.StartTimeout <= 0 {
		bad("start_timeout: want more than 0")
	}
	if s.DrainTimeout < 0 {
		bad("drain_timeout: want 0 or more")
	}
	if s.GCPercent < 5 || s.GCPercent > 1000 {
		bad("gc_percent: %d is not within 5 to 1000", s.GCPercent)
	}
	if s.has(roleTURN) {
		if err := s.TURN.Ready(); err != nil {
			bad("%w", err)
		}
		if len(s.TURN.ExternalURLs) > 0 {
			bad("turn: the role turn and external_urls exclude one another")
		}
	}
	if (len(s.TURN.ExternalURLs) > 0) != (s.TURN.ExternalSecret != "") {
		bad("turn: external_urls and external_secret are given together, or neither")
	}
	if s.Log.Format != "text" && s.Log.Format != "json" {
		bad("log.format: want text or json, have %q", s.Log.Format)
	}
	if region := s.Signaling.Region; region != "" && !slices.Contains(s.Match.Regions, region) {
		bad("region: %q is not in match.regions", region)
	}
	if s.Match.Lease < 2*s.Signaling.PollInterval {
		bad("match.lease: %v is under twice poll_interval, which renews it", s.Match.Lease)
	}
	return errors.Join(append(problems, s.TLS.Validate(), s.Port.Validate(), s.TURN.Validate(), s.SFU.Validate(), s.Signaling.Validate(), s.Match.Validate(), s.Bus.Validate(), s.History.Validate(),
		s.Classifier.Validate(), s.Frames.Validate(), s.Moderation.Validate(), s.Evidence.Validate())...)
}

func (s *settings) has(role string) bool { return slices.Contains(s.Roles, role) }

func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is not HOST:PORT or :PORT", address)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("%q is no port", port)
	}
	return nil
}

func hasScheme(u string, schemes ...string) bool {
	scheme, _, _ := strings.Cut(u, "://")
	return slices.Contains(schemes, scheme)
}

// checkRedis asks the one who reads such URLs, without connecting.
func checkRedis(u config.URL) error {
	if u == "" {
		return nil
	}
	db, err := redisdb.Open(u.Reveal(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return db.Close()
}

// tlsConfig is where the certificate comes from, with what follows from other settings.
func (s *settings) tlsConfig() port.TLSConfig {
	config := s.TLS
	if config.ACMECache == "" {
		config.ACMECache = filepath.Join(s.DataDir, "acme")
	}
	return config
}

// databaseURL is the database to open: the configured one, or the SQLite file.
func (s *settings) databaseURL() string {
	if s.DatabaseURL != "" {
		return s.DatabaseURL.Reveal()
	}
	return (&url.URL{Scheme: "sqlite", Path: filepath.Join(s.DataDir, "omezle.db")}).String()
}

// logger makes the process's logger. Level is fixed at the start.
func (l logSettings) logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.Level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
