package models

import (
	"testing"
	"time"
)

func TestACursorComesBackFromItsText(t *testing.T) {
	c := Cursor{At: time.UnixMilli(1_800_000_000_123).UTC(), ID: string(NewFlagID())}
	if got, err := ParseCursor(c.String()); err != nil || got != c {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := ParseCursor(""); err != nil || !got.IsZero() {
		t.Errorf("no place is %v, %v", got, err)
	}
	for _, bad := range []string{"1", "x." + c.ID, "1.", "1.'", "-1." + c.ID, "999999999999999." + c.ID} {
		if got, err := ParseCursor(bad); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
}

func TestARuleIsNamedWithItsVersion(t *testing.T) {
	for ref, want := range map[string]struct {
		name    string
		version int
	}{"nudity@3": {"nudity", 3}, "nudity": {"nudity", 0}, "a@b": {"a@b", 0}, "a@b@12": {"a@b", 12}, "a@0": {"a@0", 0}} {
		if name, version := ParseRuleRef(ref); name != want.name || version != want.version {
			t.Errorf("%q is %q version %d", ref, name, version)
		}
	}
	if ref := RuleRef("nudity", 3); ref != "nudity@3" {
		t.Errorf("it is %q", ref)
	}
}
