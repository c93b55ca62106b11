package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// loadFile fills keys from the YAML file at path and returns every problem in it.
func loadFile(keys []*Key, path string) []error {
	text, err := os.ReadFile(path)
	if err != nil {
		return []error{fmt.Errorf("config: read file: %w", err)}
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return []error{fmt.Errorf("%s: %s", path, yaml.FormatError(err, false, true))}
	}
	f := file{path: path, keys: keys}
	for _, doc := range tree.Docs {
		if doc.Body != nil {
			f.mapping("", doc.Body)
		}
	}
	return f.problems
}

// file walks the syntax tree of one YAML file.
type file struct {
	path     string
	keys     []*Key
	problems []error
}

func (f *file) place(node ast.Node) string {
	return fmt.Sprintf("%s:%d", f.path, node.GetToken().Position.Line)
}

func (f *file) report(node ast.Node, text string) {
	f.problems = append(f.problems, fmt.Errorf("%s: %s", f.place(node), text))
}

func (f *file) mapping(prefix string, node ast.Node) {
	if node.Type() == ast.NullType || node.Type() == ast.CommentType {
		return
	}
	m, ok := node.(ast.MapNode)
	if !ok {
		f.report(node, "want lines of \"key: value\" here")
		return
	}
	for entries := m.MapRange(); entries.Next(); {
		f.entry(prefix, entries.Key(), entries.Value())
	}
}

func (f *file) entry(prefix string, name ast.MapKeyNode, value ast.Node) {
	path := prefix + name.GetToken().Value
	if key := find(f.keys, path); key != nil {
		if value.Type() == ast.NullType { // "key:" with nothing behind it keeps the default
			return
		}
		if err := f.fill(key, value); err != nil {
			f.report(name, path+": "+err.Error())
			return
		}
		key.Origin = f.place(name)
		return
	}
	for _, key := range f.keys {
		if strings.HasPrefix(key.Path, path+".") {
			f.mapping(path+".", value)
			return
		}
	}
	f.report(name, "no key "+path+didYouMean(path, paths(f.keys)))
}

func (f *file) fill(key *Key, node ast.Node) error {
	list, isList := node.(*ast.SequenceNode)
	switch {
	case isList && key.field.Kind() == reflect.Slice && isRecord(key.field.Type().Elem()):
		value := reflect.New(key.field.Type())
		if err := yaml.NodeToValue(node, value.Interface(), yaml.Strict()); err != nil {
			return errors.New(yaml.FormatError(err, false, false))
		}
		key.field.Set(value.Elem())
		return nil
	case isList && key.field.Kind() == reflect.Slice:
		items := make([]string, len(list.Values))
		for i, item := range list.Values {
			text, err := scalar(item)
			if err != nil {
				return err
			}
			items[i] = text
		}
		return parseList(key.field, key.Unit, items)
	}
	text, err := scalar(node)
	if err != nil {
		return err
	}
	return parse(key.field, key.Unit, text)
}

func scalar(node ast.Node) (string, error) {
	switch n := node.(type) {
	case *ast.LiteralNode: // a | or > block
		return n.Value.Value, nil
	case ast.ScalarNode:
		return n.GetToken().Value, nil
	}
	return "", errors.New("want one value here")
}
