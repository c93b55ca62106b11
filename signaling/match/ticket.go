package match

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"omezle/models"
)

// Limits of a ticket. What exceeds them is left out, except blocks.
const (
	MaxInterests     = 10 // of a ticket
	MaxInterestRunes = 32 // of an interest
	MaxRecent        = 16 // devices in Ticket.Recent
)

// ErrBadTicket is returned for a ticket whose ids or mode cannot be used.
var ErrBadTicket = errors.New("match: unusable ticket")

// Ticket is one visitor who waits. Its home node owns it and keeps it; Redis
// holds a copy while it waits. A Ticket is not safe for concurrent use.
type Ticket struct {
	Session models.SessionID
	Device  models.DeviceID
	Node    models.NodeID // the home node, which is asked when the ticket is claimed
	Mode    models.Mode
	Region  string // one of Config.Regions
	// Language is a BCP 47 primary language subtag ("en"), or empty: any will do.
	Language string
	// Interests are normalised tags (the same interest is the same bytes).
	Interests []string
	// Blocks are the devices this one blocked.
	Blocks []models.DeviceID
	// Recent are the devices met lately, newest first.
	Recent []models.DeviceID
	// JoinedAt is the place in the queue, by Redis's clock. Zero asks Join for a
	// new place; the caller stores what Join returned, and gives it again to take
	// the old place back.
	JoinedAt time.Time

	// met is the JoinedAt of the wait in which the ticket is known to be in its
	// mode's meeting queue. Poll sets it, to ask there first.
	met time.Time
}

// languageTag returns the ticket's language in lower case, or "" if it is not a
// primary language subtag.
func (t *Ticket) languageTag() string {
	s := strings.ToLower(t.Language)
	if len(s) < 2 || len(s) > 8 || strings.IndexFunc(s, func(r rune) bool { return r < 'a' || r > 'z' }) >= 0 {
		return ""
	}
	return s
}

// interestList returns the usable interests framed by tabs, as records hold them.
func (t *Ticket) interestList() string {
	if len(t.Interests) == 0 {
		return ""
	}
	var b strings.Builder
	n := 0
	for _, raw := range t.Interests {
		s := cleanInterest(raw)
		if s == "" || strings.Contains(b.String(), "\t"+s+"\t") {
			continue
		}
		if n == 0 {
			b.WriteByte('\t')
		}
		b.WriteString(s)
		b.WriteByte('\t')
		if n++; n == MaxInterests {
			break
		}
	}
	return b.String()
}

// cleanInterest makes any bytes fit to stand in a record and in a key: valid
// UTF-8 without control characters, cut to MaxInterestRunes.
func cleanInterest(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > MaxInterestRunes {
		s = string(r[:MaxInterestRunes])
	}
	return strings.TrimSpace(s)
}

// deviceList returns devices framed by commas, or "" if there are none.
func deviceList(devices []models.DeviceID) string {
	if len(devices) == 0 {
		return ""
	}
	var b strings.Builder
	for _, d := range devices {
		if !plainName(string(d)) {
			continue // no device has such an id
		}
		if b.Len() == 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(d))
		b.WriteByte(',')
	}
	return b.String()
}

// atMeeting reports whether t is known to be in its mode's meeting queue.
func (t *Ticket) atMeeting() bool { return !t.met.IsZero() && t.met.Equal(t.JoinedAt) }

func (t *Ticket) check() error {
	switch {
	case !plainName(string(t.Session)):
		return fmt.Errorf("%w: session id", ErrBadTicket)
	case !plainName(string(t.Device)):
		return fmt.Errorf("%w: device id", ErrBadTicket)
	case !plainName(string(t.Node)):
		return fmt.Errorf("%w: node id", ErrBadTicket)
	case !t.Mode.Valid():
		return fmt.Errorf("%w: mode", ErrBadTicket)
	}
	return nil
}

// micros is a time as the scripts know it; zero stays zero.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
