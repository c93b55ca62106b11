package route

import (
	"errors"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"omezle/models"
)

// Bounds of a policy.
const (
	MaxDocument = 64 << 10 // bytes
	MaxRules    = 100

	maxName   = 64  // characters, of names, salts and regions
	maxReason = 300 // characters
	maxList   = 32
	maxCount  = 1_000_000
)

// problems gathers what is wrong with a document, each with where it is.
type problems []error

func (p *problems) add(path, format string, args ...any) {
	*p = append(*p, fmt.Errorf("%s: %w", path, fmt.Errorf(format, args...)))
}

// Validate returns every problem, joined. What Parse returned has none.
func (p *Policy) Validate() error {
	var bad problems
	if p.Format != Format {
		bad.add("format", "want %d, the one that this version of the program reads", Format)
	}
	if len(p.Rules) > MaxRules {
		bad.add("rules", "there are %d, want %d at the most", len(p.Rules), MaxRules)
	}
	names := map[string]int{}
	for i := range p.Rules {
		rule, path := &p.Rules[i], fmt.Sprintf("rules[%d]", i)
		if rule.Name == "" {
			bad.add(path+".name", "a rule needs a name")
		}
		bad.text(path+".name", rule.Name, maxName)
		if first, taken := names[rule.Name]; taken && rule.Name != "" {
			bad.add(path+".name", "%q is the name of rules[%d] too", rule.Name, first)
		} else {
			names[rule.Name] = i
		}
		bad.condition(path+".when", &rule.When)
		bad.outcome(path+".then", &rule.Then)
	}
	bad.outcome("otherwise", &p.Default)
	return errors.Join(bad...)
}

func (p *problems) condition(path string, c *Condition) {
	p.percent(path+".share_percent", c.SharePercent)
	p.text(path+".salt", c.Salt, maxName)
	if c.Salt != "" && c.SharePercent == nil {
		p.add(path+".salt", "there is no share_percent that it could be of")
	}
	checkList(p, path+".modes", c.Modes, models.Modes)
	checkList(p, path+".networks", c.Networks, models.NetworkResults)
	checkList(p, path+".regions", c.Regions, nil)
	for i, region := range c.Regions {
		p.text(fmt.Sprintf("%s.regions[%d]", path, i), region, maxName)
	}
	if c.DeviceYoungerThan < 0 {
		p.add(path+".device_younger_than", "%w", errAge)
	}
	for name, n := range map[string]int{"reports_at_least": c.ReportsAtLeast, "flags_at_least": c.FlagsAtLeast} {
		if n < 0 || n > maxCount {
			p.add(path+"."+name, "want 1 to %d", maxCount)
		}
	}
	above, below := c.SFULoadAbovePercent, c.SFULoadBelowPercent
	p.percent(path+".sfu_load_above_percent", above)
	p.percent(path+".sfu_load_below_percent", below)
	if above != nil && below != nil && *above >= *below {
		p.add(path+".sfu_load_above_percent", "no load is above %v and below %v", *above, *below)
	}
}

func (p *problems) outcome(path string, o *Outcome) {
	if !o.Route.Valid() {
		p.add(path+".route", "want %s", choices(models.Routes))
	}
	checkList(p, path+".fallbacks", o.Fallbacks, models.Routes)
	if slices.Contains(o.Fallbacks, o.Route) {
		p.add(path+".fallbacks", "%s is the route itself", o.Route)
	}
	if o.Forced && len(o.Fallbacks) > 0 {
		p.add(path+".fallbacks", "a forced route has none: leave out one of the two")
	}
	steps := append([]models.Route{o.Route}, o.Fallbacks...)
	p2p, turn := slices.Index(steps, models.RouteP2P), slices.Index(steps, models.RouteTURN)
	switch {
	case o.Relays && o.Forced && o.Route == models.RouteP2P:
		p.add(path+".relays", "p2p that is forced has none: a relay makes it turn")
	case o.Relays && p2p < 0:
		p.add(path+".relays", "they are for p2p, which is not among the routes here")
	case o.Relays && turn > p2p:
		p.add(path+".fallbacks", "p2p with relays has tried turn already: leave out turn, or relays")
	}
	if o.Sampling != models.SamplingNone && !slices.Contains(models.SamplingPlans, o.Sampling) {
		p.add(path+".sampling", "want %s, or leave it out", choices(models.SamplingPlans))
	}
	p.text(path+".reason", o.Reason, maxReason)
}

// text accepts what can be shown in one line.
func (p *problems) text(path, text string, limit int) {
	if n := utf8.RuneCountInString(text); n > limit {
		p.add(path, "has %d characters, want %d at the most", n, limit)
	}
	if !utf8.ValidString(text) || slices.ContainsFunc([]rune(text), func(r rune) bool { return !unicode.IsPrint(r) }) {
		p.add(path, "has characters that cannot be shown in a line")
	}
}

func (p *problems) percent(path string, v *float64) {
	if v != nil && !(*v >= 0 && *v <= 100) { // not a number fails too
		p.add(path, "want 0 to 100")
	}
}

// checkList refuses what is not among the choices, if there are any, what is there twice, and more than maxList.
func checkList[T ~string](p *problems, path string, list, of []T) {
	if len(list) > maxList {
		p.add(path, "has %d entries, want %d at the most", len(list), maxList)
		return
	}
	for i, entry := range list {
		switch {
		case of != nil && !slices.Contains(of, entry):
			p.add(fmt.Sprintf("%s[%d]", path, i), "want %s", choices(of))
		case slices.Contains(list[:i], entry):
			p.add(fmt.Sprintf("%s[%d]", path, i), "%q is there twice", entry)
		}
	}
}

// choices is a list for a sentence: "a, b or c".
func choices[T ~string](of []T) string {
	var text string
	for i, choice := range of {
		switch i {
		case 0:
		case len(of) - 1:
			text += " or "
		default:
			text += ", "
		}
		text += string(choice)
	}
	return text
}
