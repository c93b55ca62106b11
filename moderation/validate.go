package moderation

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"omezle/models"
	"omezle/models/document"
	"omezle/moderation/frame"
)

// Bounds of the rules.
const (
	maxRules = 20
	maxSteps = 10
	maxName  = 64 // characters

	minWindow, maxWindow     = time.Second, 10 * time.Minute
	minCooldown, maxCooldown = time.Second, time.Hour
	minBan, maxBan           = time.Minute, 3 * 365 * 24 * time.Hour
)

type problems struct{ document.Problems }

// Validate returns every problem, joined. What Parse returned has none.
func (r *Rules) Validate() error {
	var bad problems
	if r.Format != Format {
		bad.Add("format", "want %d, the one that this version of the program reads", Format)
	}
	if len(r.Rules) > maxRules {
		bad.Add("rules", "there are %d, want %d at the most", len(r.Rules), maxRules)
	}
	names := map[string]int{}
	for i := range r.Rules {
		bad.Name("rules", i, r.Rules[i].Name, maxName, names)
		bad.rule(fmt.Sprintf("rules[%d]", i), &r.Rules[i])
	}
	if len(r.Ladder) < 1 || len(r.Ladder) > maxSteps {
		bad.Add("ladder", "there are %d steps, want 1 to %d", len(r.Ladder), maxSteps)
	}
	for i := range r.Ladder {
		bad.step(fmt.Sprintf("ladder[%d]", i), &r.Ladder[i])
	}
	return errors.Join(bad.Problems...)
}

func (p *problems) rule(path string, rule *Rule) {
	if !slices.Contains(modes, rule.Mode) {
		p.Add(path+".mode", "want %s", document.Choices(modes))
	}
	if !slices.Contains(reasons, rule.Reason) {
		p.Add(path+".reason", "want %s", document.Choices(reasons))
	}
	if rule.Percent != nil {
		p.Within(path+".percent", float64(*rule.Percent), 0, 100)
	}
	if len(rule.Classes) == 0 {
		p.Add(path+".classes", "a rule needs one at the least")
	}
	document.CheckList(&p.Problems, path+".classes", rule.Classes, nil)
	for i, class := range rule.Classes[:min(len(rule.Classes), document.MaxList)] {
		p.Text(fmt.Sprintf("%s.classes[%d]", path, i), class, maxName)
	}
	if !(rule.Threshold > 0 && rule.Threshold <= 1) {
		p.Add(path+".threshold", "want a score over 0, 1 at the most")
	}
	if !(rule.Release > 0 && rule.Release <= rule.Threshold) {
		p.Add(path+".release", "want a score over 0, the threshold at the most")
	}
	if rule.Of < 2 || rule.Of > frame.MaxOf {
		p.Add(path+".of", "want 2 to %d", frame.MaxOf)
	}
	if rule.Need < 2 || rule.Need > rule.Of {
		p.Add(path+".need", "want 2 up to what `of` says: a single picture never decides")
	}
	p.span(path+".window", rule.Window, minWindow, maxWindow)
	p.span(path+".cooldown", rule.Cooldown, minCooldown, maxCooldown)
}

func (p *problems) step(path string, s *Step) {
	document.CheckList(&p.Problems, path+".actions", s.Actions, models.Actions)
	switch bans := slices.Contains(s.Actions, models.ActionBan); {
	case bans:
		p.span(path+".ban_for", s.BanFor, minBan, maxBan)
	case s.BanFor != 0:
		p.Add(path+".ban_for", "there is no ban among the actions")
	}
}

func (p *problems) span(path string, s document.Span, low, high time.Duration) {
	if d := time.Duration(s); d < low || d > high {
		p.Add(path, "want %s to %s", text(low), text(high))
	}
}

// text is a time as people write it in a document.
func text(d time.Duration) string {
	t, _ := document.Span(d).MarshalText() // never fails
	return string(t)
}
