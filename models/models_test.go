package models

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// wantSteps checks every pair of states: legal ones are listed, all others refused.
func wantSteps[S ~string](t *testing.T, states []S, to func(from, next S) error, legal map[S][]S) {
	t.Helper()
	for _, from := range append(states, "", "unknown") {
		for _, next := range append(states, "", "unknown") {
			allowed := false
			for _, s := range legal[from] {
				allowed = allowed || s == next
			}
			err := to(from, next)
			switch {
			case allowed && err != nil:
				t.Errorf("%q to %q: %v", from, next, err)
			case !allowed && !errors.Is(err, ErrTransition):
				t.Errorf("%q to %q: error %v, want ErrTransition", from, next, err)
			}
		}
	}
}

func TestReportsMoveByTheseStepsOnly(t *testing.T) {
	wantSteps(t, []ReportStatus{ReportOpen, ReportReviewing, ReportActioned, ReportDismissed}, ReportStatus.To,
		map[ReportStatus][]ReportStatus{
			"open":      {"reviewing", "dismissed"},
			"reviewing": {"open", "actioned", "dismissed"},
			"actioned":  {"reviewing"},
			"dismissed": {"reviewing"},
		})
}

func TestFlagsMoveByTheseStepsOnly(t *testing.T) {
	wantSteps(t, []FlagState{FlagOpen, FlagClaimed, FlagUpheld, FlagDismissed, FlagAppealed, FlagOverturned}, FlagState.To,
		map[FlagState][]FlagState{
			"open":      {"claimed"},
			"claimed":   {"open", "upheld", "dismissed"},
			"upheld":    {"claimed", "appealed"},
			"dismissed": {"claimed"},
			"appealed":  {"upheld", "overturned"},
		})
}

func TestAResolutionFitsTheStatus(t *testing.T) {
	for _, row := range []struct {
		status     ReportStatus
		resolution Resolution
		fits       bool
	}{
		{ReportOpen, ResolutionNone, true},
		{ReportOpen, ResolutionBanned, false},
		{ReportReviewing, ResolutionNone, true},
		{ReportActioned, ResolutionBanned, true},
		{ReportActioned, ResolutionNone, false},
		{ReportActioned, ResolutionDuplicate, false},
		{ReportDismissed, ResolutionNoViolation, true},
		{ReportDismissed, ResolutionWarned, false},
		{"unknown", ResolutionNone, false},
	} {
		if err := row.resolution.Fits(row.status); (err == nil) != row.fits {
			t.Errorf("%q of a report that is %q: %v", row.resolution, row.status, err)
		}
	}
}

func TestARoleMayDoAllThatLesserRolesMay(t *testing.T) {
	for i, role := range Roles {
		for j, needed := range Roles {
			if got, want := role.Allows(needed), i >= j; got != want {
				t.Errorf("%s allows %s: %v", role, needed, got)
			}
		}
		if role.Allows("") || Role("").Allows(role) || Role("root").Allows(role) {
			t.Errorf("an unknown role is worth something beside %s", role)
		}
	}
}

// wantInvalid spoils a good record in one way a row and expects it to be refused.
func wantInvalid[T any](t *testing.T, good func() *T, validate func(*T) error, spoil map[string]func(*T)) {
	t.Helper()
	if err := validate(good()); err != nil {
		t.Errorf("the good one: %v", err)
	}
	for name, change := range spoil {
		record := good()
		change(record)
		if err := validate(record); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: error %v, want ErrInvalid", name, err)
		}
	}
}

func TestReportsThatMayNotBeStored(t *testing.T) {
	good := func() *Report {
		return &Report{
			ID: NewReportID(), ClientID: "1", Pair: NewPairID(), Reason: ReasonMinor, Status: ReportOpen, At: noon,
			Reporter: Party{Session: NewSessionID()}, Reported: Party{Session: NewSessionID()},
			Description: strings.Repeat("ñ", ReportDescriptionLimit),
		}
	}
	wantInvalid(t, good, (*Report).Validate, map[string]func(*Report){
		"no id":                  func(r *Report) { r.ID = "" },
		"no pair":                func(r *Report) { r.Pair = "p" },
		"no reporter":            func(r *Report) { r.Reporter.Session = "" },
		"nobody reported":        func(r *Report) { r.Reported.Session = "" },
		"oneself":                func(r *Report) { r.Reported = r.Reporter },
		"unknown reason":         func(r *Report) { r.Reason = "boring" },
		"no client id":           func(r *Report) { r.ClientID = "" },
		"long client id":         func(r *Report) { r.ClientID = strings.Repeat("x", 65) },
		"client id not text":     func(r *Report) { r.ClientID = "\xff" },
		"description too long":   func(r *Report) { r.Description += "x" },
		"description with NUL":   func(r *Report) { r.Description = "a\x00b" },
		"description not UTF-8":  func(r *Report) { r.Description = "a\xff" },
		"no time":                func(r *Report) { r.At = time.Time{} },
		"resolved while open":    func(r *Report) { r.Resolution = ResolutionBanned },
		"status nobody knows":    func(r *Report) { r.Status = "lost" },
		"settled with no result": func(r *Report) { r.Status = ReportActioned },
	})
}

func TestBansThatMayNotBeStored(t *testing.T) {
	good := func() *BannedIP {
		expires := noon.Add(time.Hour)
		return &BannedIP{ID: NewBanID(), Kind: BanAddress, Target: "192.0.2.0/24", Severity: SeverityNoAccess, At: noon, ExpiresAt: &expires}
	}
	wantInvalid(t, good, (*BannedIP).Validate, map[string]func(*BannedIP){
		"no id":               func(b *BannedIP) { b.ID = "" },
		"unknown kind":        func(b *BannedIP) { b.Kind = "name" },
		"not a range":         func(b *BannedIP) { b.Target = "home" },
		"range not canonical": func(b *BannedIP) { b.Target = "192.0.2.1/24" },
		"address, no range":   func(b *BannedIP) { b.Target = "192.0.2.1" },
		"bad device":          func(b *BannedIP) { b.Kind = BanDevice },
		"bad session":         func(b *BannedIP) { b.Kind = BanSession },
		"unknown severity":    func(b *BannedIP) { b.Severity = "" },
		"long reason":         func(b *BannedIP) { b.Reason = strings.Repeat("x", BanReasonLimit+1) },
		"long notes":          func(b *BannedIP) { b.Notes = strings.Repeat("x", BanNotesLimit+1) },
		"no time":             func(b *BannedIP) { b.At = time.Time{} },
		"over before it is":   func(b *BannedIP) { b.ExpiresAt = &b.At },
	})
}

func TestBlocksFlagsAndStaffThatMayNotBeStored(t *testing.T) {
	wantInvalid(t, func() *IPBlock { return &IPBlock{Blocker: NewDeviceID(), Blocked: NewDeviceID(), At: noon} },
		(*IPBlock).Validate, map[string]func(*IPBlock){
			"no blocker": func(b *IPBlock) { b.Blocker = "" },
			"no blocked": func(b *IPBlock) { b.Blocked = "" },
			"oneself":    func(b *IPBlock) { b.Blocked = b.Blocker },
			"no time":    func(b *IPBlock) { b.At = time.Time{} },
		})
	wantInvalid(t, func() *Flag {
		return &Flag{ID: NewFlagID(), Session: NewSessionID(), Kind: FlagFrame, State: FlagOpen, At: noon}
	}, (*Flag).Validate, map[string]func(*Flag){
		"no id":        func(f *Flag) { f.ID = "" },
		"no session":   func(f *Flag) { f.Session = "" },
		"unknown kind": func(f *Flag) { f.Kind = "smell" },
		"born decided": func(f *Flag) { f.State = FlagUpheld },
		"no time":      func(f *Flag) { f.At = time.Time{} },
	})
	wantInvalid(t, func() *Staff { return &Staff{ID: NewStaffID(), Name: "ana", Role: RoleViewer, At: noon} },
		(*Staff).Validate, map[string]func(*Staff){
			"no id":        func(s *Staff) { s.ID = "" },
			"no name":      func(s *Staff) { s.Name = "" },
			"upper case":   func(s *Staff) { s.Name = "Ana" },
			"space":        func(s *Staff) { s.Name = " ana" },
			"long name":    func(s *Staff) { s.Name = strings.Repeat("x", StaffNameLimit+1) },
			"unknown role": func(s *Staff) { s.Role = "root" },
			"no time":      func(s *Staff) { s.At = time.Time{} },
		})
}

func TestABanIsInForceFromItsTimeToItsExpiryUnlessLifted(t *testing.T) {
	expires := noon.Add(time.Hour)
	for name, row := range map[string]struct {
		ban  BannedIP
		now  time.Time
		want bool
	}{
		"at once":         {BannedIP{Active: true, At: noon, ExpiresAt: &expires}, noon, true},
		"before it began": {BannedIP{Active: true, At: noon, ExpiresAt: &expires}, noon.Add(-1), false},
		"at its expiry":   {BannedIP{Active: true, At: noon, ExpiresAt: &expires}, expires, false},
		"for ever":        {BannedIP{Active: true, At: noon}, noon.AddDate(50, 0, 0), true},
		"lifted":          {BannedIP{At: noon}, noon, false},
	} {
		if got := row.ban.InForce(row.now); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRangesHaveOneWayToBeWritten(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7/32",
		"192.0.2.7/24":         "192.0.2.0/24",
		"::ffff:192.0.2.7":     "192.0.2.7/32",
		"::ffff:192.0.2.7/120": "192.0.2.0/24",
		"2001:DB8::1":          "2001:db8::1/128",
		"2001:db8:0:1::9/64":   "2001:db8:0:1::/64",
		"fe80::1%eth0":         "fe80::1/128",
	} {
		if got, err := CanonicalRange(in); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "home", "192.0.2.7/33", "192.0.2", "::ffff:0.0.0.0/90"} {
		if got, err := CanonicalRange(in); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %q, %v, want ErrInvalid", in, got, err)
		}
	}
}

func TestAddressesHaveOneWayToBeWritten(t *testing.T) {
	for in, want := range map[string]IP{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:DB8:0::1": "2001:db8::1", "fe80::1%eth0": "fe80::1",
	} {
		got, err := ParseIP(in)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", in, got, err, want)
		}
		if IPOf(got.Addr()) != want {
			t.Errorf("%s does not survive being an address", want)
		}
	}
	if _, err := ParseIP("home"); err == nil {
		t.Error("a word is an address")
	}
	if IPOf(netip.Addr{}) != "" || IP("").Addr().IsValid() {
		t.Error("no address is some address")
	}
}

func TestJSONKeepsItsBytesAndRefusesOthers(t *testing.T) {
	var got JSON
	text := `{"b": 1,  "a": 2}`
	value, err := JSON(text).Value()
	if err != nil || value != text {
		t.Errorf("value %v, %v", value, err)
	}
	for _, src := range []any{text, []byte(text)} {
		if err := got.Scan(src); err != nil || string(got) != text {
			t.Errorf("scanned %s, %v", got, err)
		}
	}
	if err := got.Scan(nil); err != nil || got != nil {
		t.Errorf("scanned %s, %v from nothing", got, err)
	}
	if err := got.Scan(1); err == nil {
		t.Error("a number was scanned")
	}
	if value, err := JSON(nil).Value(); err != nil || value != "null" {
		t.Errorf("nothing is stored as %v, %v", value, err)
	}
	if _, err := JSON("{").Value(); !errors.Is(err, ErrInvalid) {
		t.Errorf("half a document: %v", err)
	}
	var document struct{ Doc, None JSON }
	if err := json.Unmarshal([]byte(`{"Doc":{"a":1}}`), &document); err != nil {
		t.Fatal(err)
	}
	if out, err := json.Marshal(document); err != nil || string(out) != `{"Doc":{"a":1},"None":null}` {
		t.Errorf("marshalled %s, %v", out, err)
	}
}

func TestIDsAreFreshAndParsedBack(t *testing.T) {
	ids := map[string]bool{}
	for range 100 {
		for _, id := range []string{
			string(NewReportID()), string(NewFlagID()), string(NewDecisionID()), string(NewBanID()), string(NewStaffID()),
			string(NewSessionID()), string(NewDeviceID()), string(NewPairID()), string(NewNodeID()),
		} {
			if ids[id] {
				t.Fatalf("%s came twice", id)
			}
			ids[id] = true
		}
	}
	type parser func(string) (string, error)
	for name, parse := range map[string]parser{
		"session":  func(s string) (string, error) { id, err := ParseSessionID(s); return string(id), err },
		"device":   func(s string) (string, error) { id, err := ParseDeviceID(s); return string(id), err },
		"pair":     func(s string) (string, error) { id, err := ParsePairID(s); return string(id), err },
		"report":   func(s string) (string, error) { id, err := ParseReportID(s); return string(id), err },
		"flag":     func(s string) (string, error) { id, err := ParseFlagID(s); return string(id), err },
		"decision": func(s string) (string, error) { id, err := ParseDecisionID(s); return string(id), err },
		"ban":      func(s string) (string, error) { id, err := ParseBanID(s); return string(id), err },
		"staff":    func(s string) (string, error) { id, err := ParseStaffID(s); return string(id), err },
	} {
		good := newID()
		if got, err := parse(good); err != nil || got != good {
			t.Errorf("%s id %s: %s, %v", name, good, got, err)
		}
		for _, bad := range []string{"", good[1:], good + "0", strings.ToUpper("a" + good[1:]), good[1:] + "z", good[1:] + "\n"} {
			if _, err := parse(bad); !errors.Is(err, ErrBadID) {
				t.Errorf("%s id %q: %v", name, bad, err)
			}
		}
	}
}

func TestSecretsOfStaffStayOutOfLogs(t *testing.T) {
	staff := Staff{ID: NewStaffID(), Name: "ana", PasswordHash: "hash", TOTPSecret: []byte("seed")}
	var text strings.Builder
	text.WriteString(staff.LogValue().String())
	encoded, err := json.Marshal(staff)
	if err != nil {
		t.Fatal(err)
	}
	text.Write(encoded)
	if strings.Contains(text.String(), "hash") || strings.Contains(text.String(), "c2VlZA") {
		t.Errorf("leaked: %s", text.String())
	}
}
