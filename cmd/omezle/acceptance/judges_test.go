package acceptance

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/signaling/protocol"
)

// withoutModel are the settings of a node that finds no model.
func withoutModel(t *testing.T) []string {
	return append(looking(), "CLASSIFIER_MODEL="+filepath.Join(t.TempDir(), "missing.onnx"))
}

func TestWithoutAModelCallsAreRelayedAndNotJudged(t *testing.T) {
	shared := stores(t)
	n := stage.Start(t, shared, append(withoutModel(t), "ROLES=signaling,sfu")...)
	if ready, said := n.Ready(t.Context()); !ready || !strings.Contains(said, "frames are not judged") {
		t.Errorf("ready: %v, %s", ready, said)
	}
	readyPolicy(t, n, "relay-everything")
	crowd := stage.NewCrowd(t)
	a, b := crowd.Call(t, []string{n.URL}), crowd.Call(t, []string{n.URL})
	a.Play(keyframe(t, "trigger-500k"))
	b.Play(keyframe(t, "neutral-500k"))
	together(t, a, b)
	on(t, [][2]*stage.Caller{{a, b}}, models.RouteSFU)
	seesOn(t, b, 100)
	if watched := n.Metric(t, "omezle_frames_watched"); watched > 0 {
		t.Errorf("%v pictures are looked at by nobody", watched)
	}
	if told := append(a.Judged(), b.Judged()...); len(told) > 0 {
		t.Errorf("somebody was told %s", text(told))
	}
	if said := strings.Count(n.LogEnd(), "judges no frames"); said != 1 {
		t.Errorf("the log says so %d times:\n%s", said, n.LogEnd())
	}
}

// stopped has a caller show what is indecent to another and waits until both are told.
func stopped(t *testing.T, offender, victim *stage.Caller) {
	t.Helper()
	offender.Play(keyframe(t, "trigger-500k"))
	measured(t, offender, protocol.TargetYou, models.ActionStop, models.ActionWarn)
	measured(t, victim, protocol.TargetPartner, models.ActionBlur, models.ActionStop)
}

func TestWhereLooksAreRequiredNothingIsRelayedUntilAClassifierJoins(t *testing.T) {
	shared := stores(t)
	home := stage.Start(t, shared, "ROLES=signaling", "MODERATION_REQUIRED=true")
	media := stage.Start(t, shared, append(withoutModel(t), "ROLES=sfu", "MODERATION_REQUIRED=true")...)
	classifier := func() *stage.Node { return stage.Start(t, shared, append(withModel(t), "ROLES=classifier")...) }
	readyPolicy(t, home, "p2p-with-fallback")
	crowd := stage.NewCrowd(t)
	call := func() (a, b *stage.Caller) {
		a, b = crowd.Call(t, []string{home.URL}), crowd.Call(t, []string{home.URL})
		a.Play(keyframe(t, "neutral-500k"))
		b.Play(keyframe(t, "neutral-500k"))
		return a, b
	}
	// Nobody can look: a claim moves no call.
	a, b := call()
	together(t, a, b)
	claim(b)
	stage.Eventually(t, patience, func() bool { return home.Counted(t, `omezle_sightings_total{outcome="taken"}`) == 1 }, func() string {
		return "the claim is not taken"
	})
	direct := [][2]*stage.Caller{{a, b}}
	seen(t, direct)
	on(t, direct, models.RouteP2P)
	if steps := append(a.Steps(), b.Steps()...); len(steps) > 0 {
		t.Errorf("a claim that nobody can look into moved the call: %s", text(steps))
	}

	// Where every call is to be relayed for the sake of a look, nothing is shown, and visitors are told why.
	readyPolicy(t, home, "relay-everything")
	c, d := call()
	connected(t, []*stage.Guest{c.Guest, d.Guest})
	c.Find(stage.Video())
	d.Find(stage.Video())
	united(t, [][2]*stage.Guest{{c.Guest, d.Guest}})
	for _, guest := range []*stage.Caller{c, d} {
		if m := guest.Match(); m == nil || m.Route != models.RouteSFU || m.Cause != models.ReasonNoClassifier {
			t.Errorf("caller %d was told %s", guest.Number, text(m))
		}
	}
	stage.Eventually(t, patience, func() bool {
		return moved(a, models.RouteSFU, models.ReasonNoClassifier) && moved(b, models.RouteSFU, models.ReasonNoClassifier)
	}, func() string { return "the call goes on unseen: " + text(a.Steps()) })
	if legs, frames := media.Metric(t, "omezle_sfu_legs"), c.Frames()+d.Frames(); legs > 0 || frames > 0 {
		t.Errorf("%v visitors are relayed, %d frames came", legs, frames)
	}

	first := classifier()
	both := [][2]*stage.Caller{{a, b}, {c, d}}
	stage.Eventually(t, patience, func() bool { return c.Frames() > 0 && d.Frames() > 0 }, func() string {
		_, able := media.Ready(t.Context())
		return "nothing is shown though somebody can look: " + able + "\n" + text(a.Steps()) + "\n" + text(c.Steps())
	})
	seen(t, both)
	on(t, both, models.RouteSFU)
	stopped(t, c, d)
	first.Kill()
	second := classifier()
	stopped(t, a, b)
	heldBack(t, a, b)
	alive(t, home, media, second)
	if status, answer := review(t, home, http.MethodGet, "flags?kind=frame", nil); status != http.StatusOK || strings.Count(answer, `"kind":"frame"`) != 2 {
		t.Errorf("flags: %d %s", status, answer)
	}
}
