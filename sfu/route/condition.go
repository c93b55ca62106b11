package route

import (
	"cmp"
	"slices"
	"time"

	"omezle/models"
)

// worst is the worse of two visitors, fact by fact, and what else is worked out once for all rules.
type worst struct {
	pair            pairHash
	age             time.Duration // of the younger device
	reports, flags  int
	falseAlarms     int
	hidesIP, hasHit bool
}

func worstOf(f *models.RouteFacts) worst {
	a, b := &f.Visitors[0], &f.Visitors[1]
	return worst{
		pair: hashPair(f.Pair),
		age:  min(a.DeviceAge, b.DeviceAge), reports: max(a.Reports, b.Reports), flags: max(a.Flags, b.Flags),
		falseAlarms: max(a.FalseAlarms, b.FalseAlarms),
		hidesIP:     a.HideIP || b.HideIP, hasHit: a.Hit || b.Hit,
	}
}

// holds reports whether the rule is for the pair.
func (r *Rule) holds(f *models.RouteFacts, w worst) bool {
	c := &r.When
	a, b := &f.Visitors[0], &f.Visitors[1]
	switch {
	case len(c.Modes) > 0 && !slices.Contains(c.Modes, f.Mode),
		len(c.Regions) > 0 && !slices.Contains(c.Regions, a.Region) && !slices.Contains(c.Regions, b.Region),
		len(c.Networks) > 0 && !slices.Contains(c.Networks, a.Network) && !slices.Contains(c.Networks, b.Network),
		c.DeviceYoungerThan > 0 && w.age >= time.Duration(c.DeviceYoungerThan),
		w.reports < c.ReportsAtLeast,
		w.flags < c.FlagsAtLeast,
		w.falseAlarms < c.FalseAlarmsAtLeast,
		c.HidesIP != nil && w.hidesIP != *c.HidesIP,
		c.ClientHit != nil && w.hasHit != *c.ClientHit,
		c.SFULoadAbovePercent != nil && f.SFULoad*100 <= *c.SFULoadAbovePercent,
		c.SFULoadBelowPercent != nil && f.SFULoad*100 >= *c.SFULoadBelowPercent:
		return false
	}
	return c.SharePercent == nil || inShare(*c.SharePercent, cmp.Or(c.Salt, r.Name), w.pair) // the dearest comes last
}

// reasons are what the rule looks at, in the words that a visitor may be told.
func (r *Rule) reasons(to []models.RouteReason) []models.RouteReason {
	c, before := &r.When, len(to)
	if len(c.Networks) > 0 {
		to = append(to, models.ReasonNetwork)
	}
	if c.HidesIP != nil && *c.HidesIP {
		to = append(to, models.ReasonHideIP)
	}
	if c.SharePercent != nil {
		to = append(to, models.ReasonSample)
	}
	if c.DeviceYoungerThan > 0 || c.ReportsAtLeast > 0 || c.FlagsAtLeast > 0 || c.FalseAlarmsAtLeast > 0 {
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
