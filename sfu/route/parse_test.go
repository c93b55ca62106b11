package route

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/document"
)

func TestTheDocumentInThePackagesDocumentationIsAPolicy(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(source), "//\t{\n")
	text, _, _ = strings.Cut(text, "//\t}\n")
	text = strings.ReplaceAll("{\n"+text+"}", "//\t", "")
	text = regexp.MustCompile(`(?m),   +.*$`).ReplaceAllString(text, ",") // the words beside it
	p, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	condition := reflect.ValueOf(p.Rules[0].When)
	for i := range condition.NumField() {
		if condition.Field(i).IsZero() {
			t.Errorf("%s is not shown", condition.Type().Field(i).Name)
		}
	}
	if p.Rules[0].When.DeviceYoungerThan != document.Span(7*24*time.Hour) || p.Rules[0].Then.Sampling != models.SamplingDense {
		t.Errorf("got %+v", p.Rules[0])
	}
}

func TestEveryProblemOfADocumentIsToldAtOnce(t *testing.T) {
	_, err := Parse([]byte(`{
		"format": "1", "rulez": [],
		"rules": [
			{"name": 7, "when": {"share": 3, "device_younger_than": "7 days", "modes": "video", "hides_ip": null}, "then": {"route": "sfu", "route": "p2p"}},
			{"when": {"reports_at_least": 1.5, "sfu_load_above_percent": "high", "client_hit": "yes"}, "then": []},
			"text"
		]}`))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`format: want a whole number, not string`,
		`rulez: is unknown: there are format, rules, otherwise`,
		`rules[0].name: want a text, not number`,
		`rules[0].when.share: is unknown: there are share_percent, salt, modes`,
		`rules[0].when.device_younger_than: want a time span over 0 such as 90m, 24h or 7d`,
		`rules[0].when.modes: want a list, not string`,
		`rules[0].when.hides_ip: is null: give it a value or leave it out`,
		`rules[0].then.route: is there twice`,
		`rules[1].name: is missing`,
		`rules[1].when.reports_at_least: want a whole number, not number 1.5`,
		`rules[1].when.sfu_load_above_percent: want a number, not string`,
		`rules[1].when.client_hit: want true or false, not string`,
		`rules[1].then: want an object`,
		`rules[2]: want an object`,
		`otherwise: is missing`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	long := strings.Repeat("x", 65)
	for name, row := range map[string]struct{ rule, want string }{
		"a newer format":            {``, `format: want 1`},
		"no name":                   {`{"name":"","then":{"route":"p2p"}}`, `rules[0].name: a rule needs a name`},
		"a long name":               {`{"name":"` + long + `","then":{"route":"p2p"}}`, `rules[0].name: has 65 characters, want 64`},
		"a name of two lines":       {`{"name":"a\nb","then":{"route":"p2p"}}`, `rules[0].name: has characters that cannot be shown`},
		"a name twice":              {`{"name":"a","then":{"route":"p2p"}},{"name":"a","then":{"route":"p2p"}}`, `rules[1].name: "a" is the name of rules[0] too`},
		"an unknown route":          {`{"name":"a","then":{"route":"relay"}}`, `rules[0].then.route: want p2p, turn or sfu`},
		"an unknown mode":           {`{"name":"a","when":{"modes":["audio"]},"then":{"route":"p2p"}}`, `rules[0].when.modes[0]: want video or text`},
		"a mode twice":              {`{"name":"a","when":{"modes":["text","text"]},"then":{"route":"p2p"}}`, `rules[0].when.modes[1]: "text" is there twice`},
		"a share over all":          {`{"name":"a","when":{"share_percent":101},"then":{"route":"p2p"}}`, `rules[0].when.share_percent: want 0 to 100`},
		"salt without a share":      {`{"name":"a","when":{"salt":"x"},"then":{"route":"p2p"}}`, `rules[0].when.salt: there is no share_percent`},
		"a load that never is":      {`{"name":"a","when":{"sfu_load_above_percent":80,"sfu_load_below_percent":20},"then":{"route":"p2p"}}`, `no load is above 80 and below 20`},
		"negative reports":          {`{"name":"a","when":{"reports_at_least":-1},"then":{"route":"p2p"}}`, `reports_at_least: want 1 to`},
		"forced with fallbacks":     {`{"name":"a","then":{"route":"sfu","forced":true,"fallbacks":["p2p"]}}`, `fallbacks: a forced route has none`},
		"forced p2p with relays":    {`{"name":"a","then":{"route":"p2p","forced":true,"relays":true}}`, `relays: p2p that is forced has none`},
		"falling back to itself":    {`{"name":"a","then":{"route":"sfu","fallbacks":["sfu"]}}`, `fallbacks: sfu is the route itself`},
		"turn after p2p with turn":  {`{"name":"a","then":{"route":"p2p","relays":true,"fallbacks":["turn"]}}`, `p2p with relays has tried turn already`},
		"relays for nothing":        {`{"name":"a","then":{"route":"sfu","relays":true}}`, `relays: they are for p2p`},
		"an unknown plan":           {`{"name":"a","then":{"route":"sfu","sampling":"often"}}`, `sampling: want sparse, normal or dense`},
		"a long reason":             {`{"name":"a","then":{"route":"sfu","reason":"` + strings.Repeat("x", 301) + `"}}`, `reason: has 301 characters`},
		"a network nobody needs":    {`{"name":"a","when":{"networks":[""]},"then":{"route":"p2p"}}`, `networks[0]: want direct, relay or server`},
		"two problems of two rules": {`{"name":"","then":{"route":"p2p"}},{"name":"b","then":{"route":""}}`, "rules[0].name: a rule needs a name\nrules[1].then.route: want p2p"},
	} {
		t.Run(name, func(t *testing.T) {
			format := 1
			if row.rule == "" {
				format = 2
			}
			_, err := Parse(fmt.Appendf(nil, `{"format":%d,"rules":[%s],"otherwise":{"route":"p2p"}}`, format, row.rule))
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}

func TestDocumentsAreBounded(t *testing.T) {
	rules := func(n int) []byte {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`{"name":"%d","then":{"route":"p2p"}}`, i)
		}
		return []byte(`{"format":1,"rules":[` + strings.Join(list, ",") + `],"otherwise":{"route":"p2p"}}`)
	}
	if _, err := Parse(rules(MaxRules)); err != nil {
		t.Errorf("%d rules: %v", MaxRules, err)
	}
	if _, err := Parse(rules(MaxRules + 1)); err == nil || !strings.Contains(err.Error(), "rules: there are 101, want 100 at the most") {
		t.Errorf("%d rules: %v", MaxRules+1, err)
	}
	padded := append(rules(1), bytes.Repeat([]byte(" "), MaxDocument)...)
	if _, err := Parse(padded); err == nil || !strings.Contains(err.Error(), "want 65536 at the most") {
		t.Errorf("%d bytes: %v", len(padded), err)
	}
	unknown := []byte("{" + strings.TrimSuffix(strings.Repeat(`"x":1,`, 10_000), ",") + "}")
	if _, err := Parse(unknown); err == nil || strings.Count(err.Error(), "\n") > 50 {
		t.Errorf("%d lines about one document", strings.Count(err.Error(), "\n"))
	}
	deep := bytes.Repeat([]byte("["), MaxDocument)
	if _, err := Parse(deep); err == nil {
		t.Error("brackets are no policy")
	}
}

func TestAMistakeInTheJSONIsFoundByItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "the policy is not JSON: line 1: unexpected end of JSON input",
		"{\n\"format\": 1,\n}":           "line 3: invalid character '}'",
		`{"format":1} {"format":1}`:      "invalid character '{' after top-level value",
		`[]`:                             "the policy: want an object",
		`null`:                           "the policy: want an object",
		"{\"for\\u006dat\":1, \"ſ\": 1}": `"ſ": is unknown`,
		`{"Format":1}`:                   `"Format": is unknown`,
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestReadyPoliciesAreReadAndNamed(t *testing.T) {
	for _, name := range ReadyNames() {
		ready(t, name)
	}
	if _, err := Ready("../ready/p2p"); err == nil || !strings.Contains(err.Error(), "there are p2p-only, p2p-with-fallback, relay-everything") {
		t.Errorf("got %v", err)
	}
	if !reflect.DeepEqual(DefaultPolicy(), ready(t, P2PWithFallback)) {
		t.Error("the default is another")
	}
}

// What Parse accepts is in bounds, decides, and is read back as the same from what is kept.
func FuzzParse(f *testing.F) {
	for _, name := range ReadyNames() {
		document, err := Ready(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(document)
	}
	f.Add([]byte(`{"format":1,"rules":[{"name":"a","when":{"share_percent":1e1,"salt":"s","modes":["text"],"regions":["eu"],"device_younger_than":"7d","reports_at_least":1,"flags_at_least":2,"hides_ip":false,"networks":["relay"],"client_hit":true,"sfu_load_above_percent":1,"sfu_load_below_percent":2},"then":{"route":"turn","fallbacks":["p2p","sfu"],"relays":true,"sampling":"sparse","reason":"r"}}],"otherwise":{"route":"sfu","forced":true}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		p, err := Parse(document)
		if err != nil {
			if p != nil || len(err.Error()) > MaxDocument {
				t.Fatalf("refused with %d bytes", len(err.Error()))
			}
			return
		}
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		if d := Decide(p, facts(hides)); d.Allows(p2p) {
			t.Fatalf("who hides is shown: %+v", d)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, document); err != nil {
			t.Fatal(err)
		}
		kept, err := Parse(compact.Bytes())
		if err != nil || !reflect.DeepEqual(kept, p) {
			t.Fatalf("kept as %+v (%v), was %+v", kept, err, p)
		}
		written, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse(written); len(written) <= MaxDocument && err != nil {
			t.Fatalf("written as %+v (%v), was %+v", again, err, p)
		}
	})
}

func TestRulesAreToldInWords(t *testing.T) {
	p, err := Parse([]byte(`{"format":1,"rules":[{"name":"a","when":{"share_percent":12.5,"salt":"s","modes":["text"],"regions":["eu","us"],"device_younger_than":"7d","reports_at_least":1,
		"flags_at_least":2,"hides_ip":false,"networks":["relay","server"],"client_hit":true,"sfu_load_above_percent":1,"sfu_load_below_percent":20},
		"then":{"route":"turn","fallbacks":["p2p","sfu"],"relays":true,"sampling":"sparse"}},{"name":"b","then":{"route":"sfu","forced":true}}],"otherwise":{"route":"p2p"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		p.Rules[0].When.String(): "12.5 % of pairs, text, in eu or us, device younger than 7d, reports from 1, flags from 2, nobody hides the address, " +
			"network needs relay or server, a browser's hit, SFU load above 1 %, SFU load below 20 %",
		p.Rules[0].Then.String(): "turn, else p2p with relays, else sfu; sparse sampling",
		p.Rules[1].When.String(): "always",
		p.Rules[1].Then.String(): "sfu forced",
		p.Default.String():       "p2p",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
