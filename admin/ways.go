package admin

import "net/http"

// way is one thing that can be asked, and by whom.
type way struct {
	pattern string // under Prefix
	may     role
	serve   http.HandlerFunc
}

// ways lists all of them: nothing else is answered.
func (s *Server) ways() []way {
	policy := documents{s, s.Policies, "policy", "policy"}
	list := []way{
		{"GET policy", operator, policy.get},
		{"PUT policy", operator, policy.put},
		{"GET policy/history", operator, policy.history},
		{"POST policy/dry-run", operator, s.dryRun},
		{"GET calls", operator, s.listCalls},
		{"PUT calls/{pair}/route", operator, s.putRoute},
		{"DELETE calls/{pair}/route", operator, s.deleteRoute},
	}
	if s.FrameRules != nil {
		rules := documents{s, s.FrameRules, "frame_rules", "rules"}
		list = append(list, []way{
			{"GET frame-rules", both, rules.get},
			{"PUT frame-rules", operator, rules.put},
			{"GET frame-rules/history", both, rules.history},
		}...)
	}
	if s.Queue != nil && s.Reviews != nil {
		list = append(list, []way{
			{"GET flags/counts", both, s.countFlags},
			{"GET flags", reviewer, s.listFlags},
			{"GET flags/{flag}", reviewer, s.getFlag},
			{"POST flags/{flag}/claim", reviewer, s.claim},
			{"POST flags/{flag}/release", reviewer, s.release},
			{"POST flags/{flag}/decide", reviewer, s.decide},
			{"POST flags/{flag}/undo", reviewer, s.undo},
			{"GET flags/{flag}/evidence", reviewer, s.listEvidence},
			{"PUT flags/{flag}/hold", reviewer, s.putHold},
			{"DELETE flags/{flag}/hold", reviewer, s.deleteHold},
			{"GET evidence/{item}/preview", reviewer, s.preview},
			{"POST evidence/{item}/reveal", reviewer, s.reveal},
		}...)
	}
	if s.FrameRules != nil && s.Queue != nil {
		list = append(list, way{"GET frame-rules/precision", both, s.precision})
	}
	if s.Banks != nil {
		list = append(list, []way{
			{"GET banks", both, s.listBanks},
			{"GET banks/{bank}", operator, s.exportBank},
			{"POST banks/{bank}", operator, s.importBank},
		}...)
	}
	return list
}
