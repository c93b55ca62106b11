package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/alecthomas/kong"

	"omezle/cmd/omezle/config"
	"omezle/cmd/omezle/doctor"
)

type doctorCommand struct {
	URL  string `name:"url" placeholder:"URL" help:"also look at the service as visitors reach it: https://chat.example"`
	JSON bool   `name:"json" help:"print the findings as JSON"`

	kong.Plugins
	given func() map[string]string
}

// Help says what the list of flags cannot.
func (*doctorCommand) Help() string {
	return `Reads the same settings as serve, looks from this machine, changes nothing, and ends with status 1 if something fails. ` +
		`Run it before the first start, and again with --url when the node runs.`
}

// Run looks at everything and prints what it found.
func (c *doctorCommand) Run(ctx context.Context, p *process) error {
	settings := newSettings()
	keys, warnings, err := settings.load(p, c.given())
	report := &doctor.Report{}
	judgeSettings(report, settings, keys, warnings, err)
	settings.examine(ctx, report, c.URL)
	write := report.Write
	if c.JSON {
		write = report.WriteJSON
	}
	return errors.Join(write(p.stdout), report.Err())
}

// judgeSettings tells every problem of the settings, and where they come from.
func judgeSettings(r *doctor.Report, s *settings, keys []*config.Key, warnings []string, err error) {
	a := r.Area("settings")
	origins := map[string]int{}
	for _, key := range keys {
		switch {
		case key.Origin == "default":
		case strings.HasPrefix(key.Origin, "OMEZLE_"):
			origins["the environment"]++
		case strings.HasPrefix(key.Origin, "--"):
			origins["flags"]++
		default:
			origins["the file"]++
		}
	}
	var told []string
	for _, origin := range []string{"the file", "the environment", "flags"} {
		if n := origins[origin]; n > 0 {
			told = append(told, fmt.Sprintf("%d from %s", n, origin))
		}
	}
	if err != nil {
		for _, problem := range flatten(err) {
			a.Fail("value", problem.Error(), "omezle config prints all settings and where they come from")
		}
	} else if len(told) == 0 {
		a.OK("values", "all are the defaults")
	} else {
		a.OK("values", "%s; the rest are the defaults", strings.Join(told, ", "))
	}
	for _, warning := range warnings {
		a.Warn("name", warning, "correct it, or take it out of the environment")
	}
	if s.RedisURL != "" && s.Secret == "" {
		a.Warn("secret", "it is this node's own: nodes that share a Redis refuse each other's visitors", "set secret to the same on every node: openssl rand -hex 32")
	}
}

// examine looks at everything that the settings name.
func (s *settings) examine(ctx context.Context, r *doctor.Report, site string) {
	media := s.has(roleTURN) || s.has(roleSFU)
	doctor.Machine(r, s.descriptors(), media)
	if s.has(roleSignaling) {
		doctor.Database(ctx, r, s.databaseURL(), config.URL(s.databaseURL()).String(), s.RedisURL != "")
	}
	redis := doctor.Redis(ctx, r, s.RedisURL.Reveal())
	if redis != nil {
		defer redis.Close() //nolint:errcheck // only asked
	}
	nodes := doctor.Nodes(ctx, r, redis, buildVersion(), s.Bus.DeadAfter)
	running := s.examinePorts(ctx, r)
	if s.TLS.Cert != "" {
		doctor.CertificateFile(r, s.TLS.Cert, s.TLS.Key, s.TURN.Host)
	}
	s.examineSFU(ctx, r, nodes, running)
	s.examineTURN(ctx, r, nodes, running)
	if site == "" {
		r.Area("site").Skip("url", "not looked at", "give --url with the address that visitors type")
		return
	}
	visited := &doctor.Site{URL: site}
	offered := visited.Ask(ctx, r)
	visited.Media(ctx, r, offered)
}

// descriptors is how many files a full node has open: a socket for each visitor, pages being loaded, relays
// with their clients, media over TCP.
func (s *settings) descriptors() int {
	const rest = 500 // stores, listeners, files
	count := s.Signaling.MaxSessions + s.Signaling.MaxPending + rest
	if s.has(roleTURN) {
		count += 2 * s.TURN.MaxAllocations
	}
	if s.has(roleSFU) {
		count += s.SFU.MaxLegs // over TCP; over UDP they share a few
	}
	return count
}

// internalNames are what nobody may relay to, by what it is.
func internalNames(ctx context.Context, s *settings) map[string][]netip.Addr {
	found := map[string][]netip.Addr{}
	for name, service := range map[string]config.URL{"our Redis": s.RedisURL, "our database": s.DatabaseURL} {
		if addrs := addrsOf(ctx, service.Reveal()); len(addrs) > 0 {
			found[name] = addrs
		}
	}
	return found
}
