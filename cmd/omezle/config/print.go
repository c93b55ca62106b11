package config

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// Print writes keys as a YAML file that Load could read, each with the place its
// value came from. Secrets are redacted, so those must be put in again.
func Print(w io.Writer, keys []*Key) error {
	var b strings.Builder
	var open []string
	for _, key := range keys {
		parts := strings.Split(key.Path, ".")
		groups, name := parts[:len(parts)-1], parts[len(parts)-1]
		for depth, group := range groups {
			if depth >= len(open) || open[depth] != group {
				open = append(open[:min(depth, len(open))], group)
				fmt.Fprintf(&b, "%s%s:\n", strings.Repeat("  ", depth), group)
			}
		}
		open = open[:min(len(groups), len(open))]
		fmt.Fprintf(&b, "%s%s: %s # %s\n", strings.Repeat("  ", len(groups)), name, yamlValue(key), key.Origin)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func yamlValue(key *Key) string {
	field := key.field
	switch {
	case field.Kind() == reflect.Slice && !isText(field.Type()) && !isRecord(field.Type().Elem()):
		items := make([]string, field.Len())
		for i := range items {
			items[i] = strconv.Quote(format(field.Index(i), key.Unit))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case field.Kind() == reflect.Slice && field.Len() == 0:
		return "[]"
	case isText(field.Type()), field.Kind() == reflect.String:
		return strconv.Quote(key.String())
	}
	return key.String() // numbers, switches, durations, and records in flow style
}
