package convert

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// maxDepth is how deep arrays and objects may be in one another; the network has 9.
const maxDepth = 32

// opening begins the only module of a bundle. Its second argument is the object that has exports.
var opening = regexp.MustCompile(`\(\{1:\[function\([A-Za-z_$]+,([A-Za-z_$]+),[A-Za-z_$]+\)\{([A-Za-z_$]+)\.exports=`)

// closing is all that may follow what is exported.
const closing = `},{}]},{},[1])(1)});`

// preamble is how far into a file the module begins at the latest.
const preamble = 4096

// exported returns as JSON what a bundle of one module exports, which is a literal.
func exported(bundle []byte) ([]byte, error) {
	at := opening.FindSubmatchIndex(bundle[:min(len(bundle), preamble)])
	if at == nil || !bytes.Equal(bundle[at[2]:at[3]], bundle[at[4]:at[5]]) {
		return nil, errors.New("no module that exports a literal")
	}
	l := literal{src: bundle[at[1]:]}
	if err := l.value(0); err != nil {
		return nil, fmt.Errorf("byte %d: %w", at[1]+l.at, err)
	}
	if rest := bytes.TrimSpace(l.src[l.at:]); string(rest) != closing {
		return nil, fmt.Errorf("byte %d: something follows the literal", at[1]+l.at)
	}
	return l.json, nil
}

// literal rewrites a JavaScript literal, as minifiers write them, as JSON. It takes no white space, which they leave out.
type literal struct {
	src  []byte
	at   int
	json []byte
}

var (
	number     = regexp.MustCompile(`^-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?`)
	identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*`)
)

func (l *literal) peek() byte {
	if l.at == len(l.src) {
		return 0
	}
	return l.src[l.at]
}

// take goes past c and writes it, if it is next.
func (l *literal) take(c byte) bool {
	if l.peek() != c {
		return false
	}
	l.at++
	l.json = append(l.json, c)
	return true
}

func (l *literal) value(depth int) error {
	if depth > maxDepth {
		return errors.New("too deep")
	}
	rest := l.src[l.at:]
	switch c := l.peek(); {
	case c == '{':
		return l.list('{', '}', func() error {
			if err := l.key(); err != nil {
				return err
			}
			if !l.take(':') {
				return errors.New("no colon after a key")
			}
			return l.value(depth + 1)
		})
	case c == '[':
		return l.list('[', ']', func() error { return l.value(depth + 1) })
	case c == '"' || c == '\'':
		return l.text()
	case bytes.HasPrefix(rest, []byte("!0")):
		return l.word("!0", "true")
	case bytes.HasPrefix(rest, []byte("!1")):
		return l.word("!1", "false")
	case bytes.HasPrefix(rest, []byte("true")):
		return l.word("true", "true")
	case bytes.HasPrefix(rest, []byte("false")):
		return l.word("false", "false")
	case bytes.HasPrefix(rest, []byte("null")):
		return l.word("null", "null")
	}
	return l.number()
}

func (l *literal) list(open, end byte, item func() error) error {
	l.take(open)
	if l.take(end) {
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if l.take(end) {
			return nil
		}
		if !l.take(',') {
			return errors.New("neither a comma nor the end of a list")
		}
	}
}

func (l *literal) key() error {
	if c := l.peek(); c == '"' || c == '\'' {
		return l.text()
	}
	name := identifier.Find(l.src[l.at:])
	if name == nil {
		return errors.New("no key")
	}
	l.at += len(name)
	l.json = strconv.AppendQuote(l.json, string(name))
	return nil
}

func (l *literal) word(word, json string) error {
	l.at += len(word)
	l.json = append(l.json, json...)
	return nil
}

// number keeps the digits as they are: what reads them decides how exact they are.
func (l *literal) number() error {
	digits := number.Find(l.src[l.at:])
	if digits == nil {
		return errors.New("not a literal")
	}
	l.at += len(digits)
	if digits[0] == '-' {
		l.json, digits = append(l.json, '-'), digits[1:]
	}
	if digits[0] == '.' {
		l.json = append(l.json, '0')
	}
	l.json = append(l.json, digits...)
	return nil
}

// text copies a string. The escapes that JSON has too are let through; names and base64 need no others.
func (l *literal) text() error {
	quote := l.src[l.at]
	l.at++
	l.json = append(l.json, '"')
	for {
		// Runs without anything special are megabytes long.
		run := bytes.IndexFunc(l.src[l.at:], func(r rune) bool {
			return r == rune(quote) || r == '\\' || r == '"' || r < ' ' || r == utf8.RuneError
		})
		if run < 0 {
			return errors.New("a string without an end")
		}
		l.json = append(l.json, l.src[l.at:l.at+run]...)
		l.at += run
		switch c := l.src[l.at]; {
		case c == quote:
			l.at++
			l.json = append(l.json, '"')
			return nil
		case c == '"':
			l.at++
			l.json = append(l.json, '\\', '"')
		case c == '\\' && l.at+1 < len(l.src) && bytes.IndexByte([]byte(`"\/bfnrt`), l.src[l.at+1]) >= 0:
			l.json = append(l.json, c, l.src[l.at+1])
			l.at += 2
		default:
			return errors.New("a string with a character that is not expected there")
		}
	}
}
