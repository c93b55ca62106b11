package models

import (
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Role says what a member of staff may do. Each role may do all that the roles
// before it may.
type Role string

// The roles, from the least powerful on.
const (
	RoleViewer     Role = "viewer"
	RoleModerator  Role = "moderator"
	RoleSuperadmin Role = "superadmin"
)

// Roles lists every role, from the least powerful on.
var Roles = []Role{RoleViewer, RoleModerator, RoleSuperadmin}

// Valid reports whether r is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// Allows reports whether r may do what needed may. An unknown role allows
// nothing and is allowed by none.
func (r Role) Allows(needed Role) bool {
	return r.Valid() && needed.Valid() && slices.Index(Roles, r) >= slices.Index(Roles, needed)
}

// StaffNameLimit is the longest name to sign in with, in characters.
const StaffNameLimit = 64

// Staff is a person who can sign in to the console.
type Staff struct {
	ID           StaffID `gorm:"primaryKey"`
	Name         string  // to sign in with; lower case, unique
	Role         Role
	PasswordHash string `json:"-"` // argon2id in PHC form
	TOTPSecret   []byte `json:"-"` // sealed with the master key; empty before enrolment
	Disabled     bool
	At           time.Time // of creation
}

// TableName names the table for gorm, which would look for a plural.
func (Staff) TableName() string { return "staff" }

// LogValue keeps the hash and the secret out of logs.
func (s Staff) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", string(s.ID)), slog.String("role", string(s.Role)))
}

// Validate returns an error that wraps ErrInvalid when the member of staff may
// not be stored.
func (s *Staff) Validate() error {
	if !validID(string(s.ID)) {
		return invalid("staff without id")
	}
	if s.Name == "" || s.Name != strings.ToLower(strings.TrimSpace(s.Name)) {
		return invalid("staff name must be lower case without surrounding space")
	}
	if err := checkText("staff name", s.Name, StaffNameLimit); err != nil {
		return err
	}
	if !s.Role.Valid() {
		return invalid("staff role %q", s.Role)
	}
	if s.At.IsZero() {
		return invalid("staff without time")
	}
	return nil
}
