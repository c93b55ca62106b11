package route

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"omezle/models"
	"omezle/models/document"
)

func anyRoutes(t *rapid.T, label string) []models.Route {
	return slices.Clip(rapid.Permutation(models.Routes).Draw(t, label)[:rapid.IntRange(0, 3).Draw(t, label+" count")])
}

func anyFacts(t *rapid.T) models.RouteFacts {
	f := models.RouteFacts{
		Pair: models.PairID(rapid.StringMatching(`[0-9a-v]{20}`).Draw(t, "pair")), Mode: rapid.SampledFrom(models.Modes).Draw(t, "mode"),
		TURN: rapid.Bool().Draw(t, "turn"), SFU: rapid.Bool().Draw(t, "sfu"), SFULoad: rapid.Float64Range(0, 1).Draw(t, "load"),
		Failed: anyRoutes(t, "failed"), Operator: rapid.SampledFrom(append([]models.Route{""}, models.Routes...)).Draw(t, "operator"),
		OperatorForced: rapid.Bool().Draw(t, "operator forced"), Unjudged: rapid.Bool().Draw(t, "unjudged"),
	}
	for i := range f.Visitors {
		f.Visitors[i] = models.VisitorFacts{
			Region: rapid.SampledFrom([]string{"", "eu", "us"}).Draw(t, "region"), DeviceAge: time.Duration(rapid.IntRange(0, 100).Draw(t, "hours")) * time.Hour,
			Reports: rapid.IntRange(0, 3).Draw(t, "reports"), Flags: rapid.IntRange(0, 3).Draw(t, "flags"), HideIP: rapid.Bool().Draw(t, "hides"),
			Network: rapid.SampledFrom(append([]models.NetworkResult{""}, models.NetworkResults...)).Draw(t, "network"), Hit: rapid.Bool().Draw(t, "hit"),
		}
	}
	return f
}

// anyOutcome is one that Validate accepts.
func anyOutcome(t *rapid.T) Outcome {
	for {
		o := Outcome{
			Route: rapid.SampledFrom(models.Routes).Draw(t, "route"), Forced: rapid.Bool().Draw(t, "forced"), Fallbacks: anyRoutes(t, "fallbacks"),
			Relays: rapid.Bool().Draw(t, "relays"), Sampling: rapid.SampledFrom(models.SamplingPlans).Draw(t, "sampling"), Reason: "because <of> it",
		}
		if o.Forced || len(o.Fallbacks) == 0 {
			o.Fallbacks = nil
		}
		var bad problems
		if bad.outcome("", &o); len(bad.Problems) == 0 {
			return o
		}
	}
}

func anyPolicy(t *rapid.T) *Policy {
	percent := rapid.Ptr(rapid.Float64Range(0, 100), true)
	p := &Policy{Format: Format, Default: anyOutcome(t)}
	for i := range rapid.IntRange(0, 4).Draw(t, "rules") {
		c := Condition{
			SharePercent: percent.Draw(t, "share"), Modes: rapid.SampledFrom([][]models.Mode{nil, {models.ModeVideo}}).Draw(t, "modes"),
			Regions:        rapid.SampledFrom([][]string{nil, {"eu"}, {"us", "eu"}}).Draw(t, "regions"),
			ReportsAtLeast: rapid.IntRange(0, 3).Draw(t, "reports"), HidesIP: rapid.Ptr(rapid.Bool(), true).Draw(t, "hides"),
			DeviceYoungerThan: document.Span(rapid.IntRange(0, 100).Draw(t, "hours")) * document.Span(time.Hour), SFULoadAbovePercent: percent.Draw(t, "above"),
		}
		p.Rules = append(p.Rules, Rule{Name: fmt.Sprint("rule ", i), When: c, Then: anyOutcome(t)})
	}
	if err := p.Validate(); err != nil {
		t.Fatalf("not a policy: %v", err)
	}
	return p
}

func TestWhateverThePolicyADecisionKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, f := anyPolicy(t), anyFacts(t)
		d := Decide(p, f)
		if again := Decide(p, f); !reflect.DeepEqual(d, again) {
			t.Fatalf("asked twice: %+v, then %+v", d, again)
		}
		hides := f.Visitors[0].HideIP || f.Visitors[1].HideIP
		if hides && (d.Allows(p2p) || d.Route == turn && !d.RelayOnly || !d.HideIP) {
			t.Errorf("who hides is shown: %+v", d)
		}
		if d.Forced {
			without := f
			without.Failed, without.Visitors[0].Network, without.Visitors[1].Network = nil, "", ""
			if other := Decide(p, without); len(d.Fallbacks) > 0 || other.Forced && other.Rule == d.Rule && other.Route != d.Route {
				t.Errorf("forced, and yet it falls back: %+v", d)
			}
			if d.Route == p2p && d.Relays {
				t.Errorf("forced p2p that a relay may carry: %+v", d)
			}
		}
		if !d.Route.Valid() || slices.Contains(d.Fallbacks, d.Route) || len(d.Reasons) == 0 || d.RelayOnly && !d.Relays {
			t.Errorf("not a decision: %+v", d)
		}
		for _, route := range d.Fallbacks {
			if !available(&f, route) || slices.Contains(f.Failed, route) {
				t.Errorf("%s cannot be fallen back to: %+v", route, d)
			}
		}
		if d.Notice() == models.ReasonNoClassifier && d.Route == sfu {
			if !f.Unjudged || !d.Forced || len(d.Fallbacks) > 0 {
				t.Errorf("nobody looks, and yet: %+v", d)
			}
			return // nothing is shown, whatever is there
		}
		if stuck := slices.Contains(d.Reasons, models.ReasonNoWay); stuck != (!available(&f, d.Route) || slices.Contains(f.Failed, d.Route)) {
			t.Errorf("no way is %v: %+v", stuck, d)
		}
	})
}

func TestGoingDownTheFallbacksEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, f := anyPolicy(t), anyFacts(t)
		f.Failed, f.Unjudged = nil, false
		for range models.Routes {
			d := Decide(p, f)
			if slices.Contains(f.Failed, d.Route) && !slices.Contains(d.Reasons, models.ReasonNoWay) {
				t.Fatalf("%s failed and is tried again: %+v", d.Route, d)
			}
			if !slices.Contains(f.Failed, d.Route) {
				f.Failed = append(f.Failed, d.Route)
			}
		}
		if d := Decide(p, f); d.Notice() != models.ReasonNoWay || len(d.Fallbacks) > 0 {
			t.Fatalf("all failed: %+v", d)
		}
	})
}

func TestRaisingAShareOnlyAddsPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pair, salt := hashPair(models.PairID(rapid.String().Draw(t, "pair"))), rapid.String().Draw(t, "salt")
		low := rapid.Float64Range(0, 100).Draw(t, "low")
		high := rapid.Float64Range(low, 100).Draw(t, "high")
		if inShare(low, salt, pair) && !inShare(high, salt, pair) {
			t.Errorf("in %v %% and not in %v %%", low, high)
		}
		if inShare(0, salt, pair) || !inShare(100, salt, pair) {
			t.Error("0 % is nobody, 100 % is everybody")
		}
	})
}

func TestAShareIsAsLargeAsItSaysAndSaltsAreIndependent(t *testing.T) {
	const pairs = 100_000
	var ten, both int
	for range pairs {
		pair := hashPair(models.NewPairID())
		a, b := inShare(10, "a", pair), inShare(10, "b", pair)
		if a {
			ten++
		}
		if a && b {
			both++
		}
	}
	if ten < 9_500 || ten > 10_500 { // five standard deviations
		t.Errorf("10 %% of %d are %d", pairs, ten)
	}
	if both < 840 || both > 1160 {
		t.Errorf("two shares of 10 %% have %d of %d in common", both, pairs)
	}
}

func TestWhatIsWrittenIsReadBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPolicy(t)
		document, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(document)
		if err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		if !reflect.DeepEqual(got, p) {
			t.Fatalf("got  %+v\nwant %+v\n%s", got, p, document)
		}
	})
}
