package acceptance

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/signaling/client"
	"omezle/signaling/protocol"
)

// endedBy waits until a caller's newest pair has ended for a reason.
func endedBy(t *testing.T, c *stage.Caller, pairs int, reason models.EndReason) {
	t.Helper()
	stage.Eventually(t, patience, func() bool { return len(c.Ends()) == pairs && c.Ends()[pairs-1] == reason }, func() string {
		return fmt.Sprintf("the pairs of caller %d ended by %v", c.Number, c.Ends())
	})
}

func TestTheSecondViolationEndsTheCallAndTheThirdBansTheDevice(t *testing.T) {
	shared := stores(t)
	n := stage.Start(t, shared, judging(t)...)
	readyPolicy(t, n, "relay-everything")
	setFrameRules(t, n, []map[string]any{frameRule("nudity", "live", 0.85)}, []map[string]any{
		{"actions": []string{"blur", "warn"}}, {"actions": []string{"end"}}, {"actions": []string{"end", "ban"}, "ban_for": "1d"},
	})
	crowd := stage.NewCrowd(t)
	call := func(picture string) *stage.Caller {
		c := crowd.Call(t, []string{n.URL})
		c.Play(keyframe(t, picture))
		return c
	}
	offender, first, second := call("trigger-500k"), call("neutral-500k"), call("neutral-500k")
	together(t, offender, first)
	measured(t, offender, protocol.TargetYou, models.ActionWarn)
	measured(t, first, protocol.TargetPartner, models.ActionBlur)
	endedBy(t, offender, 1, models.EndModerated)
	endedBy(t, first, 1, models.EndModerated)

	// Both may look for somebody else. What the device did in the last call counts in the next one.
	device := offender.Where().Device
	together(t, offender, second)
	stage.Eventually(t, patience, func() bool { return offender.Banned() != nil }, func() string {
		return fmt.Sprintf("the offender is not banned, was told %s", text(offender.Judged()))
	})
	if ban := offender.Banned(); ban.Reason != "nudity" || ban.Until == 0 || ban.Ban == "" {
		t.Errorf("the offender was told %s", text(ban))
	}
	endedBy(t, second, 1, models.EndModerated)
	closed := fmt.Sprint(int(protocol.CloseBanned))
	stage.Eventually(t, patience, func() bool {
		return slices.ContainsFunc(offender.Problems(), func(p string) bool { return strings.Contains(p, closed) })
	}, func() string {
		return fmt.Sprintf("the offender's visit did not end with %s: %v", closed, offender.Problems())
	})

	enter := func() *client.ProblemError {
		_, err := client.Create(t.Context(), http.DefaultClient, n.URL, protocol.SessionRequest{Consent: stage.Consent, Adult: true, Device: device})
		var problem *client.ProblemError
		if err != nil && !errors.As(err, &problem) {
			t.Fatal(err)
		}
		return problem
	}
	defer http.DefaultClient.CloseIdleConnections()
	refused := enter()
	if refused == nil || refused.Status != http.StatusForbidden || refused.Code != "banned" || refused.Reason != "nudity" || refused.Until == 0 {
		t.Fatalf("the device came in again: %v", refused)
	}

	// A reviewer finds that it was nothing.
	flag := flagWith(t, n, func(f *flagAnswer) bool {
		return slices.Contains(f.Actions, models.ActionBan) && f.noted("verdict:nudity")
	})
	if status, answer := review(t, n, http.MethodPost, "flags/"+string(flag.ID)+"/claim", map[string]any{}); status != http.StatusOK {
		t.Fatalf("claim: %d %s", status, answer)
	}
	flag = flagWith(t, n, func(*flagAnswer) bool { return true })
	if status, answer := review(t, n, http.MethodPost, "flags/"+string(flag.ID)+"/decide", map[string]any{"version": flag.Version, "outcome": "dismiss"}); status != http.StatusOK {
		t.Fatalf("decide: %d %s", status, answer)
	}
	stage.Eventually(t, patience, func() bool { return enter() == nil }, func() string { return "the device is still banned" })
}

func TestAStoppedPictureStaysStoppedWhateverItsSenderDoes(t *testing.T) {
	shared := stores(t)
	first, second := stage.Start(t, shared, "ROLES=signaling"), stage.Start(t, shared, "ROLES=signaling")
	media := func() *stage.Node {
		return stage.Start(t, shared, append(append(withModel(t), looking()...), "ROLES=sfu")...)
	}
	server := media()
	readyPolicy(t, first, "relay-everything")
	crowd := stage.NewCrowd(t)
	offender, victim := crowd.Call(t, urls(0, first, second)), crowd.Call(t, []string{second.URL})
	offender.Play(keyframe(t, "neutral-500k"))
	victim.Play(keyframe(t, "neutral-500k"))
	together(t, offender, victim)
	on(t, [][2]*stage.Caller{{offender, victim}}, models.RouteSFU)
	stopped(t, offender, victim)
	heldBack(t, offender, victim)

	t.Log("the offender's connection is made anew")
	answers := offender.Answers()
	offender.Restart(false)
	stage.Eventually(t, patience, func() bool { return offender.Answers() > answers }, func() string { return "an ICE restart is not answered" })
	heldBack(t, offender, victim)
	offender.Restart(true)
	stage.Eventually(t, patience, func() bool { return offender.Answers() > answers+1 }, func() string { return "a new connection is not answered" })
	heldBack(t, offender, victim)

	t.Log("the offender resumes")
	welcomes := offender.Welcomes()
	offender.Cut()
	stage.Eventually(t, patience, func() bool { return offender.Welcomes() > welcomes }, func() string { return "the offender does not come back" })
	heldBack(t, offender, victim)

	t.Log("the media server stops")
	other := media()
	_, epoch := offender.Route()
	if err := server.Terminate(); err != nil {
		t.Fatal(err)
	}
	stage.Eventually(t, patience, func() bool {
		_, mine := offender.Route()
		_, theirs := victim.Route()
		return mine > epoch && theirs > epoch
	}, func() string { return "the call stays on a media server that stops" })
	heldBack(t, offender, victim)
	if legs := other.Metric(t, "omezle_sfu_legs"); legs != 2 {
		t.Errorf("the other media server has %v legs", legs)
	}
	for _, c := range []*stage.Caller{offender, victim} {
		stage.Eventually(t, patience, func() bool { _, now := c.Route(); return c.Said(now) }, func() string {
			return fmt.Sprintf("the way does not work for caller %d", c.Number)
		})
	}

	t.Log("the offender's home stops")
	welcomes = offender.Welcomes()
	if err := first.Terminate(); err != nil {
		t.Fatal(err)
	}
	stage.Eventually(t, patience, func() bool { return offender.Welcomes() > welcomes }, func() string { return "the offender does not come back" })
	heldBack(t, offender, victim)
	if offender.Pair() == "" || offender.Pair() != victim.Pair() || offender.Where().Base != second.URL {
		t.Errorf("the offender is in %q at %s, the victim in %q", offender.Pair(), offender.Where().Base, victim.Pair())
	}
	offender.Restart(true)
	heldBack(t, offender, victim)
}
