package frame

import (
	"slices"
	"time"

	"omezle/models"
)

// vote is what the judged frames of one visitor in one call have shown, and what the rules made of it. It keeps
// scores, not findings, so that a changed rule sees the frames before it, too. One goroutine at a time.
//
//	lowered -> raised    Need of the last Of frames within Window reach Threshold: an alarm
//	raised  -> raised    the same again, with frames after the last alarm only: it goes on despite of it, an alarm
//	raised  -> lowered   of Of frames after the last alarm fewer than Need reach Release
//
// Two alarms of one rule are Cooldown apart, whatever lies between. Frames that could not be judged are no frames here:
// turning the light off does not push out what was seen.
type vote struct {
	session models.SessionID
	frames  []ballot // oldest first, at most MaxOf
	raised  map[string]*incident
}

type ballot struct {
	at     time.Time
	scores map[string]float64
}

// incident is the state of a rule that has raised an alarm.
type incident struct {
	on   bool
	last time.Time // of its newest alarm
	// since is what frames have to be later than to count: the newest alarm, or the end of the incident.
	since time.Time
}

// raising is one rule's alarm.
type raising struct {
	rule  Rule
	class string // of the frame that completed the vote, or the hottest before it
	score float64
	again bool // the incident that the last alarm began still goes on
}

// cast adds a frame and returns which rules raise an alarm about it. Times never go back.
func (v *vote) cast(rules *Rules, at time.Time, scores map[string]float64) []raising {
	if len(v.frames) == MaxOf {
		copy(v.frames, v.frames[1:])
		v.frames = v.frames[:MaxOf-1]
	}
	v.frames = append(v.frames, ballot{at, scores})
	v.trim(rules, at)
	var alarms []raising
	for i := range rules.Rules {
		if rule := &rules.Rules[i]; rule.applies(v.session) {
			if alarm, ok := v.consider(rule, at); ok {
				alarms = append(alarms, alarm)
			}
		}
	}
	return alarms
}

// trim drops frames that are too old for every rule.
func (v *vote) trim(rules *Rules, now time.Time) {
	window := time.Duration(0)
	for i := range rules.Rules {
		window = max(window, rules.Rules[i].Window)
	}
	old := 0
	for old < len(v.frames)-1 && now.Sub(v.frames[old].at) > window {
		old++
	}
	v.frames = slices.Delete(v.frames, 0, old)
}

func (v *vote) consider(rule *Rule, now time.Time) (raising, bool) {
	state := v.raised[rule.Name]
	var since time.Time
	if state != nil {
		since = state.since
	}
	counted, hot, warm := 0, 0, 0
	alarm := raising{rule: *rule}
	newest := len(v.frames) - 1
	for i := newest; i >= 0 && counted < rule.Of; i-- {
		frame := v.frames[i]
		if now.Sub(frame.at) > rule.Window || (state != nil && !frame.at.After(since)) {
			break
		}
		counted++
		class, score := rule.Score(frame.scores)
		if class == "" {
			continue
		}
		if score >= rule.Release {
			warm++
		}
		if score >= rule.Threshold {
			hot++
			if score > alarm.score {
				alarm.class, alarm.score = class, score
			}
		}
	}
	if state != nil && state.on && counted == rule.Of && warm < rule.Need {
		state.on, state.since = false, now
		return raising{}, false
	}
	if hot < rule.Need || (state != nil && now.Sub(state.last) < rule.Cooldown) {
		return raising{}, false
	}
	if state == nil {
		if v.raised == nil {
			v.raised = map[string]*incident{}
		}
		v.forget(now)
		state = &incident{}
		v.raised[rule.Name] = state
	}
	alarm.again = state.on
	state.on, state.last, state.since = true, now, now
	return alarm, true
}

// remembered is how many rules' incidents are kept: those of rules long gone make room.
const remembered = 64

func (v *vote) forget(now time.Time) {
	if len(v.raised) < remembered {
		return
	}
	oldest, since := "", now
	for name, state := range v.raised {
		if oldest == "" || state.last.Before(since) {
			oldest, since = name, state.last
		}
	}
	delete(v.raised, oldest)
}

// undecided says whether another frame like this one would tell something new: a live rule that it reaches has not
// raised an alarm about what goes on.
func (v *vote) undecided(rules *Rules, scores map[string]float64) bool {
	for i := range rules.Rules {
		rule := &rules.Rules[i]
		if rule.Mode != Live || !rule.applies(v.session) || !rule.hot(scores) {
			continue
		}
		if state := v.raised[rule.Name]; state == nil || !state.on {
			return true
		}
	}
	return false
}
