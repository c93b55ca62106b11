package frame

import (
	"hash/fnv"
	"slices"
	"time"

	"omezle/models"
)

// Mode is whether a rule is used.
type Mode string

// The modes.
const (
	Off    Mode = "off"
	Shadow Mode = "shadow" // votes and counts; its alarms say so, and nobody may act on them
	Live   Mode = "live"
)

// MaxOf is the most frames that a rule may vote over.
const MaxOf = 32

// Rules is one version of all rules. It is not changed while it is in use: a new version is a new value.
type Rules struct {
	Version int
	Rules   []Rule
}

// Rule says when what the classifier sees is taken for true: when Need of the last Of judged frames, none older than
// Window, reach Threshold.
type Rule struct {
	Name    string // also what its state is kept under when the rules change
	Mode    Mode
	Percent int      // of sessions, 0 to 100, always the same ones
	Classes []string // of the model; the highest counts

	Threshold float64 // a score from which a frame counts
	// Release ends what an alarm has begun: when fewer than Need of Of frames reach it. Not above Threshold.
	Release  float64
	Need, Of int // 1 <= Need <= Of <= MaxOf
	Window   time.Duration
	Cooldown time.Duration // between two alarms about one visitor in one call
}

// Score is the highest score among the rule's classes, and its class.
func (r *Rule) Score(scores map[string]float64) (class string, score float64) {
	for _, c := range r.Classes {
		if s, known := scores[c]; known && (class == "" || s > score) {
			class, score = c, s
		}
	}
	return class, score
}

// hot says whether one frame reaches the rule's threshold.
func (r *Rule) hot(scores map[string]float64) bool {
	class, score := r.Score(scores)
	return class != "" && score >= r.Threshold
}

// applies says whether the rule is used for a session.
func (r *Rule) applies(session models.SessionID) bool {
	return r.Mode != Off && r.Mode != "" && share(r.Name, session) < r.Percent
}

// share places a session among 0 to 99, for each rule anew, and for one rule always the same.
func share(rule string, session models.SessionID) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(rule)) // a hash never fails to write
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(session))
	mixed := h.Sum64() // its high bits are poor for names that are alike
	mixed = (mixed ^ mixed>>33) * 0xff51afd7ed558ccd
	mixed ^= mixed >> 33
	return int(mixed % 100)
}

// hotter is the highest score of a frame by the rules that apply to a session and that it reaches, and whether one of
// them is live. class is empty when it reaches none.
func (rs *Rules) hotter(session models.SessionID, scores map[string]float64) (class string, score float64, live bool) {
	for i := range rs.Rules {
		r := &rs.Rules[i]
		if !r.applies(session) || !r.hot(scores) {
			continue
		}
		live = live || r.Mode == Live
		if c, s := r.Score(scores); class == "" || s > score {
			class, score = c, s
		}
	}
	return class, score, live
}

// top is the class with the highest score of all.
func top(scores map[string]float64) (class string, score float64) {
	names := make([]string, 0, len(scores))
	for name := range scores {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if class == "" || scores[name] > score {
			class, score = name, scores[name]
		}
	}
	return class, score
}
