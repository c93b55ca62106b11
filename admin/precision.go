package admin

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"omezle/models"
)

// maxThresholds bounds how many thresholds one question may name.
const maxThresholds = 50

// usualThresholds are those that are told when none are asked for.
var usualThresholds = []float64{0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98}

// RulePrecision is how often reviewers agreed with a rule.
type RulePrecision struct {
	Rule    string   `json:"rule"`
	Classes []string `json:"classes"` // whose highest score counts; none: of all
	// Figures are by version, newest first, then by threshold; the threshold 0 is all that the version flagged. Under the
	// threshold that a version had they tell nothing new.
	Figures []models.Precision `json:"figures"`
}

func (s *Server) precision(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	answer := RulePrecision{Rule: query.Get("rule"), Classes: listOf(query.Get("classes"))}
	if answer.Rule == "" || !isName(answer.Rule) {
		problem(w, http.StatusBadRequest, "bad_request", "rule: want the name of a rule")
		return
	}
	thresholds, ok := thresholdsOf(query.Get("thresholds"))
	if !ok {
		problem(w, http.StatusBadRequest, "bad_request", "thresholds: want numbers from 0 to 1, separated by commas")
		return
	}
	if len(answer.Classes) == 0 {
		answer.Classes = classesOf(s.FrameRules.InForce().Rules, answer.Rule)
	}
	var err error
	if answer.Figures, err = s.Queue.Precision(r.Context(), answer.Rule, answer.Classes, thresholds...); err != nil {
		s.fail(w, "tell how precise a rule is", err)
		return
	}
	if answer.Figures == nil {
		answer.Figures = []models.Precision{}
	}
	writeJSON(w, http.StatusOK, answer)
}

func thresholdsOf(text string) ([]float64, bool) {
	words := listOf(text)
	if len(words) == 0 {
		return usualThresholds, true
	}
	if len(words) > maxThresholds {
		return nil, false
	}
	var thresholds []float64
	for _, word := range words {
		n, err := strconv.ParseFloat(word, 64)
		if err != nil || !(n >= 0 && n <= 1) {
			return nil, false
		}
		thresholds = append(thresholds, n)
	}
	return thresholds, true
}

// listOf are the words of a list, never nil.
func listOf(text string) []string {
	words := []string{}
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// classesOf are those of a rule in the document that is in force, none when it does not have that rule any more.
func classesOf(document models.JSON, rule string) []string {
	name, _ := models.ParseRuleRef(rule)
	var rules struct {
		Rules []struct {
			Name    string   `json:"name"`
			Classes []string `json:"classes"`
		} `json:"rules"`
	}
	if err := json.Unmarshal(document, &rules); err != nil {
		return []string{} // of a newer program: all classes count
	}
	for _, r := range rules.Rules {
		if r.Name == name && r.Classes != nil {
			return r.Classes
		}
	}
	return []string{}
}
