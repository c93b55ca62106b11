package frame

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"pgregory.net/rapid"
)

var nudity = Rule{
	Name: "nudity", Mode: Live, Percent: 100, Classes: []string{"Porn", "Hentai"},
	Threshold: 0.85, Release: 0.6, Need: 2, Of: 3, Window: 15 * time.Second, Cooldown: 60 * time.Second,
}

func with(change func(*Rule)) Rule {
	rule := nudity
	change(&rule)
	return rule
}

func porn(score float64) map[string]float64 {
	return map[string]float64{"Porn": score, "Neutral": 1 - score}
}

// start is any moment.
var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func TestVotes(t *testing.T) {
	// A line is one frame each second: h 0.9, w 0.7 (between release and threshold), c 0.1, a dot no frame. The second
	// line marks the frames that raise an alarm: A a new incident, R the same one again.
	for _, row := range []struct {
		name, frames, want string
		rule               Rule
	}{
		{"one dirty frame among clean ones", "ccchcccccccccc", "--------------", nudity},
		{"one dirty frame now and then", "hcchcchcchcc", "------------", nudity},
		{"two in a row", "cchhcc", "---A--", nudity},
		{"two of three", "cchch", "----A", nudity},
		{"two of four are not two of three", "hcch", "----", nudity},
		{"the first two frames of all", "hh", "-A", nudity},
		{"warm frames do not count", "hwwwwcwh", "--------", nudity},
		{"too far apart", "h................h", "------------------", nudity},
		{"within the window", "h..............h", "---------------A", nudity},
		{"no second alarm within the cooldown", "hhhhhhhhhh", "-A--------", nudity},
		{
			"it goes on after the cooldown", "hhhhhhhhh", "-A----R--",
			with(func(r *Rule) { r.Cooldown = 5 * time.Second }),
		},
		{
			"a picture that hovers is one incident", "hhwcwwcwwhh", "-A--------R",
			with(func(r *Rule) { r.Cooldown = 5 * time.Second }),
		},
		{
			"after clean frames it is a new one", "hhccchh", "-A----A",
			with(func(r *Rule) { r.Cooldown = 5 * time.Second }),
		},
		{
			"frames before an alarm do not count for the next", "hhhcccch", "-A------",
			with(func(r *Rule) { r.Cooldown = time.Second }),
		},
		{
			"a clean spell does not shorten the cooldown", "hhccchhchh", "-A--------",
			with(func(r *Rule) { r.Cooldown = 20 * time.Second }),
		},
		{"one of one", "ch", "-A", with(func(r *Rule) { r.Need, r.Of = 1, 1 })},
		{"three of three", "hhchhh", "-----A", with(func(r *Rule) { r.Need, r.Of = 3, 3 })},
		{"off", "hhhh", "----", with(func(r *Rule) { r.Mode = Off })},
		{"a rule without a mode is off", "hhhh", "----", with(func(r *Rule) { r.Mode = "" })},
		{"shadow votes like live", "hhhh", "-A--", with(func(r *Rule) { r.Mode = Shadow })},
		{"nobody's", "hhhh", "----", with(func(r *Rule) { r.Percent = 0 })},
		{"classes the model does not know", "hhhh", "----", with(func(r *Rule) { r.Classes = []string{"Nude"} })},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := vote{session: "s"}
			rules := &Rules{Version: 1, Rules: []Rule{row.rule}}
			var got strings.Builder
			for second, frame := range row.frames {
				score, known := map[rune]float64{'h': 0.9, 'w': 0.7, 'c': 0.1}[frame]
				mark := "-"
				if known {
					for _, alarm := range v.cast(rules, start.Add(time.Duration(second)*time.Second), porn(score)) {
						mark = map[bool]string{false: "A", true: "R"}[alarm.again]
						if alarm.class != "Porn" || alarm.score != 0.9 {
							t.Errorf("alarm of %s %v", alarm.class, alarm.score)
						}
					}
				}
				got.WriteString(mark)
			}
			if got.String() != row.want {
				t.Errorf("\nframes %s\nraised %s\nwant   %s", row.frames, got.String(), row.want)
			}
		})
	}
}

func TestAChangedThresholdBindsTheNextFrameAndSeesTheOnesBefore(t *testing.T) {
	v := vote{session: "s"}
	strict := &Rules{Version: 1, Rules: []Rule{nudity}}
	for second := range 3 {
		if alarms := v.cast(strict, start.Add(time.Duration(second)*time.Second), porn(0.8)); alarms != nil {
			t.Fatal(alarms)
		}
	}
	stricter := &Rules{Version: 2, Rules: []Rule{with(func(r *Rule) { r.Threshold = 0.75 })}}
	if alarms := v.cast(stricter, start.Add(3*time.Second), porn(0.8)); len(alarms) != 1 {
		t.Errorf("%d alarms", len(alarms))
	}
}

func TestEachRuleVotesForItself(t *testing.T) {
	v := vote{session: "s"}
	rules := &Rules{Rules: []Rule{
		nudity,
		{Name: "suggestive", Mode: Shadow, Percent: 100, Classes: []string{"Sexy"}, Threshold: 0.5, Release: 0.4, Need: 1, Of: 1, Window: time.Second},
	}}
	mixed := map[string]float64{"Porn": 0.1, "Sexy": 0.9}
	alarms := v.cast(rules, start, mixed)
	if len(alarms) != 1 || alarms[0].rule.Name != "suggestive" || alarms[0].class != "Sexy" {
		t.Errorf("%+v", alarms)
	}
}

func TestAShareOfSessionsIsStableAndFair(t *testing.T) {
	rule := with(func(r *Rule) { r.Percent = 20 })
	other := with(func(r *Rule) { r.Percent, r.Name = 20, "another" })
	in, both := 0, 0
	const sessions = 20000
	for i := range sessions {
		session := models.SessionID(fmt.Sprintf("session-%d", i))
		applies := rule.applies(session)
		if applies != rule.applies(session) {
			t.Fatal("not stable")
		}
		if applies {
			in++
			if other.applies(session) {
				both++
			}
		}
	}
	t.Logf("20 %%: %d of %d; of those in another rule's 20 %%: %d", in, sessions, both)
	if in < sessions*18/100 || in > sessions*22/100 || both < in*15/100 || both > in*25/100 {
		t.Errorf("%d of %d, %d in both", in, sessions, both)
	}
}

func TestNoVoteBreaksItsRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := Rule{Name: "r", Mode: Live, Percent: 100, Classes: []string{"Porn"}}
		rule.Of = rapid.IntRange(1, MaxOf).Draw(t, "of")
		rule.Need = rapid.IntRange(1, rule.Of).Draw(t, "need")
		rule.Threshold = rapid.Float64Range(0.3, 1).Draw(t, "threshold")
		rule.Release = rapid.Float64Range(0, rule.Threshold).Draw(t, "release")
		rule.Window = time.Duration(rapid.IntRange(1, 60).Draw(t, "window")) * time.Second
		rule.Cooldown = time.Duration(rapid.IntRange(0, 90).Draw(t, "cooldown")) * time.Second
		v := vote{session: "s"}
		now := start
		var frames []ballot
		var last time.Time
		for range rapid.IntRange(1, 200).Draw(t, "frames") {
			now = now.Add(time.Duration(rapid.IntRange(1, 8000).Draw(t, "gap")) * time.Millisecond)
			score := rapid.Float64Range(0, 1).Draw(t, "score")
			frames = append(frames, ballot{now, porn(score)})
			alarms := v.cast(&Rules{Rules: []Rule{rule}}, now, porn(score))
			if len(v.frames) > MaxOf {
				t.Fatalf("%d frames kept", len(v.frames))
			}
			hot := 0 // of the last Of within Window, after the last alarm
			for _, frame := range frames[max(0, len(frames)-rule.Of):] {
				if now.Sub(frame.at) <= rule.Window && frame.at.After(last) && frame.scores["Porn"] >= rule.Threshold {
					hot++
				}
			}
			switch {
			case len(alarms) > 0 && hot < rule.Need:
				t.Fatalf("an alarm with %d of %d", hot, rule.Need)
			case len(alarms) > 0 && !last.IsZero() && now.Sub(last) < rule.Cooldown:
				t.Fatalf("two alarms %v apart", now.Sub(last))
			case len(alarms) == 0 && last.IsZero() && hot >= rule.Need:
				t.Fatalf("no alarm with %d of %d", hot, rule.Need)
			}
			if len(alarms) > 0 {
				last = now
			}
		}
	})
}
