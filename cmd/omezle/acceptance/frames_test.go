package acceptance

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/webp"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/moderation/onnx/onnxtest"
	"omezle/signaling/protocol"
)

// judging are the settings of a node that relays and judges on this machine.
func judging(t *testing.T) []string {
	t.Helper()
	return append(withModel(t), append(looking(), "ROLES=signaling,sfu")...)
}

// withModel are the settings of a node that has the bundled model.
func withModel(t *testing.T) []string {
	t.Helper()
	model := onnxtest.Model(t)
	return []string{"CLASSIFIER_MODEL=" + model.Model, "CLASSIFIER_LIBRARY=" + model.Library}
}

// looking are the settings of a media server that looks often: what callers send is little, and a twentieth of it would
// be a look each 20 s.
func looking() []string {
	return append([]string{"FRAMES_DENSE=250ms", "FRAMES_NORMAL=500ms", "FRAMES_SPARSE=500ms", "FRAMES_CONFIRM=250ms", "FRAMES_BUDGET_PERCENT=100"}, onLoopback...)
}

// keyframe is a picture out of the sampler's tests.
func keyframe(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../../../moderation/frame/testdata/" + name + ".vp8")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// measured waits until a caller was told that something is done about a picture.
func measured(t *testing.T, c *stage.Caller, target protocol.ModerationTarget, actions ...models.Action) protocol.Moderation {
	t.Helper()
	var found protocol.Moderation
	stage.Eventually(t, patience, func() bool {
		for _, m := range c.Judged() {
			if m.Target == target && !slices.ContainsFunc(actions, func(a models.Action) bool { return !slices.Contains(m.Actions, a) }) {
				found = m
				return true
			}
		}
		return false
	}, func() string { return "caller was told " + text(c.Judged()) })
	return found
}

func text(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}

// review asks as a reviewer.
func review(t *testing.T, n *stage.Node, method, path string, body any) (status int, answer string) {
	t.Helper()
	return staff(t, n, stage.ReviewerToken, method, path, "", body)
}

// flagged waits for a flag with stills and with what the home of the visitor adds.
func flagged(t *testing.T, n *stage.Node) flagAnswer {
	t.Helper()
	return flagWith(t, n, func(f *flagAnswer) bool { return len(f.Evidence) > 0 && f.noted("verdict:nudity") })
}

// flagWith waits for the newest flag to be as a test wants it, and returns it as the API tells it.
func flagWith(t *testing.T, n *stage.Node, is func(*flagAnswer) bool) flagAnswer {
	t.Helper()
	var found flagAnswer
	stage.Eventually(t, patience, func() bool {
		status, answer := review(t, n, http.MethodGet, "flags?kind=frame", nil)
		var page struct{ Flags []struct{ ID models.FlagID } }
		if status != http.StatusOK || json.Unmarshal([]byte(answer), &page) != nil {
			t.Fatalf("flags: %d %s", status, answer)
		}
		if len(page.Flags) == 0 {
			return false
		}
		status, answer = review(t, n, http.MethodGet, "flags/"+string(page.Flags[0].ID), nil)
		if status != http.StatusOK {
			t.Fatalf("flag: %d %s", status, answer)
		}
		found = flagAnswer{}
		if err := json.Unmarshal([]byte(answer), &found); err != nil {
			t.Fatal(err)
		}
		found.text = answer
		return is(&found)
	}, func() string { return "the flag is " + found.text })
	return found
}

// flagAnswer is a flag as far as these tests read it.
type flagAnswer struct {
	ID           models.FlagID
	Version      int
	Device       models.DeviceID
	Actions      []models.Action
	Scores       map[string]float64
	ClientScores map[string]float64 `json:"client_scores"`
	Evidence     []struct {
		ID     models.EvidenceID
		Kind   models.EvidenceKind
		Scores map[string]float64
	}
	Timeline []models.TimelineEvent
	text     string
}

// noted says whether something is in the timeline.
func (f *flagAnswer) noted(what string) bool {
	return slices.ContainsFunc(f.Timeline, func(e models.TimelineEvent) bool { return e.What == what })
}

// holds says whether there is evidence of a kind.
func (f *flagAnswer) holds(kind models.EvidenceKind) bool {
	for _, item := range f.Evidence {
		if item.Kind == kind {
			return true
		}
	}
	return false
}

func TestAnIndecentPictureIsStoppedAndFlagged(t *testing.T) {
	shared := stores(t)
	n := stage.Start(t, shared, judging(t)...)
	if _, said := n.Ready(t.Context()); !strings.Contains(said, "mobilenet_v2_mid") {
		t.Fatalf("the node does not say what it judges with: %s", said)
	}
	readyPolicy(t, n, "relay-everything")
	crowd := stage.NewCrowd(t)
	offender, victim := crowd.Call(t, []string{n.URL}), crowd.Call(t, []string{n.URL})
	offender.Play(keyframe(t, "neutral-500k"))
	victim.Play(keyframe(t, "neutral-500k"))
	calls := [][2]*stage.Caller{{offender, victim}}
	connected(t, []*stage.Guest{offender.Guest, victim.Guest})
	offender.Find(stage.Video())
	victim.Find(stage.Video())
	seen(t, calls)
	on(t, calls, models.RouteSFU)
	offender.Play(keyframe(t, "trigger-500k"))
	measured(t, offender, protocol.TargetYou, models.ActionStop, models.ActionWarn)
	measured(t, victim, protocol.TargetPartner, models.ActionBlur, models.ActionStop)

	before := victim.Frames()
	heard := offender.Frames()
	stage.Eventually(t, patience, func() bool { return offender.Frames() > heard+50 }, func() string { return "the offender sees nothing" })
	if after := victim.Frames(); after > before+5 { // what was on its way
		t.Errorf("%d frames came after the video was stopped", after-before)
	}

	flag := flagged(t, n)
	if flag.Scores["Porn"] < 0.85 || !slices.Contains(flag.Actions, models.ActionStop) {
		t.Errorf("the flag is %s", flag.text)
	}
	status, answer := review(t, n, http.MethodPost, "flags/"+string(flag.ID)+"/claim", map[string]any{})
	if status != http.StatusOK {
		t.Fatalf("claim: %d %s", status, answer)
	}
	stills := 0
	for _, item := range flag.Evidence {
		if item.Kind != models.EvidenceStill {
			continue
		}
		stills++
		status, data := review(t, n, http.MethodPost, "evidence/"+string(item.ID)+"/reveal", map[string]any{})
		if status != http.StatusOK {
			t.Fatalf("reveal: %d %s", status, data)
		}
		picture, err := webp.Decode(bytes.NewReader([]byte(data)))
		if err != nil || picture.Bounds().Dx() != 640 {
			t.Errorf("the still is no picture: %v", err)
		}
		if status, data := staff(t, n, stage.OperatorToken, http.MethodGet, "evidence/"+string(item.ID)+"/preview", "", nil); status != http.StatusForbidden {
			t.Errorf("the operator was given a still: %d, %d bytes", status, len(data))
		}
	}
	if stills == 0 {
		t.Error("the flag has no stills")
	}

	// A reviewer finds nothing wrong: the victim sees the offender again.
	offender.Play(keyframe(t, "neutral-500k"))
	flag = flagged(t, n)
	status, answer = review(t, n, http.MethodPost, "flags/"+string(flag.ID)+"/decide", map[string]any{"version": flag.Version, "outcome": "dismiss"})
	if status != http.StatusOK {
		t.Fatalf("decide: %d %s", status, answer)
	}
	stage.Eventually(t, patience, func() bool {
		return slices.ContainsFunc(victim.Judged(), func(m protocol.Moderation) bool { return m.Lifted })
	}, func() string { return "the victim was told " + text(victim.Judged()) })
	seen(t, calls)
}

func TestADecentPictureRaisesNothing(t *testing.T) {
	shared := stores(t)
	n := stage.Start(t, shared, judging(t)...)
	readyPolicy(t, n, "relay-everything")
	crowd := stage.NewCrowd(t)
	pair := [2]*stage.Caller{crowd.Call(t, []string{n.URL}), crowd.Call(t, []string{n.URL})}
	pair[0].Play(keyframe(t, "neutral-60k"))
	pair[1].Play(keyframe(t, "dim"))
	connected(t, []*stage.Guest{pair[0].Guest, pair[1].Guest})
	for _, c := range pair {
		c.Find(stage.Video())
	}
	seen(t, [][2]*stage.Caller{pair})
	stage.Eventually(t, patience, func() bool {
		return n.Metric(t, "omezle_frames_judged_total") >= 8
	}, func() string { return "frames are not judged" })
	for _, c := range pair {
		if told := c.Judged(); len(told) > 0 {
			t.Errorf("somebody was told %s", text(told))
		}
	}
	if status, answer := review(t, n, http.MethodGet, "flags", nil); status != http.StatusOK || !strings.Contains(answer, `"flags":[]`) {
		t.Errorf("flags: %d %s", status, answer)
	}
}
