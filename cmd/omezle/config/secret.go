package config

import (
	"log/slog"
	"regexp"
	"strings"
)

const redacted = "[redacted]"

// Secret is text that never shows itself: every way of printing, logging or
// marshalling it gives a fixed word, or nothing when it is empty.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString keeps the secret out of %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps the secret out of YAML and JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the text as it is.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}

// URL is the address of a service, which may carry a password. It shows itself
// without the password; what has another shape is not shown at all.
type URL string

// Reveal returns the address with its password.
func (u URL) Reveal() string { return string(u) }

// String implements fmt.Stringer.
func (u URL) String() string {
	scheme, rest, found := strings.Cut(string(u), "://")
	if !found {
		return hideUnless(!strings.ContainsAny(string(u), "@="), string(u))
	}
	// By hand, since net/url refuses the list of hosts of a cluster.
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], queryPassword.ReplaceAllString(rest[end:], "${1}xxxxx")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, _, hasPassword := strings.Cut(authority[:at], ":")
		if hasPassword {
			user += ":xxxxx"
		}
		authority = user + authority[at:]
	}
	// A stray @ is a password with an unescaped slash in it.
	return hideUnless(!strings.Contains(tail, "@"), scheme+"://"+authority+tail)
}

var queryPassword = regexp.MustCompile(`(?i)([?&][a-z_]*password=)[^&#]*`)

func hideUnless(clear bool, text string) string {
	if clear {
		return text
	}
	return redacted
}

// GoString keeps the password out of %#v.
func (u URL) GoString() string { return u.String() }

// LogValue implements slog.LogValuer.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// MarshalText keeps the password out of YAML and JSON.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText takes the text as it is; its owner checks it.
func (u *URL) UnmarshalText(text []byte) error {
	*u = URL(text)
	return nil
}
