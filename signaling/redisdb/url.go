package redisdb

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ErrBadURL is wrapped by every error about the form of a Redis URL. The
// message says what is wrong and never repeats the URL, which may hold a
// password.
var ErrBadURL = errors.New("redisdb: malformed Redis URL")

func badURL(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrBadURL, fmt.Sprintf(format, args...))
}

// split is a URL whose list of hosts net/url would refuse.
type split struct {
	*url.URL
	hosts []string // host:port, as written
}

// splitURL takes the hosts out of raw before parsing the rest, because
// net/url has no notion of "h1:1,h2:2".
func splitURL(raw string) (split, error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return split{}, badURL("no scheme, expected redis://host:6379/0 or one of its kind")
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	user, hosts := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, hosts = authority[:at+1], authority[at+1:]
	}
	u, err := url.Parse(scheme + "://" + user + "hosts" + tail)
	if err != nil {
		return split{}, badURL("user, path or query cannot be read (are special characters in the password percent-encoded?)")
	}
	out := split{URL: u}
	for h := range strings.SplitSeq(hosts, ",") {
		if h = strings.TrimSpace(h); h != "" {
			out.hosts = append(out.hosts, h)
		}
	}
	return out, nil
}

// parseURL turns a URL into what NewUniversalClient takes.
func parseURL(raw string) (*redis.UniversalOptions, error) {
	s, err := splitURL(raw)
	if err != nil {
		return nil, err
	}
	o := &redis.UniversalOptions{}
	o.Username = s.User.Username()
	o.Password, _ = s.User.Password()

	secure := strings.HasPrefix(s.Scheme, "rediss")
	switch s.Scheme {
	case "unix":
		err = unixOptions(s, o)
	case "redis", "rediss":
		if len(s.hosts) > 1 {
			return nil, badURL("several hosts: use %s+sentinel:// or %s+cluster://", s.Scheme, s.Scheme)
		}
		if len(s.hosts) == 0 {
			s.hosts = []string{"localhost"}
		}
		o.Addrs, err = addresses(s.hosts, "6379")
		err = errors.Join(err, database(s, o), onlyQuery(s))
	case "redis+sentinel", "rediss+sentinel":
		o.Addrs, err = addresses(s.hosts, "26379")
		q := s.Query()
		o.MasterName = q.Get("master")
		o.SentinelUsername, o.SentinelPassword = q.Get("sentinel_user"), q.Get("sentinel_password")
		if o.MasterName == "" {
			err = errors.Join(err, badURL("a Sentinel URL needs ?master=name"))
		}
		err = errors.Join(err, database(s, o), onlyQuery(s, "master", "sentinel_user", "sentinel_password"))
	case "redis+cluster", "rediss+cluster":
		o.Addrs, err = addresses(s.hosts, "6379")
		o.IsClusterMode = true
		if p := strings.Trim(s.Path, "/"); p != "" && p != "0" {
			err = errors.Join(err, badURL("Redis Cluster has database 0 only"))
		}
		err = errors.Join(err, onlyQuery(s))
	default:
		return nil, badURL("unknown scheme %q, expected redis, rediss, unix, redis+sentinel or redis+cluster", s.Scheme)
	}
	if err != nil {
		return nil, err
	}
	if secure {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return o, nil
}

func unixOptions(s split, o *redis.UniversalOptions) error {
	// unix:///run/redis.sock?db=2 ; go-redis dials a path that starts with "/".
	if len(s.hosts) > 0 || !strings.HasPrefix(s.Path, "/") || s.Path == "/" {
		return badURL("expected unix:///path/to/socket")
	}
	o.Addrs = []string{s.Path}
	if db := s.Query().Get("db"); db != "" {
		n, err := strconv.ParseUint(db, 10, 15)
		if err != nil {
			return badURL("db must be a number")
		}
		o.DB = int(n)
	}
	return onlyQuery(s, "db")
}

func addresses(hosts []string, defaultPort string) ([]string, error) {
	if len(hosts) == 0 {
		return nil, badURL("no host")
	}
	out := make([]string, 0, len(hosts))
	for _, h := range hosts {
		host, port, err := net.SplitHostPort(h)
		if err != nil { // no port
			host, port = strings.Trim(h, "[]"), defaultPort
			if strings.Contains(host, ":") && !strings.HasPrefix(h, "[") {
				return nil, badURL("an IPv6 host needs brackets")
			}
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, badURL("a port is not a number from 1 to 65535")
		}
		out = append(out, net.JoinHostPort(host, port))
	}
	return out, nil
}

func database(s split, o *redis.UniversalOptions) error {
	p := strings.Trim(s.Path, "/")
	if p == "" {
		return nil
	}
	n, err := strconv.ParseUint(p, 10, 15)
	if err != nil {
		return badURL("the path must be a database number, as in redis://host:6379/0")
	}
	o.DB = int(n)
	return nil
}

// onlyQuery refuses parameters nobody reads: a mistyped one would otherwise
// be ignored in silence.
func onlyQuery(s split, known ...string) error {
	q := s.Query()
	for _, k := range known {
		q.Del(k)
	}
	for k := range q {
		return badURL("unknown parameter %q", k)
	}
	return nil
}

// Redacted returns the URL fit for a log: passwords are replaced by "xxxxx",
// an empty URL is called "embedded", and one that cannot be read keeps only
// its scheme.
func Redacted(raw string) string {
	if raw == "" {
		return "embedded"
	}
	s, err := splitURL(raw)
	if err != nil {
		if scheme, _, ok := strings.Cut(raw, "://"); ok {
			return scheme + "://(unreadable)"
		}
		return "(unreadable)"
	}
	if _, set := s.User.Password(); set {
		s.User = url.UserPassword(s.User.Username(), "xxxxx")
	}
	if q := s.Query(); q.Has("sentinel_password") {
		q.Set("sentinel_password", "xxxxx")
		s.RawQuery = q.Encode()
	}
	s.Host = strings.Join(s.hosts, ",")
	return s.String()
}
