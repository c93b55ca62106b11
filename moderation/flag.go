package moderation

import (
	"fmt"
	"maps"

	"omezle/models"
	"omezle/moderation/frame"
)

// flagOf puts a verdict before reviewers.
func flagOf(v *models.Verdict, device models.DeviceID, model string, stills []frame.Still) *models.Flag {
	flag := &models.Flag{
		ID: v.Flag, Kind: models.FlagFrame, Session: v.Leg.Session, Device: device, Pair: v.Leg.Pair,
		Rule: models.RuleRef(v.Rule, v.Version), Model: model, Scores: map[string]float64{v.Class: v.Score},
		Route: models.RouteSFU, Actions: v.Actions, State: models.FlagOpen, At: v.At,
		Timeline: []models.TimelineEvent{{At: v.At.UTC(), What: "alarm:" + v.Rule, Side: v.Leg.Side}},
	}
	for _, still := range stills {
		if still.Scores[v.Class] == v.Score { // the picture that the score is from
			flag.Scores = maps.Clone(still.Scores)
		}
	}
	for _, action := range v.Actions {
		flag.Timeline = append(flag.Timeline, models.TimelineEvent{At: v.At.UTC(), What: "verdict:" + string(action), Side: v.Leg.Side})
	}
	return flag
}

// knownFlag is the flag of its own for a still, of another flag, that one or more banks of hashes know.
func knownFlag(of *models.Flag, still frame.Still, known []Known) *models.Flag {
	flag := &models.Flag{
		ID: models.NewFlagID(), Kind: models.FlagHash, Session: of.Session, Device: of.Device, Pair: of.Pair,
		Rule: "bank:" + known[0].Bank, Model: of.Model, Scores: maps.Clone(still.Scores), Route: of.Route, State: models.FlagOpen, At: still.At,
		Timeline: []models.TimelineEvent{{At: of.At.UTC(), What: "flag:" + string(of.ID), Side: of.Timeline[0].Side}},
	}
	for _, k := range known {
		what := fmt.Sprintf("known:%s:%d", k.Bank, k.Distance)
		flag.Timeline = append(flag.Timeline, models.TimelineEvent{At: still.At.UTC(), What: what, Side: of.Timeline[0].Side})
	}
	return flag
}
