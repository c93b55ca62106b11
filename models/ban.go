package models

import (
	"net/netip"
	"slices"
	"time"
)

// BanKind says what a ban holds on to.
type BanKind string

// The kinds of a ban.
const (
	BanAddress BanKind = "address" // Target is a CIDR range in canonical form
	BanDevice  BanKind = "device"  // Target is a DeviceID
	BanSession BanKind = "session" // Target is a SessionID
)

// BanSeverity says what a banned visitor may still do.
type BanSeverity string

// The severities, from the mildest on.
const (
	SeverityCaptcha   BanSeverity = "captcha"    // must solve the hard captcha
	SeverityRelayOnly BanSeverity = "relay_only" // media always passes the server
	SeverityTextOnly  BanSeverity = "text_only"  // no camera, no microphone
	SeverityNoAccess  BanSeverity = "no_access"
)

// BanSeverities lists every severity, from the mildest on.
var BanSeverities = []BanSeverity{SeverityCaptcha, SeverityRelayOnly, SeverityTextOnly, SeverityNoAccess}

// Valid reports whether s is one of BanSeverities.
func (s BanSeverity) Valid() bool { return slices.Contains(BanSeverities, s) }

// Limits of the texts of a ban.
const (
	BanReasonLimit = 500  // characters; shown to the banned visitor
	BanNotesLimit  = 4000 // characters; for staff
)

// BannedIP is a ban of an address range, a device or a session.
type BannedIP struct {
	ID        BanID `gorm:"primaryKey"`
	Kind      BanKind
	Target    string // see BanKind; canonical, so equal targets are equal text
	Severity  BanSeverity
	Reason    string  // shown to the banned visitor
	By        StaffID `gorm:"column:by_staff"`
	At        time.Time
	ExpiresAt *time.Time // nil: never
	Active    bool       // false once it was lifted
	Notes     string     // for staff only
}

// BanNotes are the notes of a ban that was made because of a flag.
func BanNotes(flag FlagID) string { return "flag " + string(flag) }

// InForce reports whether the ban applies at now.
func (b *BannedIP) InForce(now time.Time) bool {
	return b.Active && !b.At.After(now) && (b.ExpiresAt == nil || b.ExpiresAt.After(now))
}

// CanonicalRange turns an address or a CIDR range into the form a ban's Target
// has: IPv4 never mapped, host bits cleared, a single address as /32 or /128.
func CanonicalRange(s string) (string, error) {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		addr, err := netip.ParseAddr(s)
		if err != nil {
			return "", invalid("%q is neither an address nor a CIDR range", s)
		}
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()).String(), nil
	}
	if prefix.Addr().Is4In6() {
		if prefix.Bits() < 96 {
			return "", invalid("range %q holds more than the IPv4 addresses", s)
		}
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked().String(), nil
}

// Validate returns an error that wraps ErrInvalid when the ban may not be stored.
func (b *BannedIP) Validate() error {
	if !validID(string(b.ID)) {
		return invalid("ban without id")
	}
	switch b.Kind {
	case BanAddress:
		canonical, err := CanonicalRange(b.Target)
		if err != nil {
			return err
		}
		if canonical != b.Target {
			return invalid("range %q must be written %q", b.Target, canonical)
		}
	case BanDevice, BanSession:
		if !validID(b.Target) {
			return invalid("ban of a malformed %s id", b.Kind)
		}
	default:
		return invalid("ban kind %q", b.Kind)
	}
	if !b.Severity.Valid() {
		return invalid("ban severity %q", b.Severity)
	}
	if err := checkText("reason", b.Reason, BanReasonLimit); err != nil {
		return err
	}
	if err := checkText("notes", b.Notes, BanNotesLimit); err != nil {
		return err
	}
	if b.At.IsZero() {
		return invalid("ban without time")
	}
	if b.ExpiresAt != nil && !b.ExpiresAt.After(b.At) {
		return invalid("ban that expires before it begins")
	}
	return nil
}
