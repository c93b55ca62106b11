package route

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/document"
)

const (
	p2p  = models.RouteP2P
	turn = models.RouteTURN
	sfu  = models.RouteSFU

	day = 24 * time.Hour
)

// facts are of two visitors of good standing, with every kind of node there; change adds to them.
func facts(change ...func(*models.RouteFacts)) models.RouteFacts {
	f := models.RouteFacts{Pair: "0123456789abcdefghij", Mode: models.ModeVideo, TURN: true, SFU: true, SFULoad: 0.5}
	for i := range f.Visitors {
		f.Visitors[i] = models.VisitorFacts{Region: "eu", DeviceAge: 30 * day}
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

// second changes one of the two visitors.
func second(change func(*models.VisitorFacts)) func(*models.RouteFacts) {
	return func(f *models.RouteFacts) { change(&f.Visitors[1]) }
}

var (
	hides     = second(func(v *models.VisitorFacts) { v.HideIP = true })
	hit       = second(func(v *models.VisitorFacts) { v.Hit = true })
	behindAll = second(func(v *models.VisitorFacts) { v.Network = models.NetworkServer })
	behindNAT = second(func(v *models.VisitorFacts) { v.Network = models.NetworkRelay })
	unjudged  = func(f *models.RouteFacts) { f.Unjudged = true }
	noSFU     = func(f *models.RouteFacts) { f.SFU = false }
	noTURN    = func(f *models.RouteFacts) { f.TURN = false }
)

func failed(routes ...models.Route) func(*models.RouteFacts) {
	return func(f *models.RouteFacts) { f.Failed = routes }
}

func staff(route models.Route, forced bool) func(*models.RouteFacts) {
	return func(f *models.RouteFacts) { f.Operator, f.OperatorForced = route, forced }
}

func always(o Outcome) *Policy { return &Policy{Version: 7, Format: Format, Default: o} }

func ready(t testing.TB, name string) *Policy {
	t.Helper()
	document, err := Ready(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// short is a decision in one line: what matters of it, then why.
func short(d models.RouteDecision) string {
	text := string(d.Route)
	if d.Forced {
		text += " forced"
	}
	if d.Route == p2p && d.Relays {
		text += " with relays"
	}
	if len(d.Fallbacks) > 0 {
		text += fmt.Sprintf(", else %v", d.Fallbacks)
	}
	return text + fmt.Sprintf(", because %v", d.Reasons)
}

func TestThePolicySaysWhereMediaGoes(t *testing.T) {
	only, fallback, everything := ready(t, P2POnly), ready(t, P2PWithFallback), ready(t, RelayEverything)
	forcedP2P, forcedTURN := always(Outcome{Route: p2p, Forced: true}), always(Outcome{Route: turn, Forced: true})
	watched := always(Outcome{Route: sfu, Forced: true, Sampling: models.SamplingNormal})
	unwatched := always(Outcome{Route: sfu, Forced: true})
	blind := always(Outcome{Route: p2p, Fallbacks: []models.Route{turn, sfu}})
	for _, row := range []struct {
		name   string
		policy *Policy
		facts  models.RouteFacts
		want   string
	}{
		{"by default browsers meet by themselves", fallback, facts(), "p2p with relays, else [sfu], because [default]"},
		{"a hit is looked at by the server", fallback, facts(hit), "sfu, else [p2p], because [hit]"},
		{"a hit is not looked at where there is no server", fallback, facts(hit, noSFU), "p2p with relays, because [hit unavailable]"},
		{"p2p only has no way out", only, facts(), "p2p, because [default]"},
		{"p2p only stays when it fails", only, facts(failed(p2p)), "p2p, because [default no_way]"},
		{"everything is relayed", everything, facts(), "sfu forced, because [default]"},

		{"a hit that nobody can look at stays between the browsers", fallback, facts(hit, unjudged), "p2p with relays, because [hit no_classifier]"},
		{"a share that must be looked at and cannot shows nothing", watched, facts(unjudged), "sfu forced, because [default no_classifier]"},
		{"a look that is not wanted is not missed", unwatched, facts(unjudged), "sfu forced, because [default]"},
		{"the server for networks is not for its looks", fallback, facts(unjudged, behindAll), "sfu, else [p2p], because [default network]"},
		{"who hides takes the relay where nobody can look", fallback, facts(hit, hides, unjudged), "turn, because [hit hide_ip no_classifier]"},
		{"staff cannot have looked at either", fallback, facts(staff(sfu, true), unjudged), "sfu forced, because [operator no_classifier]"},

		{"staff send a call through the server", fallback, facts(staff(sfu, false)), "sfu, else [p2p], because [operator]"},
		{"staff force a call through the server", fallback, facts(staff(sfu, true)), "sfu forced, because [operator]"},
		{"staff take a call off the server, with the policy's way to fall back to", everything, facts(staff(p2p, false)), "p2p, else [sfu], because [operator]"},
		{"staff force p2p: no relay helps", fallback, facts(staff(p2p, true)), "p2p forced, because [operator]"},
		{"what staff chose goes before a rule", fallback, facts(hit, staff(turn, true)), "turn forced, because [operator]"},

		{"who hides is relayed blindly", fallback, facts(hides), "turn, else [sfu], because [default hide_ip]"},
		{"who hides goes by the server where there is no relay", fallback, facts(hides, noTURN), "sfu, because [default hide_ip unavailable]"},
		{"who hides goes by the server when relays fail", fallback, facts(hides, failed(turn)), "sfu, because [default hide_ip network]"},
		{"who hides is never shown, also when nothing is there", fallback, facts(hides, noTURN, noSFU), "turn, because [default hide_ip no_way]"},
		{"who hides is relayed under p2p only", only, facts(hides), "turn, else [sfu], because [default hide_ip]"},
		{"who hides is relayed under forced p2p", forcedP2P, facts(hides), "turn forced, because [default hide_ip]"},
		{"who hides goes by the server under forced p2p without relays", forcedP2P, facts(hides, noTURN), "sfu forced, because [default hide_ip]"},
		{"who hides is not shown by staff either", fallback, facts(hides, staff(p2p, true)), "turn forced, because [operator hide_ip]"},
		{"who hides changes nothing when everything is relayed", everything, facts(hides), "sfu forced, because [default]"},
		{"who hides takes p2p out of the fallbacks", fallback, facts(hides, hit), "sfu, else [turn], because [hit hide_ip]"},

		{"a forced route that nobody takes stays", everything, facts(noSFU), "sfu forced, because [default no_way]"},
		{"a forced route that failed stays", everything, facts(failed(sfu)), "sfu forced, because [default no_way]"},
		{"a forced relay that nobody has stays", forcedTURN, facts(noTURN), "turn forced, because [default no_way]"},
		{"a forced route does not mind the network", forcedTURN, facts(behindAll), "turn forced, because [default]"},

		{"what failed gives way to the fallback", fallback, facts(failed(p2p)), "sfu, because [default network]"},
		{"fallbacks are taken in order", blind, facts(failed(p2p)), "turn, else [sfu], because [default network]"},
		{"fallbacks that are not there are left out", blind, facts(failed(p2p), noTURN), "sfu, because [default network]"},
		{"when all failed, the first stays", blind, facts(failed(p2p, turn, sfu)), "p2p, because [default no_way]"},
		{"nothing to fall back to", fallback, facts(noSFU), "p2p with relays, because [default]"},

		{"a network that needs the server starts there", fallback, facts(behindAll), "sfu, else [p2p], because [default network]"},
		{"a network that needs the server without one tries", fallback, facts(behindAll, noSFU), "p2p with relays, because [default]"},
		{"a network that needs relays has them inside p2p", fallback, facts(behindNAT), "p2p with relays, else [sfu], because [default]"},
		{"a network that needs relays starts with one where p2p has none", blind, facts(behindNAT), "turn, else [p2p sfu], because [default network]"},
		{"p2p only does not learn from networks", only, facts(behindAll), "p2p, because [default]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := short(Decide(row.policy, row.facts)); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestADecisionTellsWhatItCameFrom(t *testing.T) {
	p := &Policy{Version: 7, Format: Format, Default: Outcome{Route: p2p}, Rules: []Rule{
		{Name: "watch", When: Condition{FlagsAtLeast: 2}, Then: Outcome{Route: sfu, Fallbacks: []models.Route{turn}, Sampling: models.SamplingDense, Reason: "look closely"}},
	}}
	got := Decide(p, facts(second(func(v *models.VisitorFacts) { v.Flags = 2; v.HideIP = true })))
	want := models.RouteDecision{
		Route: sfu, Fallbacks: []models.Route{turn}, Relays: true, HideIP: true, Sampling: models.SamplingDense,
		Version: 7, Rule: "watch", Note: "look closely", Reasons: []models.RouteReason{models.ReasonStanding},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got.Notice() != models.ReasonStanding || !got.Allows(turn) || got.Allows(p2p) {
		t.Errorf("notice %q, turn %v, p2p %v", got.Notice(), got.Allows(turn), got.Allows(p2p))
	}
	if d := Decide(p, facts()); d.Rule != "" || d.Notice() != "" {
		t.Errorf("a plain default tells %+v", d)
	}
	if d := Decide(p, facts(staff(sfu, false))); d.Sampling != models.SamplingNormal || d.Rule != "" {
		t.Errorf("what staff sent to the server is sampled %+v", d)
	}
	if d := Decide(p, facts(hides)); !d.RelayOnly {
		t.Errorf("turn is not relay only: %+v", d)
	}
}

func TestARuleIsForPairsThatAllItsConditionsHoldFor(t *testing.T) {
	yes, no := true, false
	percent := func(v float64) *float64 { return &v }
	young := func(f *models.RouteFacts) { f.Visitors[0].DeviceAge = time.Hour }
	for _, row := range []struct {
		name  string
		when  Condition
		facts models.RouteFacts
		holds bool
	}{
		{"no condition", Condition{}, facts(), true},
		{"the mode", Condition{Modes: []models.Mode{models.ModeVideo}}, facts(), true},
		{"another mode", Condition{Modes: []models.Mode{models.ModeText}}, facts(), false},
		{"the region of either", Condition{Regions: []string{"us", "asia"}}, facts(second(func(v *models.VisitorFacts) { v.Region = "us" })), true},
		{"the region of neither", Condition{Regions: []string{"us"}}, facts(), false},
		{"a young device", Condition{DeviceYoungerThan: document.Span(day)}, facts(young), true},
		{"a device just too old", Condition{DeviceYoungerThan: document.Span(time.Hour)}, facts(young), false},
		{"old devices", Condition{DeviceYoungerThan: document.Span(day)}, facts(), false},
		{"enough reports", Condition{ReportsAtLeast: 2}, facts(second(func(v *models.VisitorFacts) { v.Reports = 2 })), true},
		{"too few reports", Condition{ReportsAtLeast: 2}, facts(func(f *models.RouteFacts) { f.Visitors[0].Reports, f.Visitors[1].Reports = 1, 1 }), false},
		{"enough flags", Condition{FlagsAtLeast: 1}, facts(second(func(v *models.VisitorFacts) { v.Flags = 3 })), true},
		{"no flags", Condition{FlagsAtLeast: 1}, facts(), false},
		{"enough false alarms", Condition{FalseAlarmsAtLeast: 3}, facts(second(func(v *models.VisitorFacts) { v.FalseAlarms = 3 })), true},
		{"too few false alarms", Condition{FalseAlarmsAtLeast: 3}, facts(second(func(v *models.VisitorFacts) { v.FalseAlarms = 2 })), false},
		{"either hides", Condition{HidesIP: &yes}, facts(hides), true},
		{"neither hides", Condition{HidesIP: &no}, facts(), true},
		{"one hides although neither should", Condition{HidesIP: &no}, facts(hides), false},
		{"the network of either", Condition{Networks: []models.NetworkResult{models.NetworkServer}}, facts(behindAll), true},
		{"an unknown network", Condition{Networks: models.NetworkResults}, facts(), false},
		{"a hit", Condition{ClientHit: &yes}, facts(hit), true},
		{"no hit", Condition{ClientHit: &yes}, facts(), false},
		{"load above", Condition{SFULoadAbovePercent: percent(49)}, facts(), true},
		{"load not above", Condition{SFULoadAbovePercent: percent(50)}, facts(), false},
		{"load below", Condition{SFULoadBelowPercent: percent(51)}, facts(), true},
		{"load not below", Condition{SFULoadBelowPercent: percent(50)}, facts(), false},
		{"all pairs", Condition{SharePercent: percent(100)}, facts(), true},
		{"no pair", Condition{SharePercent: percent(0)}, facts(), false},
		{"one of two conditions", Condition{FlagsAtLeast: 1, DeviceYoungerThan: document.Span(day)}, facts(young), false},
		{"both, one by each visitor", Condition{FlagsAtLeast: 1, DeviceYoungerThan: document.Span(day)},
			facts(young, second(func(v *models.VisitorFacts) { v.Flags = 1 })), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := always(Outcome{Route: p2p})
			p.Rules = []Rule{{Name: "r", When: row.when, Then: Outcome{Route: sfu}}}
			if got := Decide(p, row.facts).Rule == "r"; got != row.holds {
				t.Errorf("holds is %v, want %v", got, row.holds)
			}
		})
	}
}

func TestTheFirstRuleThatHoldsDecides(t *testing.T) {
	p := always(Outcome{Route: p2p})
	p.Rules = []Rule{
		{Name: "not this", When: Condition{FlagsAtLeast: 1}, Then: Outcome{Route: sfu}},
		{Name: "this", When: Condition{Modes: []models.Mode{models.ModeVideo}}, Then: Outcome{Route: turn}},
		{Name: "too late", Then: Outcome{Route: sfu}},
	}
	if d := Decide(p, facts()); d.Rule != "this" || d.Route != turn || d.Notice() != models.ReasonPolicy {
		t.Errorf("got %+v", d)
	}
}

func BenchmarkDecide(b *testing.B) {
	p := ready(b, P2PWithFallback)
	percent := 0.0 // the last condition looked at is the one that does not hold
	rule := Rule{Name: "a share of pairs", When: Condition{SharePercent: &percent, Modes: models.Modes, Regions: []string{"us", "asia", "eu"}, DeviceYoungerThan: document.Span(60 * day)}, Then: Outcome{Route: sfu}}
	for _, rules := range []int{0, 10, MaxRules} {
		p.Rules = nil
		for range rules {
			p.Rules = append(p.Rules, rule)
		}
		f := facts(hides)
		b.Run(fmt.Sprintf("rules=%d", rules), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Decide(p, f)
			}
		})
	}
}
