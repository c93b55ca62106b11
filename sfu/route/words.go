package route

import (
	"fmt"
	"strconv"
	"strings"

	"omezle/models"
	"omezle/models/document"
)

// String is the condition in words, "always" when it has none.
func (c *Condition) String() string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if c.SharePercent != nil {
		add("%s %% of pairs", number(*c.SharePercent))
	}
	if len(c.Modes) > 0 {
		add("%s", document.Choices(c.Modes))
	}
	if len(c.Regions) > 0 {
		add("in %s", document.Choices(c.Regions))
	}
	if c.DeviceYoungerThan > 0 {
		age, _ := c.DeviceYoungerThan.MarshalText() // never fails
		add("device younger than %s", age)
	}
	if c.ReportsAtLeast > 0 {
		add("reports from %d", c.ReportsAtLeast)
	}
	if c.FlagsAtLeast > 0 {
		add("flags from %d", c.FlagsAtLeast)
	}
	if c.FalseAlarmsAtLeast > 0 {
		add("false alarms from %d", c.FalseAlarmsAtLeast)
	}
	if c.HidesIP != nil {
		add("%s", either(*c.HidesIP, "hides the address", "nobody hides the address"))
	}
	if len(c.Networks) > 0 {
		add("network needs %s", document.Choices(c.Networks))
	}
	if c.ClientHit != nil {
		add("%s", either(*c.ClientHit, "a browser's hit", "no browser's hit"))
	}
	if c.SFULoadAbovePercent != nil {
		add("SFU load above %s %%", number(*c.SFULoadAbovePercent))
	}
	if c.SFULoadBelowPercent != nil {
		add("SFU load below %s %%", number(*c.SFULoadBelowPercent))
	}
	if len(parts) == 0 {
		return "always"
	}
	return strings.Join(parts, ", ")
}

// String is the outcome in words, without its reason.
func (o *Outcome) String() string {
	text := o.step(o.Route) + either(o.Forced, " forced", "")
	for _, route := range o.Fallbacks {
		text += ", else " + o.step(route)
	}
	if o.Sampling != models.SamplingNone {
		text += "; " + string(o.Sampling) + " sampling"
	}
	return text
}

func (o *Outcome) step(route models.Route) string {
	return string(route) + either(o.Relays && route == models.RouteP2P, " with relays", "")
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
