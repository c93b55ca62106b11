package route

import (
	"slices"
	"time"

	"omezle/models"
)

// worst is the worse of two visitors, fact by fact.
type worst struct {
	age             time.Duration // of the younger device
	reports, flags  int
	hidesIP, hasHit bool
}

func worstOf(visitors *[2]models.VisitorFacts) worst {
	a, b := &visitors[0], &visitors[1]
	return worst{
		age: min(a.DeviceAge, b.DeviceAge), reports: max(a.Reports, b.Reports), flags: max(a.Flags, b.Flags),
		hidesIP: a.HideIP || b.HideIP, hasHit: a.Hit || b.Hit,
	}
}

// holds reports whether the rule is for the pair.
func (r *Rule) holds(f *models.RouteFacts, w worst) bool {
	c := &r.When
	salt := c.Salt
	if salt == "" {
		salt = r.Name
	}
	a, b := &f.Visitors[0], &f.Visitors[1]
	switch {
	case c.SharePercent != nil && !inShare(*c.SharePercent, salt, f.Pair),
		len(c.Modes) > 0 && !slices.Contains(c.Modes, f.Mode),
		len(c.Regions) > 0 && !slices.Contains(c.Regions, a.Region) && !slices.Contains(c.Regions, b.Region),
		len(c.Networks) > 0 && !slices.Contains(c.Networks, a.Network) && !slices.Contains(c.Networks, b.Network),
		c.DeviceYoungerThan > 0 && w.age >= time.Duration(c.DeviceYoungerThan),
		w.reports < c.ReportsAtLeast,
		w.flags < c.FlagsAtLeast,
		c.HidesIP != nil && w.hidesIP != *c.HidesIP,
		c.ClientHit != nil && w.hasHit != *c.ClientHit,
		c.SFULoadAbovePercent != nil && f.SFULoad*100 <= *c.SFULoadAbovePercent,
		c.SFULoadBelowPercent != nil && f.SFULoad*100 >= *c.SFULoadBelowPercent:
		return false
	}
	return true
}

// reasons are what the rule looks at, in the words that a visitor may be told.
func (r *Rule) reasons(to []models.RouteReason) []models.RouteReason {
	c, before := &r.When, len(to)
	if c.Networks != nil {
		to = append(to, models.ReasonNetwork)
	}
	if c.HidesIP != nil && *c.HidesIP {
		to = append(to, models.ReasonHideIP)
	}
	if c.SharePercent != nil {
		to = append(to, models.ReasonSample)
	}
	if c.DeviceYoungerThan > 0 || c.ReportsAtLeast > 0 || c.FlagsAtLeast > 0 {
		to = append(to, models.ReasonStanding)
	}
	if c.ClientHit != nil && *c.ClientHit {
		to = append(to, models.ReasonHit)
	}
	if len(to) == before {
		to = append(to, models.ReasonPolicy)
	}
	return to
}
