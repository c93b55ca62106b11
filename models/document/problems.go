package document

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"
)

// MaxList is how many entries a list of choices may have.
const MaxList = 32

// Problems is what is wrong with a document, each with where it is.
type Problems []error

// Add notes one.
func (p *Problems) Add(path, format string, args ...any) {
	*p = append(*p, fmt.Errorf("%s: %w", path, fmt.Errorf(format, args...)))
}

// Text accepts what can be shown in one line.
func (p *Problems) Text(path, text string, limit int) {
	if n := utf8.RuneCountInString(text); n > limit {
		p.Add(path, "has %d characters, want %d at the most", n, limit)
	}
	if !utf8.ValidString(text) || slices.ContainsFunc([]rune(text), func(r rune) bool { return !unicode.IsPrint(r) }) {
		p.Add(path, "has characters that cannot be shown in a line")
	}
}

// Within accepts a number from low to high. What is no number is refused too.
func (p *Problems) Within(path string, v, low, high float64) {
	if !(v >= low && v <= high) {
		p.Add(path, "want %v to %v", low, high)
	}
}

// Name accepts the name of the i-th entry of a list: one line, unlike the names before it, which it is added to.
func (p *Problems) Name(list string, i int, name string, limit int, taken map[string]int) {
	path := fmt.Sprintf("%s[%d].name", list, i)
	if name == "" {
		p.Add(path, "a rule needs a name")
	}
	p.Text(path, name, limit)
	if first, is := taken[name]; is && name != "" {
		p.Add(path, "%q is the name of %s[%d] too", name, list, first)
	} else {
		taken[name] = i
	}
}

// CheckList refuses what is not among the choices, if there are any, what is there twice, and more than MaxList.
func CheckList[T ~string](p *Problems, path string, list, of []T) {
	if len(list) > MaxList {
		p.Add(path, "has %d entries, want %d at the most", len(list), MaxList)
		return
	}
	for i, entry := range list {
		switch {
		case of != nil && !slices.Contains(of, entry):
			p.Add(fmt.Sprintf("%s[%d]", path, i), "want %s", Choices(of))
		case slices.Contains(list[:i], entry):
			p.Add(fmt.Sprintf("%s[%d]", path, i), "%q is there twice", entry)
		}
	}
}

// Choices is a list for a sentence: "a, b or c".
func Choices[T ~string](of []T) string {
	var text string
	for i, choice := range of {
		switch i {
		case 0:
		case len(of) - 1:
			text += " or "
		default:
			text += ", "
		}
		text += string(choice)
	}
	return text
}
