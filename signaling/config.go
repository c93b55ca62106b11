package signaling

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"omezle/signaling/limit"
	"omezle/signaling/protocol"
)

// Config is what operators set about sessions and sockets.
type Config struct {
	PublicOrigins  []string             `help:"origins that may open a websocket and call the public API; empty: only the origin the request was made to"`
	TrustedProxies []netip.Prefix       `help:"address ranges of reverse proxies whose X-Forwarded-For is believed"`
	ICEServers     []protocol.ICEServer `config:"ice_servers" help:"STUN and TURN servers given to browsers"`
	ConsentVersion string               `help:"version of the rules that visitors accept; raising it asks everybody again"`
	MinimumAge     int                  `help:"age that visitors confirm" unit:"years"`
	Region         string               `help:"region of this node, one of match.regions; matched first with the same region"`

	MaxSessions   int           `help:"sessions on this node; further ones are sent elsewhere" unit:"sessions"`
	MaxPending    int           `help:"websockets that have not said hello yet; over it the oldest silent ones are closed" unit:"sockets"`
	MaxConns      int           `help:"connections of all addresses that are not websockets" unit:"connections"`
	MaxConnsPerIP int           `config:"max_conns_per_ip" help:"connections of one address (IPv6: /64) that are not websockets" unit:"connections"`
	ResumeWindow  time.Duration `help:"how long a session without a socket is kept"`
	TokenTTL      time.Duration `config:"token_ttl" help:"how long a session token can be used"`
	PingInterval  time.Duration `help:"between websocket pings to one visitor"`
	SilentAfter   time.Duration `help:"a socket from which nothing came for so long is closed"`
	PollInterval  time.Duration `help:"between looks for a partner for those who wait"`
	ClaimTimeout  time.Duration `help:"for the partner's node to confirm a match"`
	CheckInterval time.Duration `help:"between comparisons of shared pairs with other nodes"`

	PrepareTimeout time.Duration `help:"how long a call may take to connect another way before that is given up or, if it is forced, shown all the same"`
	OfferTimeout   time.Duration `help:"for a media server to answer an offer before another one is asked"`
	NetworkMemory  time.Duration `help:"how long it is remembered of a network (IPv4 /24, IPv6 /48) which way worked; 0: not at all"`

	ClientCheck CheckConfig

	ChatPerSecond   float64 `help:"messages to the partner: refill" unit:"1/s"`
	ChatBurst       float64 `help:"messages to the partner: burst" unit:"messages"`
	SignalPerSecond float64 `help:"descriptions and candidates: refill" unit:"1/s"`
	SignalBurst     float64 `help:"descriptions and candidates: burst" unit:"messages"`
	OtherPerSecond  float64 `help:"every message of a socket: refill" unit:"1/s"`
	OtherBurst      float64 `help:"every message of a socket: burst" unit:"messages"`
}

// DefaultConfig returns the settings of a node that nobody configured.
func DefaultConfig() Config {
	return Config{
		ConsentVersion:  "2026-11",
		MinimumAge:      18,
		MaxSessions:     18_000,
		MaxPending:      2048,
		MaxConns:        8192,
		MaxConnsPerIP:   512,
		ResumeWindow:    protocol.ResumeWindow,
		TokenTTL:        24 * time.Hour,
		PingInterval:    25 * time.Second,
		SilentAfter:     protocol.SilentAfter,
		PollInterval:    time.Second,
		ClaimTimeout:    2 * time.Second,
		CheckInterval:   5 * time.Second,
		PrepareTimeout:  4 * time.Second,
		OfferTimeout:    time.Second,
		NetworkMemory:   time.Hour,
		ClientCheck:     DefaultCheckConfig(),
		ChatPerSecond:   5,
		ChatBurst:       30,
		SignalPerSecond: 20,
		SignalBurst:     120,
		OtherPerSecond:  40,
		OtherBurst:      240,
	}
}

// Validate returns every problem, joined.
func (c Config) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	for _, origin := range c.PublicOrigins {
		if u, err := url.Parse(origin); err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Path != "" {
			bad("public_origins: %q is not an origin such as https://chat.example", origin)
		}
	}
	for _, server := range c.ICEServers {
		if len(server.URLs) == 0 {
			bad("ice_servers: a server without urls")
		}
	}
	if c.ConsentVersion == "" {
		bad("consent_version is empty")
	}
	if c.MinimumAge < 13 || c.MinimumAge > 99 {
		bad("minimum_age %d is not within 13 to 99", c.MinimumAge)
	}
	for name, n := range map[string]int{"max_sessions": c.MaxSessions, "max_pending": c.MaxPending, "max_conns": c.MaxConns, "max_conns_per_ip": c.MaxConnsPerIP} {
		if n < 1 {
			bad("%s %d is under 1", name, n)
		}
	}
	for name, d := range map[string]time.Duration{
		"resume_window": c.ResumeWindow, "token_ttl": c.TokenTTL, "ping_interval": c.PingInterval, "silent_after": c.SilentAfter,
		"prepare_timeout": c.PrepareTimeout, "offer_timeout": c.OfferTimeout,
		"poll_interval": c.PollInterval, "claim_timeout": c.ClaimTimeout, "check_interval": c.CheckInterval,
	} {
		if d < 10*time.Millisecond || d > 30*24*time.Hour {
			bad("%s %v is not within 10ms to 30 days", name, d)
		}
	}
	if c.NetworkMemory < 0 || c.NetworkMemory > 30*24*time.Hour {
		bad("network_memory %v is not within 0 to 30 days", c.NetworkMemory)
	}
	if c.SilentAfter < 2*c.PingInterval {
		bad("silent_after %v is under twice ping_interval %v", c.SilentAfter, c.PingInterval)
	}
	for name, rate := range map[string]limit.Rate{"chat": c.chatRate(), "signal": c.signalRate(), "other": c.otherRate()} {
		if rate.PerSecond <= 0 || rate.Burst < 1 {
			bad("%s rate wants per_second over 0 and burst of 1 or more", name)
		}
	}
	problems = append(problems, c.ClientCheck.Validate())
	return errors.Join(problems...)
}

func (c Config) chatRate() limit.Rate {
	return limit.Rate{PerSecond: c.ChatPerSecond, Burst: c.ChatBurst}
}

func (c Config) signalRate() limit.Rate {
	return limit.Rate{PerSecond: c.SignalPerSecond, Burst: c.SignalBurst}
}

func (c Config) otherRate() limit.Rate {
	return limit.Rate{PerSecond: c.OtherPerSecond, Burst: c.OtherBurst}
}
