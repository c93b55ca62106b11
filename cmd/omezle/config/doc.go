// Package config fills one tree of settings from a YAML file, the environment
// and flags, and tells what came out.
//
// It owns the mechanism and no setting: the tree is a struct that the caller
// assembles from the Config types of the packages it starts, already holding
// their defaults. Every leaf of the tree is a Key. A key has one path, from
// which its three other names follow:
//
//	path         match.interests_for            as the YAML file nests it
//	environment  OMEZLE_MATCH_INTERESTS_FOR
//	flag         --match-interests-for
//
// Later sources win: default, file, environment, flag. All problems are
// collected, each with the place it stands at, and reported together; a key that
// does not exist is answered with the nearest one that does.
//
// # Describing a key
//
// The name is the field's name in snake case. Struct tags say the rest, so that
// a package that owns a Config need not import this one:
//
//	config:"name"   another name; "-" hides the field, ",inline" takes the
//	                fields of a struct as if they stood here
//	help:"..."      one sentence for --help
//	unit:"bytes"    an integer that takes 16384, 16KiB or 1MB
//	unit:"..."      any other word, shown in --help
//
// Leaves may be strings, booleans, numbers, time.Duration, whatever implements
// encoding.TextUnmarshaler, and slices of those (commas in text, a list in
// YAML). A slice of structs is written in YAML everywhere, also in a flag.
//
// # Secrets
//
// Secret and URL redact themselves when printed, logged or marshalled; only
// Reveal gives the value, so that a search for it finds every use. In a slice of
// structs, which may come from a package that cannot import this one, fields
// named credential, password, secret or token are redacted as well when printed.
//
// Nothing here is safe for concurrent use, starts a goroutine or is kept after
// the start: settings do not change while a node runs.
package config
