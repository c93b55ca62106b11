package moderation

import (
	_ "embed"
	"slices"
	"time"

	"omezle/models"
	"omezle/models/document"
	"omezle/moderation/frame"
)

// Format is the version of the document's shape.
const Format = 1

// Rules is what is looked for in pictures and what is done about it. It is never changed once it is in force.
type Rules struct {
	Version int    `json:"-"` // in the database; 0: the default
	Format  int    `json:"format"`
	Rules   []Rule `json:"rules,omitempty"`
	Ladder  []Step `json:"ladder"` // the first violation takes the first step, and so on; the last repeats

	votes *frame.Rules
}

// Rule is when pictures of a visitor are a violation: Need of the last Of that were looked at within Window.
type Rule struct {
	Name      string              `json:"name"`
	Mode      frame.Mode          `json:"mode"`              // in shadow it counts and does nothing
	Percent   *int                `json:"percent,omitempty"` // of visitors, picked by a hash of the session; nil: all
	Reason    models.ReportReason `json:"reason"`            // that both visitors are told
	Classes   []string            `json:"classes"`           // of the model: the highest score of these counts
	Threshold float64             `json:"threshold"`         // from here on a picture counts, 0 to 1
	Release   float64             `json:"release"`           // once it has fired, below this a picture is clean again
	Need      int                 `json:"need"`
	Of        int                 `json:"of"`
	Window    document.Span       `json:"window"`
	Cooldown  document.Span       `json:"cooldown"` // before it can fire again about the same visitor in the same call
}

// modes lists what a rule may do, from the mildest on.
var modes = []frame.Mode{frame.Off, frame.Shadow, frame.Live}

// reasons are those that clients have words for.
var reasons = []models.ReportReason{models.ReasonNudity}

// Step is what is done about one violation.
type Step struct {
	Actions []models.Action `json:"actions"`           // in this order; none: it is put before reviewers, and that is all
	BanFor  document.Span   `json:"ban_for,omitempty"` // with ActionBan
}

// Step is the one for the nth violation, from 1 on.
func (r *Rules) Step(n int) Step { return r.Ladder[min(max(n, 1), len(r.Ladder))-1] }

// couldStop reports whether there is a violation that stops the video.
func (r *Rules) couldStop() bool { return slices.ContainsFunc(r.Ladder, Step.stops) }

func (s Step) stops() bool { return slices.Contains(s.Actions, models.ActionStop) }

// as gives rules that nobody else has seen their version.
func (r *Rules) as(version int) *Rules {
	r.Version, r.votes = version, &frame.Rules{Version: version, Rules: make([]frame.Rule, len(r.Rules))}
	for i, rule := range r.Rules {
		percent := 100
		if rule.Percent != nil {
			percent = *rule.Percent
		}
		r.votes.Rules[i] = frame.Rule{
			Name: rule.Name, Mode: rule.Mode, Percent: percent, Classes: rule.Classes, Threshold: rule.Threshold, Release: rule.Release,
			Need: rule.Need, Of: rule.Of, Window: time.Duration(rule.Window), Cooldown: time.Duration(rule.Cooldown),
		}
	}
	return r
}

// Votes is what the sampler votes by: the rules without what follows from them.
func (r *Rules) Votes() *frame.Rules { return r.votes }

// rule returns the one of a name, if there still is one.
func (r *Rules) rule(name string) (Rule, bool) {
	i := slices.IndexFunc(r.Rules, func(rule Rule) bool { return rule.Name == name })
	if i < 0 {
		return Rule{}, false
	}
	return r.Rules[i], true
}

// Unknown lists the classes of rules that a model does not have: it gives them no score, so they never count.
func (r *Rules) Unknown(classes []string) []string {
	var unknown []string
	for _, rule := range r.Rules {
		for _, class := range rule.Classes {
			if !slices.Contains(classes, class) && !slices.Contains(unknown, class) {
				unknown = append(unknown, class)
			}
		}
	}
	return unknown
}

//go:embed default.json
var defaultRules []byte

// DefaultRules is what is in force until somebody sets something else.
func DefaultRules() *Rules {
	r, err := Parse(defaultRules)
	if err != nil {
		panic(err) // a test reads it
	}
	return r
}
