package route

import (
	"errors"
	"fmt"
	"slices"

	"omezle/models"
	"omezle/models/document"
)

// Bounds of a policy.
const (
	MaxDocument = 64 << 10 // bytes
	MaxRules    = 100

	maxName   = 64  // characters, of names, salts and regions
	maxReason = 300 // characters
	maxCount  = 1_000_000
)

type problems struct{ document.Problems }

// Validate returns every problem, joined. What Parse returned has none.
func (p *Policy) Validate() error {
	var bad problems
	if p.Format != Format {
		bad.Add("format", "want %d, the one that this version of the program reads", Format)
	}
	if len(p.Rules) > MaxRules {
		bad.Add("rules", "there are %d, want %d at the most", len(p.Rules), MaxRules)
	}
	names := map[string]int{}
	for i := range p.Rules {
		rule, path := &p.Rules[i], fmt.Sprintf("rules[%d]", i)
		bad.Name("rules", i, rule.Name, maxName, names)
		bad.condition(path+".when", &rule.When)
		bad.outcome(path+".then", &rule.Then)
	}
	bad.outcome("otherwise", &p.Default)
	return errors.Join(bad.Problems...)
}

func (p *problems) condition(path string, c *Condition) {
	p.percent(path+".share_percent", c.SharePercent)
	p.Text(path+".salt", c.Salt, maxName)
	if c.Salt != "" && c.SharePercent == nil {
		p.Add(path+".salt", "there is no share_percent that it could be of")
	}
	document.CheckList(&p.Problems, path+".modes", c.Modes, models.Modes)
	document.CheckList(&p.Problems, path+".networks", c.Networks, models.NetworkResults)
	document.CheckList(&p.Problems, path+".regions", c.Regions, nil)
	for i, region := range c.Regions {
		p.Text(fmt.Sprintf("%s.regions[%d]", path, i), region, maxName)
	}
	if c.DeviceYoungerThan < 0 {
		p.Add(path+".device_younger_than", "%w", document.ErrSpan)
	}
	for name, n := range map[string]int{"reports_at_least": c.ReportsAtLeast, "flags_at_least": c.FlagsAtLeast, "false_alarms_at_least": c.FalseAlarmsAtLeast} {
		if n < 0 || n > maxCount {
			p.Add(path+"."+name, "want 1 to %d", maxCount)
		}
	}
	above, below := c.SFULoadAbovePercent, c.SFULoadBelowPercent
	p.percent(path+".sfu_load_above_percent", above)
	p.percent(path+".sfu_load_below_percent", below)
	if above != nil && below != nil && *above >= *below {
		p.Add(path+".sfu_load_above_percent", "no load is above %v and below %v", *above, *below)
	}
}

func (p *problems) outcome(path string, o *Outcome) {
	if !o.Route.Valid() {
		p.Add(path+".route", "want %s", document.Choices(models.Routes))
	}
	document.CheckList(&p.Problems, path+".fallbacks", o.Fallbacks, models.Routes)
	if slices.Contains(o.Fallbacks, o.Route) {
		p.Add(path+".fallbacks", "%s is the route itself", o.Route)
	}
	if o.Forced && len(o.Fallbacks) > 0 {
		p.Add(path+".fallbacks", "a forced route has none: leave out one of the two")
	}
	steps := append([]models.Route{o.Route}, o.Fallbacks...)
	p2p, turn := slices.Index(steps, models.RouteP2P), slices.Index(steps, models.RouteTURN)
	switch {
	case o.Relays && o.Forced && o.Route == models.RouteP2P:
		p.Add(path+".relays", "p2p that is forced has none: a relay makes it turn")
	case o.Relays && p2p < 0:
		p.Add(path+".relays", "they are for p2p, which is not among the routes here")
	case o.Relays && turn > p2p:
		p.Add(path+".fallbacks", "p2p with relays has tried turn already: leave out turn, or relays")
	}
	if o.Sampling != models.SamplingNone && !slices.Contains(models.SamplingPlans, o.Sampling) {
		p.Add(path+".sampling", "want %s, or leave it out", document.Choices(models.SamplingPlans))
	}
	p.Text(path+".reason", o.Reason, maxReason)
}

func (p *problems) percent(path string, v *float64) {
	if v != nil {
		p.Within(path, *v, 0, 100)
	}
}
