package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"
)

// Key is one leaf of a tree of settings.
type Key struct {
	Path   string // "match.interests_for"
	Help   string // one sentence, without unit or default
	Unit   string // "duration", "bytes", "list", ... ; empty for plain text
	Origin string // where the value came from: "default", "FILE:LINE", "OMEZLE_X" or "--x"

	field reflect.Value // addressable, inside the caller's tree
}

// Env is the key's name in the environment.
func (k *Key) Env() string {
	return "OMEZLE_" + strings.ToUpper(strings.ReplaceAll(k.Path, ".", "_"))
}

// Flag is the key's name on the command line, without its dashes.
func (k *Key) Flag() string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(k.Path)
}

// IsBool reports whether the key is a switch, whose flag may stand alone.
func (k *Key) IsBool() bool { return k.field.Kind() == reflect.Bool }

// String is the key's present value as a person would write it, secrets redacted.
func (k *Key) String() string { return format(k.field, k.Unit) }

// Keys lists the leaves of tree, a pointer to a struct, in the order of its
// fields. The keys point into the tree. It panics on a field whose type it
// cannot read: that is a mistake in the program, not in its configuration.
func Keys(tree any) []*Key {
	root := reflect.ValueOf(tree)
	if root.Kind() != reflect.Pointer || root.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("config: want a pointer to a struct, have %T", tree))
	}
	return appendKeys(nil, "", root.Elem())
}

// inline is the name of a group whose keys stand beside it instead of in it.
const inline = ",inline"

func appendKeys(keys []*Key, prefix string, v reflect.Value) []*Key {
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		name := field.Tag.Get("config")
		if !field.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = snake(field.Name)
		}
		if value.Kind() == reflect.Struct && !isText(value.Type()) {
			group := prefix + name + "."
			if name == inline {
				group = prefix
			}
			keys = appendKeys(keys, group, value)
			continue
		}
		unit := field.Tag.Get("unit")
		if unit == "" {
			unit = unitOf(value.Type())
		}
		key := &Key{Path: prefix + name, Help: field.Tag.Get("help"), Unit: unit, Origin: "default", field: value}
		if !readable(value.Type()) {
			panic(fmt.Sprintf("config: key %s has type %s, which no text can fill", key.Path, value.Type()))
		}
		keys = append(keys, key)
	}
	return keys
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func isText(t reflect.Type) bool { return reflect.PointerTo(t).Implements(textType) }

func unitOf(t reflect.Type) string {
	switch {
	case t == durationType:
		return "duration"
	case t.Kind() == reflect.Bool:
		return "switch"
	case isText(t):
		return ""
	case t.Kind() == reflect.Slice && isRecord(t.Elem()):
		return "yaml"
	case t.Kind() == reflect.Slice:
		return "list"
	case t.Kind() != reflect.String:
		return "number"
	}
	return ""
}

// isRecord reports whether t is a struct that only YAML can write.
func isRecord(t reflect.Type) bool { return t.Kind() == reflect.Struct && !isText(t) }

func readable(t reflect.Type) bool {
	if isText(t) {
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	case reflect.Slice:
		return isRecord(t.Elem()) || (t.Elem().Kind() != reflect.Slice && readable(t.Elem()))
	}
	return false
}

// snake turns PingInterval into ping_interval and ICEServers into ice_servers.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) {
			afterLower := i > 0 && !unicode.IsUpper(runes[i-1])
			startsWord := i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if afterLower || startsWord {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
