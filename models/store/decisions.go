package store

import (
	"cmp"
	"context"
	"slices"

	"omezle/models"
)

const (
	decisionsLimit = 100
	// judgedLimit bounds the flags that a precision is taken from: the newest ones tell more than all there ever were.
	judgedLimit = 10_000
)

// Decisions lists what was decided on a flag, oldest first, the newest 100.
func (s *Store) Decisions(ctx context.Context, flag models.FlagID) ([]models.Decision, error) {
	var decisions []models.Decision
	err := s.db.WithContext(ctx).Where("flag = ?", flag).Order("at DESC, id DESC").Limit(decisionsLimit).Find(&decisions).Error
	slices.Reverse(decisions)
	return decisions, wrapIf("store: decisions", err)
}

// Precision tells of each version of a rule, newest first, how often reviewers agreed: at whatever score, and among the flags
// whose highest score of classes (all classes if none are named) is at a threshold or above. What an appeal
// overturned counts as wrong, what is decided no more as undecided. Only what was flagged is known: under the threshold that
// a version had, figures tell nothing new. It looks at the newest 10,000 flags that were decided.
func (s *Store) Precision(ctx context.Context, rule string, classes []string, thresholds ...float64) ([]models.Precision, error) {
	var rows []models.Flag
	err := ofRule(s.db.WithContext(ctx).Model(&models.Flag{}).Select("rule", "scores", "state"), rule).
		Where("state IN ?", []models.FlagState{models.FlagUpheld, models.FlagDismissed, models.FlagAppealed, models.FlagOverturned}).
		Order("at DESC, id DESC").Limit(judgedLimit).Find(&rows).Error
	if err != nil {
		return nil, wrapIf("store: precision", err)
	}
	thresholds = slices.Concat([]float64{0}, thresholds)
	slices.Sort(thresholds)
	thresholds = slices.Compact(thresholds)
	byVersion := map[int][]models.Precision{}
	for _, row := range rows {
		_, version := models.ParseRuleRef(row.Rule)
		figures := byVersion[version]
		if figures == nil {
			figures = make([]models.Precision, len(thresholds))
			for i, t := range thresholds {
				figures[i] = models.Precision{Version: version, Threshold: t}
			}
			byVersion[version] = figures
		}
		score := highest(row.Scores, classes)
		for i := range figures {
			if figures[i].Threshold > score {
				break
			}
			figures[i].Decided++
			if row.State == models.FlagUpheld || row.State == models.FlagAppealed {
				figures[i].Upheld++
			}
		}
	}
	var list []models.Precision
	for _, figures := range byVersion {
		for _, f := range figures {
			if f.Decided > 0 {
				f.Precision = float64(f.Upheld) / float64(f.Decided)
			}
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b models.Precision) int {
		return cmp.Or(cmp.Compare(b.Version, a.Version), cmp.Compare(a.Threshold, b.Threshold))
	})
	return list, nil
}

func highest(scores map[string]float64, classes []string) (score float64) {
	for class, s := range scores {
		if len(classes) == 0 || slices.Contains(classes, class) {
			score = max(score, s)
		}
	}
	return score
}
