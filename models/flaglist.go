package models

import (
	"strconv"
	"strings"
	"time"
)

// FlagFilter narrows a list of flags; what is zero does not.
type FlagFilter struct {
	State   FlagState
	Kind    FlagKind
	Session SessionID
	Device  DeviceID
	Rule    string // its name, for all of its versions, or with one: see RuleRef
	Shadow  *bool
}

// Page asks for a part of a list that is ordered newest first.
type Page struct {
	Limit  int    // rows; 0 means the list's own default, never more than 500
	Before Cursor // the zero Cursor asks for the first page
}

// Cursor is a place in a list. It names the last row seen instead of counting
// rows, so that nothing is skipped or repeated while new rows arrive.
type Cursor struct {
	At time.Time
	ID string
}

// IsZero reports whether it names no place: the start of a list when asked for,
// its end when returned.
func (c Cursor) IsZero() bool { return c.ID == "" }

// String is the cursor for an address, empty for no place.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	return strconv.FormatInt(c.At.UnixMilli(), 10) + "." + c.ID
}

// ParseCursor reads what String wrote, from outside: it returns ErrBadID for anything else.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	ms, id, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil || n < 0 || n > maxUnixMilli || !validID(id) {
		return Cursor{}, ErrBadID
	}
	return Cursor{At: time.UnixMilli(n).UTC(), ID: id}, nil
}

// maxUnixMilli is the end of the year 9999, the last that both databases know.
const maxUnixMilli = 253_402_300_799_999

// FlagCount says how many flags of a kind are in a state.
type FlagCount struct {
	Kind   FlagKind  `json:"kind"`
	State  FlagState `json:"state"`
	Shadow bool      `json:"shadow"`
	Flags  int       `json:"flags"`
}

// RuleRef is how a flag names a rule with its version, as "nudity@3".
func RuleRef(name string, version int) string { return name + "@" + strconv.Itoa(version) }

// ParseRuleRef is the opposite of RuleRef; a rule without a version has 0.
func ParseRuleRef(ref string) (name string, version int) {
	at := strings.LastIndexByte(ref, '@')
	if at < 0 {
		return ref, 0
	}
	version, err := strconv.Atoi(ref[at+1:])
	if err != nil || version < 1 {
		return ref, 0
	}
	return ref[:at], version
}

// Precision is how often reviewers agreed with one version of a rule, among the flags whose score reached a threshold.
type Precision struct {
	Version   int     `json:"version"`   // of the rules
	Threshold float64 `json:"threshold"` // 0: whatever the score
	Decided   int     `json:"decided"`   // flags that reviewers have decided
	Upheld    int     `json:"upheld"`    // of those, violations
	Precision float64 `json:"precision"` // Upheld of Decided, 0 to 1; 0 if nothing was decided
}
