package route

import (
	"encoding/json"

	"omezle/models/document"
)

// Parse reads a policy's document. It returns every problem at once, joined: what is unknown, missing, of the wrong kind
// or out of bounds.
func Parse(text []byte) (*Policy, error) {
	var p Policy
	r := reader{document.Reader{What: "the policy"}}
	err := r.Root(text, MaxDocument,
		document.Required("format", r.Value(&p.Format)),
		document.Optional("rules", r.List(MaxRules, func(n int) { p.Rules = make([]Rule, n) }, func(path string, raw json.RawMessage, i int) {
			r.rule(path, raw, &p.Rules[i])
		})),
		document.Required("otherwise", func(path string, raw json.RawMessage) { r.outcome(path, raw, &p.Default) }),
	)
	if err == nil { // values that could not be read would be called missing
		err = p.Validate()
	}
	if err != nil {
		return nil, err
	}
	return &p, nil
}

type reader struct{ document.Reader }

func (r *reader) rule(path string, raw json.RawMessage, rule *Rule) {
	r.Object(path, raw,
		document.Required("name", r.Value(&rule.Name)),
		document.Optional("when", func(path string, raw json.RawMessage) { r.condition(path, raw, &rule.When) }),
		document.Required("then", func(path string, raw json.RawMessage) { r.outcome(path, raw, &rule.Then) }),
	)
}

func (r *reader) condition(path string, raw json.RawMessage, c *Condition) {
	r.Object(path, raw,
		document.Optional("share_percent", r.Value(&c.SharePercent)),
		document.Optional("salt", r.Value(&c.Salt)),
		document.Optional("modes", r.Value(&c.Modes)),
		document.Optional("regions", r.Value(&c.Regions)),
		document.Optional("device_younger_than", r.Value(&c.DeviceYoungerThan)),
		document.Optional("reports_at_least", r.Value(&c.ReportsAtLeast)),
		document.Optional("flags_at_least", r.Value(&c.FlagsAtLeast)),
		document.Optional("false_alarms_at_least", r.Value(&c.FalseAlarmsAtLeast)),
		document.Optional("hides_ip", r.Value(&c.HidesIP)),
		document.Optional("networks", r.Value(&c.Networks)),
		document.Optional("client_hit", r.Value(&c.ClientHit)),
		document.Optional("sfu_load_above_percent", r.Value(&c.SFULoadAbovePercent)),
		document.Optional("sfu_load_below_percent", r.Value(&c.SFULoadBelowPercent)),
	)
}

func (r *reader) outcome(path string, raw json.RawMessage, o *Outcome) {
	r.Object(path, raw,
		document.Required("route", r.Value(&o.Route)),
		document.Optional("forced", r.Value(&o.Forced)),
		document.Optional("fallbacks", r.Value(&o.Fallbacks)),
		document.Optional("relays", r.Value(&o.Relays)),
		document.Optional("sampling", r.Value(&o.Sampling)),
		document.Optional("reason", r.Value(&o.Reason)),
	)
}
