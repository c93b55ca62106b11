package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
)

func TestFlagsAreListedNewestFirstInPagesByWhatIsAsked(t *testing.T) {
	q := newQueue(t)
	var all []models.FlagID
	for i := range 7 {
		id, _ := q.flag(func(f *models.Flag) {
			f.At = q.now.Add(time.Duration(i/2) * time.Second) // some at the same time
			f.Shadow = i == 3
			if i == 5 {
				f.Kind, f.Rule = models.FlagHash, "known@2"
			}
		})
		all = append(all, id)
	}
	var seen []models.FlagID
	for path, pages := "flags?limit=3", 0; path != ""; pages++ {
		page := read[FlagsPage](q.desk, q.reviews("GET", path, ""))
		for _, f := range page.Flags {
			seen = append(seen, f.ID)
		}
		path = ""
		if page.Next != "" && pages < 5 {
			path = "flags?limit=3&before=" + page.Next
		}
	}
	if len(seen) != 7 || !slices.Contains(all[6:], seen[0]) || !slices.Contains(all[:2], seen[6]) {
		t.Errorf("seen %v of %v", seen, all)
	}
	for query, want := range map[string]int{
		"state=open": 7, "state=claimed": 0, "kind=hash": 1, "rule=nudity": 6, "rule=known@2": 1, "rule=known@1": 0, "shadow=true": 1, "shadow=false": 6,
		"session=" + string(models.NewSessionID()): 0, "device=" + string(models.NewDeviceID()): 0,
	} {
		if page := read[FlagsPage](q.desk, q.reviews("GET", "flags?"+query, "")); len(page.Flags) != want {
			t.Errorf("%s: %d flags, want %d", query, len(page.Flags), want)
		}
	}
	for _, query := range []string{"state=x", "kind=x", "session=x", "device=x", "shadow=x", "before=x", "limit=501", "rule=%00", "rule=%ff"} {
		q.wants(q.reviews("GET", "flags?"+query, ""), http.StatusBadRequest, "bad_request")
	}
	counts := read[FlagCounts](q.desk, q.ask("GET", Prefix+"flags/counts", ""))
	if !slices.Contains(counts.Counts, models.FlagCount{Kind: models.FlagFrame, State: models.FlagOpen, Flags: 5}) || len(counts.Counts) != 3 {
		t.Errorf("counts are %+v", counts)
	}
}

func TestACardTellsAllThatIsKnownOfAFlag(t *testing.T) {
	q := newQueue(t)
	id, still := q.flag(nil)
	card := read[FlagCard](q.desk, q.reviews("GET", "flags/"+string(id), ""))
	if card.ID != id || card.Rule != "nudity@1" || card.Model != "mid@1" || card.Scores["Porn"] != 0.91 || card.ClientScores["Porn"] != 0.95 ||
		card.Route != models.RouteSFU || len(card.Actions) != 2 || len(card.Timeline) != 1 || card.Similar != 4 || len(card.Missing) != 0 {
		t.Errorf("the card is %+v", card)
	}
	if len(card.Evidence) != 2 || card.Evidence[1].ID != still || card.Evidence[1].Scores["Porn"] != 0.91 || len(card.Evidence[1].PDQ) != 64 {
		t.Errorf("evidence is %+v", card.Evidence)
	}
	if len(card.Chat) != 2 || !card.Chat[0].Accused || card.Chat[0].Text != "<b>hi</b>" || card.Chat[1].Accused {
		t.Errorf("chat is %+v", card.Chat)
	}
	if !slices.Equal(q.audited(), []string{"evidence.chat"}) {
		t.Errorf("the audit log has %v", q.audited())
	}
	q.lost = errors.New("secret place does not answer")
	w := q.reviews("GET", "flags/"+string(id), "")
	card = read[FlagCard](q.desk, w)
	if card.ID != id || !slices.Equal(card.Missing, []string{"evidence", "similar"}) || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("without evidence it is %s", w.Body)
	}
	q.lost = nil
	q.wants(q.reviews("GET", "flags/"+string(models.NewFlagID()), ""), http.StatusNotFound, "not_found")
	q.wants(q.reviews("GET", "flags/x", ""), http.StatusBadRequest, "bad_request")
	if list := read[EvidenceList](q.desk, q.reviews("GET", "flags/"+string(id)+"/evidence", "")); len(list.Evidence) != 2 {
		t.Errorf("evidence is %+v", list)
	}
}

func TestAFlagIsClaimedDecidedAndUndone(t *testing.T) {
	q := newQueue(t)
	id, _ := q.flag(nil)
	path := "flags/" + string(id)
	q.wants(q.reviews("POST", path+"/decide", `{"version":1,"outcome":"dismiss"}`), http.StatusForbidden, "not_holder")
	q.wants(q.reviews("POST", path+"/claim", `{"version":2}`), http.StatusConflict, "changed")
	flag := read[Flag](q.desk, q.reviews("POST", path+"/claim", `{"version":1}`))
	if flag.State != models.FlagClaimed || flag.Version != 2 || flag.Reviewer != Reviewer || flag.LeaseUntil == nil {
		t.Errorf("claimed it is %+v", flag)
	}
	q.wants(q.reviews("POST", path+"/claim", ""), http.StatusConflict, "changed")
	if flag = read[Flag](q.desk, q.reviews("POST", path+"/release", "")); flag.State != models.FlagOpen {
		t.Errorf("released it is %+v", flag)
	}
	q.wants(q.reviews("POST", path+"/release", ""), http.StatusForbidden, "not_holder")
	flag = read[Flag](q.desk, q.reviews("POST", path+"/claim", ""))
	q.wants(q.reviews("POST", path+"/decide", `{"version":2,"outcome":"dismiss"}`), http.StatusConflict, "changed")
	ruled := read[Ruled](q.desk, q.reviews("POST", path+"/decide", `{"version":4,"outcome":"confirm","action":"ban","ban_for":"24h","reason":"seen"}`))
	if ruled.Flag.State != models.FlagUpheld || ruled.UndoUntil == nil || !ruled.UndoUntil.Equal(q.now.Add(10*time.Second)) {
		t.Errorf("ruled %+v of %+v", ruled, flag)
	}
	q.now = q.now.Add(time.Second)
	ruled = read[Ruled](q.desk, q.reviews("POST", path+"/undo", `{"version":5}`))
	if ruled.Flag.State != models.FlagClaimed || len(ruled.Notes) != 1 || ruled.UndoUntil != nil {
		t.Errorf("undone %+v", ruled)
	}
	q.now = q.now.Add(time.Second)
	ruled = read[Ruled](q.desk, q.reviews("POST", path+"/decide", `{"version":6,"outcome":"dismiss"}`))
	q.now = q.now.Add(10 * time.Second)
	q.wants(q.reviews("POST", path+"/undo", ""), http.StatusConflict, "too_late")
	card := read[FlagCard](q.desk, q.reviews("GET", path, ""))
	if len(card.Decisions) != 3 || card.Decisions[0].Action != models.ActionBan || card.Decisions[1].Outcome != models.OutcomeUndone ||
		card.Decisions[2].Outcome != models.OutcomeNoViolation || card.State != models.FlagDismissed || card.Version != ruled.Flag.Version {
		t.Errorf("the card is %+v", card)
	}
	want := []string{"flag.claim", "flag.release", "flag.claim", "flag.decide", "flag.undo", "flag.decide", "evidence.chat"}
	if !slices.Equal(q.audited(), want) {
		t.Errorf("the audit log has %v", q.audited())
	}
}

func TestWhatIsWrongWithAFindingIsSaid(t *testing.T) {
	q := newQueue(t)
	id, _ := q.flag(nil)
	for body, want := range map[string]string{
		`{"version":1,"outcome":"maybe"}`:                                               "want confirm or dismiss",
		`{"version":1,"outcome":"dismiss","action":"ban","ban_for":"1h"}`:               "action without a violation",
		`{"version":1,"outcome":"confirm","action":"ban"}`:                              "ban of 0s: want 1m0s to 8760h0m0s",
		`{"version":1,"outcome":"confirm","action":"ban","ban_for":"soon"}`:             "not a time such as 24h",
		`{"version":1,"outcome":"confirm","action":"blur"}`:                             `action "blur"`,
		`{"outcome":"confirm"}`:                                                         "without the version",
		`{"version":1,"outcome":"confirm","reason":"` + strings.Repeat("x", 501) + `"}`: "longer than 500",
	} {
		if p := q.wants(q.reviews("POST", "flags/"+string(id)+"/decide", body), http.StatusUnprocessableEntity, "invalid"); !strings.Contains(p.Detail, want) || strings.Contains(p.Detail, "models:") {
			t.Errorf("%s: it says %q", body, p.Detail)
		}
	}
	q.wants(q.reviews("POST", "flags/"+string(id)+"/decide", `{`), http.StatusBadRequest, "bad_request")
	q.wants(q.reviews("POST", "flags/"+string(id)+"/claim", `{"versio":1}`), http.StatusBadRequest, "bad_request")
	q.wants(q.reviews("PUT", "flags/"+string(id)+"/hold", `{"reason":"`+strings.Repeat("x", 501)+`"}`), http.StatusUnprocessableEntity, "reason")
}

func TestADecisionWhoseEffectsFailIsAnErrorThatSaysSo(t *testing.T) {
	q := newQueue(t)
	id, _ := q.flag(nil)
	path := "flags/" + string(id)
	read[Flag](q.desk, q.reviews("POST", path+"/claim", ""))
	q.lost = errors.New("secret place does not answer")
	p := q.wants(q.reviews("POST", path+"/decide", `{"version":2,"outcome":"confirm"}`), http.StatusServiceUnavailable, "not_enforced")
	if strings.Contains(p.Detail, "secret") {
		t.Errorf("it tells %q", p.Detail)
	}
}

func TestAPictureIsPreviewedByReviewersAndRevealedToTheHolder(t *testing.T) {
	q := newQueue(t)
	id, still := q.flag(nil)
	safe := func(header http.Header) bool {
		return header.Get("Cache-Control") == "no-store" && header.Get("X-Content-Type-Options") == "nosniff" &&
			strings.Contains(header.Get("Content-Security-Policy"), "sandbox") && strings.HasPrefix(header.Get("Content-Disposition"), "attachment;")
	}
	w := q.reviews("GET", "evidence/"+string(still)+"/preview", "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/png" || !safe(w.Header()) || !strings.HasPrefix(w.Body.String(), "\x89PNG") {
		t.Errorf("the preview is %d %v", w.Code, w.Header())
	}
	q.wants(q.reviews("POST", "evidence/"+string(still)+"/reveal", ""), http.StatusForbidden, "not_holder")
	read[Flag](q.desk, q.reviews("POST", "flags/"+string(id)+"/claim", ""))
	w = q.reviews("POST", "evidence/"+string(still)+"/reveal", `{"reason":"to be sure"}`)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/jpeg" || !safe(w.Header()) || w.Body.String() != string(q.items[still].data) {
		t.Errorf("the original is %d %v", w.Code, w.Header())
	}
	if !slices.Equal(q.audited(), []string{"flag.claim", "evidence.reveal"}) {
		t.Errorf("the audit log has %v", q.audited())
	}
	q.wants(q.reviews("GET", "evidence/"+string(models.NewEvidenceID())+"/preview", ""), http.StatusNotFound, "not_found")
	q.wants(q.reviews("GET", "evidence/x/preview", ""), http.StatusBadRequest, "bad_request")
	for item, i := range q.items {
		if i.Kind == models.EvidenceChat {
			q.wants(q.reviews("GET", "evidence/"+string(item)+"/preview", ""), http.StatusUnprocessableEntity, "invalid")
		}
	}
	gone := q.items[still]
	gone.DestroyedAt = &q.now
	q.items[still] = gone
	q.wants(q.reviews("POST", "evidence/"+string(still)+"/reveal", ""), http.StatusGone, "destroyed")
}

func TestEvidenceIsHeldAndLetGoWithAReason(t *testing.T) {
	q := newQueue(t)
	id, still := q.flag(nil)
	path := "flags/" + string(id) + "/hold"
	if w := q.reviews("PUT", path, `{"reason":"the police ask"}`); w.Code != http.StatusNoContent || !q.items[still].Held {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w := q.reviews("DELETE", path, ""); w.Code != http.StatusNoContent || q.items[still].Held {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	q.wants(q.reviews("PUT", "flags/"+string(models.NewFlagID())+"/hold", ""), http.StatusNotFound, "not_found")
	if !slices.Equal(q.audited(), []string{"evidence.hold", "evidence.unhold"}) {
		t.Errorf("the audit log has %v", q.audited())
	}
}

func TestTheRulesAboutPicturesChangeLikeThePolicy(t *testing.T) {
	q := newQueue(t)
	w := q.reviews("GET", "frame-rules", "")
	if v := read[PolicyVersion](q.desk, w); v.Version != 0 || w.Header().Get("ETag") != `"0"` {
		t.Errorf("got %v %s", w.Header(), w.Body)
	}
	change := `{"policy":{"rules":[]},"note":"nothing"}`
	q.wants(q.ask("PUT", Prefix+"frame-rules", change), http.StatusPreconditionRequired, "if_match")
	if v := read[PolicyVersion](q.desk, q.ask("PUT", Prefix+"frame-rules", change, "If-Match", `"0"`)); v.Version != 1 || v.By != Operator {
		t.Errorf("set %+v", v)
	}
	q.wants(q.ask("PUT", Prefix+"frame-rules", change, "If-Match", `"0"`), http.StatusPreconditionFailed, "conflict")
	q.wants(q.ask("PUT", Prefix+"frame-rules", `{"policy":"moon","note":"x"}`, "If-Match", `"1"`), http.StatusUnprocessableEntity, "invalid_policy")
	if h := read[PolicyHistory](q.desk, q.reviews("GET", "frame-rules/history", "")); len(h.Versions) != 1 {
		t.Errorf("history is %+v", h)
	}
	entries, err := q.store.Logs(t.Context(), store.LogFilter{Action: "frame_rules.set"}, 0, 0)
	if err != nil || len(entries) != 1 || entries[0].Target != "frame_rules:frames" || entries[0].Reason != "nothing" {
		t.Errorf("the audit log has %+v, %v", entries, err)
	}
}

func TestPrecisionIsToldByVersionAndThreshold(t *testing.T) {
	q := newQueue(t)
	for i, outcome := range []string{"confirm", "confirm", "dismiss"} {
		id, _ := q.flag(func(f *models.Flag) {
			f.Scores = map[string]float64{"Porn": 0.99 - float64(i)/20, "Sexy": 1}
		})
		path := "flags/" + string(id)
		read[Flag](q.desk, q.reviews("POST", path+"/claim", ""))
		read[Ruled](q.desk, q.reviews("POST", path+"/decide", `{"version":2,"outcome":"`+outcome+`"}`))
	}
	p := read[RulePrecision](q.desk, q.ask("GET", Prefix+"frame-rules/precision?rule=nudity&thresholds=0.9", ""))
	want := []models.Precision{{Version: 1, Decided: 3, Upheld: 2, Precision: 2.0 / 3}, {Version: 1, Threshold: 0.9, Decided: 2, Upheld: 2, Precision: 1}}
	if !slices.Equal(p.Figures, want) || !slices.Equal(p.Classes, []string{"Porn"}) {
		t.Errorf("got %+v", p)
	}
	p = read[RulePrecision](q.desk, q.reviews("GET", "frame-rules/precision?rule=nudity@1&classes=Sexy,", ""))
	if len(p.Figures) != 1+len(usualThresholds) || p.Figures[9].Decided != 3 {
		t.Errorf("of another class: %+v", p)
	}
	if p = read[RulePrecision](q.desk, q.reviews("GET", "frame-rules/precision?rule=moon", "")); p.Figures == nil || len(p.Figures)+len(p.Classes) != 0 {
		t.Errorf("of no rule: %+v", p)
	}
	for _, query := range []string{"", "rule=nudity&thresholds=2", "rule=nudity&thresholds=NaN", "rule=nudity&thresholds=x", "rule=nudity&thresholds=" + strings.Repeat("1,", 51)} {
		q.wants(q.ask("GET", Prefix+"frame-rules/precision?"+query, ""), http.StatusBadRequest, "bad_request")
	}
}

func TestBanksOfHashesAreListedExportedAndImported(t *testing.T) {
	q := newQueue(t)
	if w := q.reviews("GET", "banks", ""); strings.TrimSpace(w.Body.String()) != `{"banks":[]}` {
		t.Errorf("no banks are %s", w.Body)
	}
	if i := read[Imported](q.desk, q.ask("POST", Prefix+"banks/known", "aa\nbb\n")); i.Added != 2 {
		t.Errorf("imported %+v", i)
	}
	if list := read[BankList](q.desk, q.reviews("GET", "banks", "")); len(list.Banks) != 1 || list.Banks[0].Hashes != 2 {
		t.Errorf("banks are %+v", list)
	}
	if w := q.ask("GET", Prefix+"banks/known", ""); w.Body.String() != "aa\nbb" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("exported %v %s", w.Header(), w.Body)
	}
	q.wants(q.ask("GET", Prefix+"banks/other", ""), http.StatusNotFound, "not_found")
	q.wants(q.ask("GET", Prefix+"banks/Known", ""), http.StatusBadRequest, "bad_request")
	q.wants(q.ask("POST", Prefix+"banks/known", "x"), http.StatusUnprocessableEntity, "invalid_policy")
	q.wants(q.ask("POST", Prefix+"banks/known", strings.Repeat("a", maxImport+1)), http.StatusRequestEntityTooLarge, "too_large")
	if !slices.Equal(q.audited(), []string{"bank.import", "bank.export"}) {
		t.Errorf("the audit log has %v", q.audited())
	}
}

// Whatever a reviewer asks, the answer is JSON or evidence with a status of HTTP.
func FuzzReviewRequest(f *testing.F) {
	q := newQueue(f)
	id, still := q.flag(nil)
	for pattern := range mayAsk {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{flag}", string(id), "{item}", string(still), "{bank}", "known").Replace(path)
		f.Add(method, path, "state=open&limit=2&rule=nudity&thresholds=0.5", `{"version":1,"outcome":"confirm","reason":"x"}`)
	}
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		r := q.request(method, path, query, body)
		if r.Code < 200 || r.Code > 499 {
			t.Fatalf("%d %s", r.Code, r.Body)
		}
		if strings.HasSuffix(r.Header().Get("Content-Type"), "json") && !json.Valid(r.Body.Bytes()) {
			t.Fatalf("it is no JSON: %s", r.Body)
		}
	})
}
