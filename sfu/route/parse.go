package route

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// maxProblems is how many mistakes of one document are told.
const maxProblems = 50

// Parse reads a policy's document. It returns every problem at once, joined: what is unknown, missing, of the wrong kind
// or out of bounds.
func Parse(document []byte) (*Policy, error) {
	if len(document) > MaxDocument {
		return nil, fmt.Errorf("route: the policy has %d bytes, want %d at the most", len(document), MaxDocument)
	}
	if err := syntax(document); err != nil {
		return nil, err
	}
	var p Policy
	var r reader
	r.object("", document, []member{
		{"format", required, r.value(&p.Format)},
		{"rules", optional, r.list(&p.Rules)},
		{"otherwise", required, func(path string, raw json.RawMessage) { r.outcome(path, raw, &p.Default) }},
	})
	if len(r.problems) == 0 { // values that could not be read would be called missing
		if err := p.Validate(); err != nil {
			return nil, err
		}
		return &p, nil
	}
	return nil, errors.Join(r.problems[:min(len(r.problems), maxProblems)]...)
}

// syntax tells the line of a mistake.
func syntax(document []byte) error {
	var raw json.RawMessage
	err := json.Unmarshal(document, &raw)
	if err == nil {
		return nil
	}
	line := ""
	if mistake, ok := errors.AsType[*json.SyntaxError](err); ok {
		line = fmt.Sprintf("line %d: ", 1+bytes.Count(document[:min(int(mistake.Offset), len(document))], []byte("\n")))
	}
	return fmt.Errorf("route: the policy is not JSON: %s%w", line, err)
}

// reader takes a document apart. Its methods note problems and go on.
type reader struct{ problems problems }

// member is one that an object may have.
type member struct {
	name string
	need bool
	read func(path string, raw json.RawMessage)
}

const (
	optional = false
	required = true
)

func (r *reader) object(path string, raw json.RawMessage, members []member) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		r.problems.add(at(path), "want an object")
		return
	}
	seen := map[string]bool{}
	for decoder.More() {
		key, err := decoder.Token()
		name, isName := key.(string)
		var value json.RawMessage
		if err != nil || !isName || decoder.Decode(&value) != nil {
			r.problems.add(at(path), "cannot be read")
			return
		}
		i := slices.IndexFunc(members, func(m member) bool { return m.name == name })
		switch {
		case i < 0:
			r.problems.add(join(path, shorten(name)), "is unknown: there are %s", names(members))
		case seen[name]:
			r.problems.add(join(path, name), "is there twice")
		case string(value) == "null":
			r.problems.add(join(path, name), "is null: give it a value or leave it out")
		default:
			members[i].read(join(path, name), value)
		}
		seen[name] = true
	}
	for _, m := range members {
		if m.need && !seen[m.name] {
			r.problems.add(join(path, m.name), "is missing")
		}
	}
}

func (r *reader) list(rules *[]Rule) func(string, json.RawMessage) {
	return func(path string, raw json.RawMessage) {
		var items []json.RawMessage
		if r.value(&items)(path, raw); len(items) > MaxRules {
			r.problems.add(path, "there are %d, want %d at the most", len(items), MaxRules)
			return
		}
		*rules = make([]Rule, len(items))
		for i, item := range items {
			r.rule(fmt.Sprintf("%s[%d]", path, i), item, &(*rules)[i])
		}
	}
}

func (r *reader) rule(path string, raw json.RawMessage, rule *Rule) {
	r.object(path, raw, []member{
		{"name", required, r.value(&rule.Name)},
		{"when", optional, func(path string, raw json.RawMessage) { r.condition(path, raw, &rule.When) }},
		{"then", required, func(path string, raw json.RawMessage) { r.outcome(path, raw, &rule.Then) }},
	})
}

func (r *reader) condition(path string, raw json.RawMessage, c *Condition) {
	r.object(path, raw, []member{
		{"share_percent", optional, r.value(&c.SharePercent)},
		{"salt", optional, r.value(&c.Salt)},
		{"modes", optional, r.value(&c.Modes)},
		{"regions", optional, r.value(&c.Regions)},
		{"device_younger_than", optional, r.value(&c.DeviceYoungerThan)},
		{"reports_at_least", optional, r.value(&c.ReportsAtLeast)},
		{"flags_at_least", optional, r.value(&c.FlagsAtLeast)},
		{"hides_ip", optional, r.value(&c.HidesIP)},
		{"networks", optional, r.value(&c.Networks)},
		{"client_hit", optional, r.value(&c.ClientHit)},
		{"sfu_load_above_percent", optional, r.value(&c.SFULoadAbovePercent)},
		{"sfu_load_below_percent", optional, r.value(&c.SFULoadBelowPercent)},
	})
}

func (r *reader) outcome(path string, raw json.RawMessage, o *Outcome) {
	r.object(path, raw, []member{
		{"route", required, r.value(&o.Route)},
		{"forced", optional, r.value(&o.Forced)},
		{"fallbacks", optional, r.value(&o.Fallbacks)},
		{"relays", optional, r.value(&o.Relays)},
		{"sampling", optional, r.value(&o.Sampling)},
		{"reason", optional, r.value(&o.Reason)},
	})
}

// value reads into a variable of the right kind.
func (r *reader) value(into any) func(string, json.RawMessage) {
	return func(path string, raw json.RawMessage) {
		err := json.Unmarshal(raw, into)
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			r.problems.add(path, "want %s, not %s", kindOf(wrong.Type), wrong.Value)
		} else if err != nil {
			r.problems.add(path, "%w", err)
		}
	}
}

func names(members []member) string {
	list := make([]string, len(members))
	for i, m := range members {
		list[i] = m.name
	}
	return strings.Join(list, ", ")
}

func at(path string) string {
	if path == "" {
		return "the policy"
	}
	return path
}

func join(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

// shorten bounds what a stranger's name adds to a message, and quotes what is no plain word.
func shorten(name string) string {
	if cut := []rune(name); len(cut) > 40 {
		name = string(cut[:40])
	}
	if strings.ContainsFunc(name, func(c rune) bool { return c != '_' && (c < 'a' || c > 'z') }) {
		return fmt.Sprintf("%q", name)
	}
	return name
}

// kindOf is a kind of value in a sentence.
func kindOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	default:
		return "a text such as \"7d\""
	}
}
