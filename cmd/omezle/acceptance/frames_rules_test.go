package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/models/store/storetest"
	"omezle/signaling/protocol"
)

func TestOneIndecentFrameAmongDecentOnesIsNothing(t *testing.T) {
	shared := stores(t)
	n := stage.Start(t, shared, judging(t)...)
	readyPolicy(t, n, "relay-everything")
	crowd := stage.NewCrowd(t)
	a, b := crowd.Call(t, []string{n.URL}), crowd.Call(t, []string{n.URL})
	a.Play(keyframe(t, "neutral-500k"))
	b.Play(keyframe(t, "neutral-500k"))
	together(t, a, b)
	for flashes := range 3 {
		stage.Eventually(t, patience, func() bool { // the keyframe may be for somebody else than the sampler
			before := a.Keyframes()
			a.Flash(keyframe(t, "trigger-500k"))
			stage.Eventually(t, patience, func() bool { return a.Keyframes() >= before+6 }, func() string { return "nobody asks for keyframes" })
			return n.Metric(t, "omezle_frames_hot_total") > float64(flashes)
		}, func() string { return "an indecent frame was not judged" })
	}
	if acted := n.Metric(t, "omezle_verdicts_total"); acted > 0 {
		t.Errorf("%v verdicts were pronounced", acted)
	}
	if told := append(a.Judged(), b.Judged()...); len(told) > 0 {
		t.Errorf("somebody was told %s", text(told))
	}
	if status, answer := review(t, n, http.MethodGet, "flags", nil); status != http.StatusOK || !strings.Contains(answer, `"flags":[]`) {
		t.Errorf("flags: %d %s", status, answer)
	}
}

// frameRule is a rule about what the trigger shows.
func frameRule(name, mode string, threshold float64) map[string]any {
	return map[string]any{
		"name": name, "mode": mode, "reason": "nudity", "classes": []string{"Porn"}, "threshold": threshold, "release": 0.5,
		"need": 2, "of": 3, "window": "15s", "cooldown": "1s",
	}
}

// setFrameRules makes the next version of the rules on a node, and returns when it is in force on others as well.
func setFrameRules(t *testing.T, n *stage.Node, rules []map[string]any, ladder []map[string]any, others ...*stage.Node) {
	t.Helper()
	status, answer := operate(t, n, http.MethodGet, "frame-rules", "", nil)
	var now struct{ Version int }
	if err := json.Unmarshal([]byte(answer), &now); err != nil || status != http.StatusOK {
		t.Fatalf("the rules came as %d %s", status, answer)
	}
	began := time.Now()
	status, answer = operate(t, n, http.MethodPut, "frame-rules", fmt.Sprintf("%q", fmt.Sprint(now.Version)), map[string]any{
		"note": "acceptance", "policy": map[string]any{"format": 1, "rules": rules, "ladder": ladder},
	})
	if status != http.StatusOK {
		t.Fatalf("set: %d %s", status, answer)
	}
	for _, other := range others {
		stage.Eventually(t, patience, func() bool { return other.Metric(t, "omezle_frame_rules_version") == float64(now.Version+1) }, func() string {
			return "the rules do not come to another node"
		})
	}
	t.Logf("version %d of the rules was in force on all nodes after %v", now.Version+1, time.Since(began).Round(time.Millisecond))
}

func TestRulesInShadowCountAndRulesChangeWhileTheyAreUsed(t *testing.T) {
	shared := stores(t)
	home := stage.Start(t, shared, "ROLES=signaling")
	media := stage.Start(t, shared, append(append(withModel(t), looking()...), "ROLES=sfu")...)
	db := storetest.Open(t, shared.Database)
	readyPolicy(t, home, "relay-everything")
	stop := []map[string]any{{"actions": []string{"blur", "stop", "warn"}}}
	setFrameRules(t, home, []map[string]any{frameRule("nudity", "live", 1), frameRule("tried", "shadow", 0.85)}, stop, media)
	crowd := stage.NewCrowd(t)
	offender, victim := crowd.Call(t, []string{home.URL}), crowd.Call(t, []string{home.URL})
	offender.Play(keyframe(t, "trigger-500k"))
	victim.Play(keyframe(t, "neutral-500k"))
	together(t, offender, victim)
	on(t, [][2]*stage.Caller{{offender, victim}}, models.RouteSFU)

	stage.Eventually(t, patience, func() bool { return media.Metric(t, "omezle_verdicts_shadow_total") >= 2 }, func() string {
		return "the rule in shadow counts nothing"
	})
	var counts []models.RuleCount
	stage.Eventually(t, patience, func() bool {
		var err error
		if counts, err = db.RuleCounts(t.Context(), models.DayOf(time.Now().Add(-24*time.Hour)), 10); err != nil {
			t.Fatal(err)
		}
		return len(counts) > 0
	}, func() string { return "the database has no counts" })
	for _, row := range counts {
		if row.Rule != "tried" || row.Version != 1 || !row.Shadow || row.Alarms == 0 {
			t.Errorf("the count is %+v", row)
		}
	}
	if told := append(offender.Judged(), victim.Judged()...); len(told) > 0 || media.Metric(t, "omezle_verdicts_total") > 0 {
		t.Errorf("a rule in shadow acted: %s", text(told))
	}
	if status, answer := review(t, home, http.MethodGet, "flags", nil); status != http.StatusOK || !strings.Contains(answer, `"flags":[]`) {
		t.Errorf("flags: %d %s", status, answer)
	}
	seen(t, [][2]*stage.Caller{{offender, victim}})

	began := time.Now()
	setFrameRules(t, home, []map[string]any{frameRule("nudity", "live", 0.85), frameRule("tried", "shadow", 0.85)}, stop, media)
	measured(t, offender, protocol.TargetYou, models.ActionStop, models.ActionWarn)
	measured(t, victim, protocol.TargetPartner, models.ActionBlur, models.ActionStop)
	t.Logf("a picture was stopped %v after the threshold was lowered", time.Since(began).Round(time.Millisecond))
}
