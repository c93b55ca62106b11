package moderation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/document"
	"omezle/moderation/frame"
)

func TestTheDefaultRulesAreThoseOfTheDocumentation(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(source), "//\t{\n")
	text, _, _ = strings.Cut(text, "//\t}\n")
	text = strings.ReplaceAll("{\n"+text+"}", "//\t", "")
	text = regexp.MustCompile(`(?m)(,|") {3,}.*$`).ReplaceAllString(text, "$1") // the words beside it
	told, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if told.Rules[0].Percent == nil || *told.Rules[0].Percent != 100 {
		t.Error("percent is not shown")
	}
	told.Rules[0].Percent = nil
	got := DefaultRules()
	if !reflect.DeepEqual(told.Rules[0], got.Rules[0]) || !reflect.DeepEqual(told.Ladder, got.Ladder) {
		t.Errorf("told %+v\nthe default is %+v", told, got)
	}
	if shadow := got.Rules[1]; shadow.Mode != frame.Shadow || !slices.Equal(shadow.Classes, []string{"Sexy"}) {
		t.Errorf("the example of a rule in shadow is %+v", shadow)
	}
}

func TestEveryProblemOfADocumentIsToldAtOnce(t *testing.T) {
	_, err := Parse([]byte(`{
		"format": 1, "rule": [],
		"rules": [
			{"name": 7, "mode": "live", "threshold": "high", "need": 1.5, "window": "15 s", "classes": "Porn", "colour": 1, "percent": null},
			[]
		],
		"ladder": [{"actions": ["warn"], "actions": ["ban"], "ban_for": 60}]}`))
	if err == nil {
		t.Fatal("accepted")
	}
	const want = `rule: is unknown: there are format, rules, ladder
rules[0].name: want a text, not number
rules[0].threshold: want a number, not string
rules[0].need: want a whole number, not number 1.5
rules[0].window: want a time span over 0 such as 90m, 24h or 7d
rules[0].classes: want a list, not string
rules[0].colour: is unknown: there are name, mode, percent, reason, classes, threshold, release, need, of, window, cooldown
rules[0].percent: is null: give it a value or leave it out
rules[0].reason: is missing
rules[0].release: is missing
rules[0].of: is missing
rules[0].cooldown: is missing
rules[1]: want an object
ladder[0].actions: is there twice
ladder[0].ban_for: want a text such as "7d", not number`
	if err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// documentWith is the default document with the members of the first rule, or of the first step, replaced.
func documentWith(t *testing.T, where, members string) []byte {
	t.Helper()
	var whole map[string]any
	if err := json.Unmarshal(defaultRules, &whole); err != nil {
		t.Fatal(err)
	}
	first := whole[where].([]any)[0].(map[string]any)
	if err := json.Unmarshal([]byte(members), &first); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	for name, row := range map[string]struct{ where, members, want string }{
		"an unknown mode":           {"rules", `{"mode":"on"}`, "rules[0].mode: want off, shadow or live"},
		"an unknown reason":         {"rules", `{"reason":"ugly"}`, "rules[0].reason: want nudity"},
		"no name":                   {"rules", `{"name":""}`, "rules[0].name: a rule needs a name"},
		"a name twice":              {"rules", `{"name":"suggestive"}`, `rules[1].name: "suggestive" is the name of rules[0] too`},
		"a name of two lines":       {"rules", `{"name":"a\nb"}`, "rules[0].name: has characters that cannot be shown in a line"},
		"more than everybody":       {"rules", `{"percent":101}`, "rules[0].percent: want 0 to 100"},
		"no classes":                {"rules", `{"classes":[]}`, "rules[0].classes: a rule needs one at the least"},
		"a class twice":             {"rules", `{"classes":["Porn","Porn"]}`, `rules[0].classes[1]: "Porn" is there twice`},
		"a threshold that all pass": {"rules", `{"threshold":0,"release":0}`, "rules[0].threshold: want a score over 0, 1 at the most\nrules[0].release: want a score over 0, the threshold at the most"},
		"a threshold that none":     {"rules", `{"threshold":1.01}`, "rules[0].threshold: want a score over 0, 1 at the most"},
		"a release over it":         {"rules", `{"release":0.9}`, "rules[0].release: want a score over 0, the threshold at the most"},
		"one picture decides":       {"rules", `{"need":1}`, "rules[0].need: want 2 up to what `of` says: a single picture never decides"},
		"more than there are":       {"rules", `{"need":4}`, "rules[0].need: want 2 up to what `of` says: a single picture never decides"},
		"a long memory":             {"rules", `{"of":33}`, "rules[0].of: want 2 to 32"},
		"a long window":             {"rules", `{"window":"11m"}`, "rules[0].window: want 1s to 10m0s"},
		"a short cooldown":          {"rules", `{"cooldown":"1ms"}`, "rules[0].cooldown: want 1s to 1h0m0s"},
		"an unknown action":         {"ladder", `{"actions":["shout"]}`, "ladder[0].actions[0]: want warn, blur, stop, end or ban"},
		"an action twice":           {"ladder", `{"actions":["warn","warn"]}`, `ladder[0].actions[1]: "warn" is there twice`},
		"a ban without end":         {"ladder", `{"actions":["ban"]}`, "ladder[0].ban_for: want 1m0s to 1095d"},
		"a ban of a century":        {"ladder", `{"actions":["ban"],"ban_for":"36500d"}`, "ladder[0].ban_for: want 1m0s to 1095d"},
		"the time of no ban":        {"ladder", `{"ban_for":"1d"}`, "ladder[0].ban_for: there is no ban among the actions"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(documentWith(t, row.where, row.members)); err == nil || err.Error() != row.want {
				t.Errorf("got\n%v\nwant\n%s", err, row.want)
			}
		})
	}
	if _, err := Parse([]byte(`{"format":2,"ladder":[]}`)); err == nil || err.Error() != "format: want 1, the one that this version of the program reads\nladder: there are 0 steps, want 1 to 10" {
		t.Errorf("got %v", err)
	}
}

func TestDocumentsAreBounded(t *testing.T) {
	with := func(rules, steps int) []byte {
		names := make([]string, rules)
		for i := range names {
			names[i] = fmt.Sprintf(`{"name":"%d","mode":"off","reason":"nudity","classes":["x"],"threshold":1,"release":1,"need":2,"of":2,"window":"1s","cooldown":"1s"}`, i)
		}
		return fmt.Appendf(nil, `{"format":1,"rules":[%s],"ladder":[%s]}`, strings.Join(names, ","), strings.Join(slices.Repeat([]string{`{"actions":[]}`}, steps), ","))
	}
	if _, err := Parse(with(maxRules, maxSteps)); err != nil {
		t.Errorf("as many as there may be: %v", err)
	}
	for want, text := range map[string][]byte{
		"rules: there are 21, want 20 at the most":  with(maxRules+1, 1),
		"ladder: there are 11, want 10 at the most": with(1, maxSteps+1),
		"the document has":                          append(with(1, 1), bytes.Repeat([]byte(" "), MaxDocument)...),
	} {
		if _, err := Parse(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestTheNthViolationTakesTheNthStepAndTheLastRepeats(t *testing.T) {
	rules := DefaultRules()
	for n, want := range []Step{
		0: {Actions: []models.Action{models.ActionBlur, models.ActionStop, models.ActionWarn}}, // counted wrong: the mildest
		1: {Actions: []models.Action{models.ActionBlur, models.ActionStop, models.ActionWarn}},
		2: {Actions: []models.Action{models.ActionBlur, models.ActionStop, models.ActionEnd}},
		3: {Actions: []models.Action{models.ActionEnd, models.ActionBan}, BanFor: document.Span(24 * time.Hour)},
		4: {Actions: []models.Action{models.ActionEnd, models.ActionBan}, BanFor: document.Span(24 * time.Hour)},
	} {
		if got := rules.Step(n); !reflect.DeepEqual(got, want) {
			t.Errorf("violation %d: %+v, want %+v", n, got, want)
		}
	}
}

func TestClassesThatTheModelDoesNotHaveAreNamed(t *testing.T) {
	if got := DefaultRules().Unknown([]string{"Drawing", "Hentai", "Neutral"}); !slices.Equal(got, []string{"Porn", "Sexy"}) {
		t.Errorf("got %v", got)
	}
}

// What Parse accepts is in bounds, and is read back as the same from what is kept.
func FuzzParse(f *testing.F) {
	f.Add(defaultRules)
	f.Add([]byte(`{"format":1,"rules":[{"name":"a","mode":"live","percent":5,"reason":"nudity","classes":["x","y"],"threshold":1e-1,"release":0.05,"need":2,"of":20,"window":"10m","cooldown":"1h"}],"ladder":[{"actions":[]},{"actions":["warn","blur","stop","end","ban"],"ban_for":"1095d"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := Parse(text)
		if err != nil {
			if rules != nil || len(err.Error()) > MaxDocument {
				t.Fatalf("refused with %d bytes", len(err.Error()))
			}
			return
		}
		if err := rules.Validate(); err != nil {
			t.Fatal(err)
		}
		for n := range 2 * maxSteps {
			if rules.Step(n).stops() && !rules.couldStop() {
				t.Fatalf("step %d stops", n)
			}
		}
		written, err := json.Marshal(rules)
		if err != nil {
			t.Fatal(err)
		}
		if len(written) > MaxDocument { // numbers and texts may be written longer
			return
		}
		again, err := Parse(written)
		if err != nil {
			t.Fatalf("%v in %s", err, written)
		}
		if twice, err := json.Marshal(again); err != nil || !bytes.Equal(twice, written) {
			t.Fatalf("written as %s, then as %s (%v)", written, twice, err)
		}
	})
}
