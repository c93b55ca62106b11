package moderation

import (
	"encoding/json"

	"omezle/models/document"
)

// MaxDocument is how many bytes the document of the rules may have.
const MaxDocument = 64 << 10

// Parse reads the document of the rules. It returns every problem at once, joined: what is unknown, missing, of the
// wrong kind or out of bounds.
func Parse(text []byte) (*Rules, error) {
	var rules Rules
	r := reader{document.Reader{What: "the document"}}
	err := r.Root(text, MaxDocument,
		document.Required("format", r.Value(&rules.Format)),
		document.Optional("rules", r.List(maxRules, func(n int) { rules.Rules = make([]Rule, n) }, func(path string, raw json.RawMessage, i int) {
			r.rule(path, raw, &rules.Rules[i])
		})),
		document.Required("ladder", r.List(maxSteps, func(n int) { rules.Ladder = make([]Step, n) }, func(path string, raw json.RawMessage, i int) {
			r.step(path, raw, &rules.Ladder[i])
		})),
	)
	if err == nil { // values that could not be read would be called missing
		err = rules.Validate()
	}
	if err != nil {
		return nil, err
	}
	return rules.as(0), nil
}

type reader struct{ document.Reader }

func (r *reader) rule(path string, raw json.RawMessage, rule *Rule) {
	r.Object(path, raw,
		document.Required("name", r.Value(&rule.Name)),
		document.Required("mode", r.Value(&rule.Mode)),
		document.Optional("percent", r.Value(&rule.Percent)),
		document.Required("reason", r.Value(&rule.Reason)),
		document.Required("classes", r.Value(&rule.Classes)),
		document.Required("threshold", r.Value(&rule.Threshold)),
		document.Required("release", r.Value(&rule.Release)),
		document.Required("need", r.Value(&rule.Need)),
		document.Required("of", r.Value(&rule.Of)),
		document.Required("window", r.Value(&rule.Window)),
		document.Required("cooldown", r.Value(&rule.Cooldown)),
	)
}

func (r *reader) step(path string, raw json.RawMessage, s *Step) {
	r.Object(path, raw,
		document.Required("actions", r.Value(&s.Actions)),
		document.Optional("ban_for", r.Value(&s.BanFor)),
	)
}
