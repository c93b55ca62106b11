package document

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

// Reader takes a document apart. Its methods note problems and go on.
type Reader struct {
	Problems

	What string // the document in a sentence, as "the policy"
}

// Member is one that an object may have.
type Member struct {
	Name string
	Need bool
	Read func(path string, raw json.RawMessage)
}

// Required is a member that must be there.
func Required(name string, read func(path string, raw json.RawMessage)) Member {
	return Member{name, true, read}
}

// Optional is a member that may be left out.
func Optional(name string, read func(path string, raw json.RawMessage)) Member {
	return Member{name, false, read}
}

// Root reads a document of at most limit bytes, which is one object, and returns every problem, joined.
func (r *Reader) Root(document []byte, limit int, members ...Member) error {
	if len(document) > limit {
		return fmt.Errorf("%s has %d bytes, want %d at the most", r.What, len(document), limit)
	}
	if err := r.syntax(document); err != nil {
		return err
	}
	r.Object("", document, members...)
	return errors.Join(r.Problems[:min(len(r.Problems), maxProblems)]...)
}

// syntax tells the line of a mistake.
func (r *Reader) syntax(document []byte) error {
	var raw json.RawMessage
	err := json.Unmarshal(document, &raw)
	if err == nil {
		return nil
	}
	line := ""
	if mistake, ok := errors.AsType[*json.SyntaxError](err); ok {
		line = fmt.Sprintf("line %d: ", 1+bytes.Count(document[:min(int(mistake.Offset), len(document))], []byte("\n")))
	}
	return fmt.Errorf("%s is not JSON: %s%w", r.What, line, err)
}

// Object reads each member that is there. Unlike encoding/json it minds the case of names, and names that are twice.
func (r *Reader) Object(path string, raw json.RawMessage, members ...Member) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		r.Add(r.at(path), "want an object")
		return
	}
	seen := map[string]bool{}
	for decoder.More() {
		key, err := decoder.Token()
		name, isName := key.(string)
		var value json.RawMessage
		if err != nil || !isName || decoder.Decode(&value) != nil {
			r.Add(r.at(path), "cannot be read")
			return
		}
		i := slices.IndexFunc(members, func(m Member) bool { return m.Name == name })
		switch {
		case i < 0:
			r.Add(join(path, shorten(name)), "is unknown: there are %s", names(members))
		case seen[name]:
			r.Add(join(path, name), "is there twice")
		case string(value) == "null":
			r.Add(join(path, name), "is null: give it a value or leave it out")
		default:
			members[i].Read(join(path, name), value)
		}
		seen[name] = true
	}
	for _, m := range members {
		if m.Need && !seen[m.Name] {
			r.Add(join(path, m.Name), "is missing")
		}
	}
}

// List reads a list of at most limit objects: grow is told how many there are, and each is read into its place.
func (r *Reader) List(limit int, grow func(n int), read func(path string, raw json.RawMessage, i int)) func(string, json.RawMessage) {
	return func(path string, raw json.RawMessage) {
		var items []json.RawMessage
		if r.Value(&items)(path, raw); len(items) > limit {
			r.Add(path, "there are %d, want %d at the most", len(items), limit)
			return
		}
		grow(len(items))
		for i, item := range items {
			read(fmt.Sprintf("%s[%d]", path, i), item, i)
		}
	}
}

// Value reads into a variable of the right kind.
func (r *Reader) Value(into any) func(string, json.RawMessage) {
	return func(path string, raw json.RawMessage) {
		err := json.Unmarshal(raw, into)
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			r.Add(path, "want %s, not %s", kindOf(wrong.Type), wrong.Value)
		} else if err != nil {
			r.Add(path, "%w", err)
		}
	}
}

func names(members []Member) string {
	list := make([]string, len(members))
	for i, m := range members {
		list[i] = m.Name
	}
	return strings.Join(list, ", ")
}

func (r *Reader) at(path string) string {
	if path == "" {
		return r.What
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
