package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Sources is where settings come from, besides the defaults.
type Sources struct {
	File  string            // path of a YAML file; empty: none
	Env   []string          // "NAME=value" as os.Environ gives them
	Flags map[string]string // by flag name, without dashes
}

// envIgnored are variables of this program's prefix that are no keys: the file's
// name, which main reads, the node's address, which commands that ask one read,
// and what only tests read.
var envIgnored = []string{"OMEZLE_CONFIG", "OMEZLE_URL", "OMEZLE_TEST_"}

// Load fills tree, which already holds the defaults, and returns its keys with
// their origins. The error joins every problem found; a key with a problem keeps
// the value it had. The warnings name variables that look like keys and are
// none: orchestrators inject such names, so they cannot be errors.
func Load(tree any, from Sources) (keys []*Key, warnings []string, err error) {
	keys = Keys(tree)
	var problems []error
	if from.File != "" {
		problems = append(problems, loadFile(keys, from.File)...)
	}
	for _, pair := range from.Env {
		name, text, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "OMEZLE_") || slices.ContainsFunc(envIgnored, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		i := slices.IndexFunc(keys, func(k *Key) bool { return k.Env() == name })
		if i < 0 {
			warnings = append(warnings, name+" is no setting"+didYouMean(name, envs(keys)))
			continue
		}
		problems = append(problems, set(keys[i], name, text))
	}
	for _, key := range keys {
		if text, ok := from.Flags[key.Flag()]; ok {
			problems = append(problems, set(key, "--"+key.Flag(), text))
		}
	}
	return keys, warnings, errors.Join(problems...)
}

func set(key *Key, origin, text string) error {
	if err := parse(key.field, key.Unit, text); err != nil {
		return fmt.Errorf("%s: %w", origin, err)
	}
	key.Origin = origin
	return nil
}

func find(keys []*Key, path string) *Key {
	i := slices.IndexFunc(keys, func(k *Key) bool { return k.Path == path })
	if i < 0 {
		return nil
	}
	return keys[i]
}

func paths(keys []*Key) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.Path
	}
	return out
}

func envs(keys []*Key) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.Env()
	}
	return out
}
