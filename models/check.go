package models

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	// ErrInvalid is wrapped by every Validate method: the record itself is wrong
	// and trying again cannot help.
	ErrInvalid = errors.New("models: invalid record")
	// ErrTransition is wrapped when a state may not follow the present one.
	ErrTransition = errors.New("models: illegal transition")
	// ErrNotFound is wrapped when what was named does not exist.
	ErrNotFound = errors.New("models: not found")
	// ErrConflict is wrapped when somebody else changed it first: look again and decide anew.
	ErrConflict = errors.New("models: changed meanwhile")
	// ErrDestroyed is wrapped when evidence was destroyed.
	ErrDestroyed = errors.New("models: destroyed")
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}

// checkText accepts what both databases store unchanged: valid UTF-8 without
// NUL, which PostgreSQL refuses, of at most limit characters.
func checkText(name, s string, limit int) error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return invalid("%s is not text", name)
	}
	if utf8.RuneCountInString(s) > limit {
		return invalid("%s is longer than %d characters", name, limit)
	}
	return nil
}

// step reports whether the table of legal transitions leads from one state to
// another. Staying is never a transition.
func step[S ~string](what string, legal map[S][]S, from, to S) error {
	if slices.Contains(legal[from], to) {
		return nil
	}
	return fmt.Errorf("%w: %s %q to %q", ErrTransition, what, from, to)
}
