package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"omezle/admin"
	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/moderation"
	"omezle/moderation/evidence"
	"omezle/signaling/redisdb/redistest"
)

const reviewerToken = "fedcba9876543210fedcba9876543210"

// raise puts a flag about a picture into the queue.
func raise(t *testing.T, s *store.Store) models.Flag {
	t.Helper()
	flag := models.Flag{
		ID: models.NewFlagID(), Kind: models.FlagFrame, Session: models.NewSessionID(), Device: models.NewDeviceID(), Pair: models.NewPairID(),
		Rule: "nudity@1", Model: "mid@1", Scores: map[string]float64{"Porn": 0.913, "Neutral": 0.01}, Route: models.RouteSFU,
		Actions: []models.Action{models.ActionBlur, models.ActionStop}, State: models.FlagOpen, At: time.Now(),
		Timeline: []models.TimelineEvent{{At: time.Now(), What: "matched"}},
	}
	if err := s.CreateFlag(t.Context(), &flag); err != nil {
		t.Fatal(err)
	}
	return flag
}

func TestAReviewerWorksOnFlagsByCommands(t *testing.T) {
	database := storetest.Postgres(t)
	url := start(t, "OMEZLE_OPERATOR_TOKEN="+operatorToken, "OMEZLE_REVIEWER_TOKEN="+reviewerToken,
		"OMEZLE_DATABASE_URL="+database, "OMEZLE_REDIS_URL="+redistest.Single(t)).serves().public
	s := storetest.Open(t, database)
	flag := raise(t, s)
	id := string(flag.ID)
	works(t, url, []string{"flags", "list", "--state=open", "--rule=nudity"}, "FLAG", id, "nudity@1", "Porn 0.91 ", "blur, stop")
	raise(t, s)
	works(t, url, []string{"flags", "list", "--limit=1"}, "There are more: --before ")
	works(t, url, []string{"flags", "show", id}, "version 1", "frame by nudity@1, mid@1", "matched", "0 other flags")
	refuses(t, url, []string{"flags", "decide", id, "confirm", "--from=1"}, "this is for who holds the flag: claim it first")
	works(t, url, []string{"flags", "claim", id}, "The flag is claimed until ", "version 2.")
	refuses(t, url, []string{"flags", "claim", id}, "somebody else holds it")
	works(t, url, []string{"flags", "decide", id, "confirm", "--from=2", "--action=ban", "--ban-for=24h", "--reason=seen"}, "The flag is upheld, version 3.")
	works(t, url, []string{"flags", "undo", id}, "The flag is claimed until ", "Note: the ban is lifted")
	works(t, url, []string{"flags", "release", id, "--json"}, `"state": "open"`)
	works(t, url, []string{"flags", "show", id}, "reviewer: violation, ban", "seen", "reviewer: undone, none")
	refuses(t, url, []string{"flags", "show", "x"}, `"x" is not a flag`)
	refuses(t, url, []string{"flags", "decide", id, "maybe", "--from=2"}, `must be one of "confirm","dismiss"`)
	entries, err := s.Logs(t.Context(), store.LogFilter{Admin: admin.Reviewer, Target: "flag:" + id}, 0, 0)
	if err != nil || len(entries) != 4 {
		t.Errorf("the audit log has %+v (%v)", entries, err)
	}
}

func TestTheReviewersTokenIsAnotherOne(t *testing.T) {
	var out output
	env := []string{"OMEZLE_OPERATOR_TOKEN=" + operatorToken, "OMEZLE_REVIEWER_TOKEN=" + operatorToken}
	if err := run(t.Context(), []string{"config"}, env, &out, &out); err == nil || !strings.Contains(err.Error(), "reviewer_token: is the operator_token") {
		t.Errorf("got %v", err)
	}
	if err := run(t.Context(), []string{"flags", "list"}, nil, &out, &out); err == nil || !strings.Contains(err.Error(), "OMEZLE_REVIEWER_TOKEN is not set: it is the reviewer_token") {
		t.Errorf("without a token: %v", err)
	}
}

// reviewing is the API of staff on a database and a vault.
type reviewing struct {
	t       *testing.T
	handler http.Handler
}

func (r reviewing) ask(method, path, body string) *httptest.ResponseRecorder {
	r.t.Helper()
	request := httptest.NewRequest(method, "http://chat.example"+admin.Prefix+path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+reviewerToken)
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, request)
	return w
}

// gets fails the test unless the answer has a status and a text.
func (r reviewing) gets(method, path, body string, status int, part string) {
	r.t.Helper()
	if w := r.ask(method, path, body); w.Code != status || !strings.Contains(w.Body.String(), part) {
		r.t.Errorf("%s %s: %d %s, want %d with %q", method, path, w.Code, w.Body, status, part)
	}
}

func TestEvidenceGoesFromTheVaultToAReviewerAndIsGoneAfterItsTime(t *testing.T) {
	s := storetest.Migrated(t, storetest.SQLite(t))
	log := slog.New(slog.DiscardHandler)
	vault, err := evidence.Open(t.Context(), evidence.DefaultConfig(), evidence.Deps{DataDir: t.TempDir(), Rows: s, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer vault.Close()
	keeper := moderation.NewKeeper(shelf{s, moderation.RulesName}, func(int) {}, log)
	r := reviewing{t, admin.New(admin.Deps{
		ReviewerToken: reviewerToken, FrameRules: newFrameRules(keeper, s), Queue: s, Reviews: newDesk(s, vault, nil), Similar: lookalikes{s}, Audit: s, Log: log,
		ClientIP: func(*http.Request) netip.Addr { return netip.IPv6Loopback() },
	}).Handler()}
	picture, err := os.ReadFile("../../moderation/review/preview/testdata/checkers.webp")
	if err != nil {
		t.Fatal(err)
	}
	flag := raise(t, s)
	put := func(flag models.FlagID, kind models.EvidenceKind, mediaType string, data []byte, hash ...byte) models.Evidence {
		item, err := vault.Put(t.Context(), evidence.Item{
			Flag: flag, Kind: kind, MediaType: mediaType, Data: data, PDQ: bytes.Repeat(hash, 32), Quality: 80, At: time.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		return item
	}
	still := put(flag.ID, models.EvidenceStill, "image/webp", picture, 0xab)
	put(flag.ID, models.EvidenceStill, "image/webp", picture, 0xab)
	for hash, flags := range map[byte]int{0xab: 2, 0x54: 1} { // alike, and nothing alike
		for range flags {
			put(raise(t, s).ID, models.EvidenceStill, "image/webp", picture, hash)
		}
	}
	put(flag.ID, models.EvidenceChat, "application/json", []byte(`[{"session":"`+string(flag.Session)+`","text":"look","at":"2026-11-25T12:00:00Z"}]`))

	path, item := "flags/"+string(flag.ID), "evidence/"+string(still.ID)
	r.gets("GET", path, "", http.StatusOK, `"chat":[{"accused":true,"text":"look"`)
	r.gets("GET", path, "", http.StatusOK, `"similar":2}`)
	r.gets("GET", item+"/preview", "", http.StatusOK, "\x89PNG")
	r.gets("POST", item+"/reveal", "", http.StatusForbidden, "not_holder")
	r.gets("POST", path+"/claim", "", http.StatusOK, `"state":"claimed"`)
	if w := r.ask("POST", item+"/reveal", ""); !bytes.Equal(w.Body.Bytes(), picture) || w.Header().Get("Content-Type") != "image/webp" {
		t.Errorf("revealed %d, %d bytes", w.Code, w.Body.Len())
	}
	r.gets("PUT", path+"/hold", `{"reason":"the police ask"}`, http.StatusNoContent, "")
	r.gets("POST", path+"/decide", `{"version":2,"outcome":"dismiss"}`, http.StatusOK, `"state":"dismissed"`)
	later := time.Now().Add(25 * time.Hour) // a dismissal is kept for a day
	if report, err := vault.Purge(t.Context(), later); err != nil {
		t.Fatalf("%+v, %v", report, err)
	}
	r.gets("GET", item+"/preview", "", http.StatusOK, "\x89PNG")
	r.gets("DELETE", path+"/hold", "", http.StatusNoContent, "")
	if report, err := vault.Purge(t.Context(), later); err != nil {
		t.Fatalf("%+v, %v", report, err)
	}
	r.gets("GET", item+"/preview", "", http.StatusGone, "destroyed")
	r.gets("GET", path, "", http.StatusOK, `"chat":[]`)
	r.gets("GET", "evidence/"+string(models.NewEvidenceID())+"/preview", "", http.StatusNotFound, "not_found")
	r.gets("GET", "frame-rules/precision?rule=nudity&thresholds=0.9", "", http.StatusOK, `"classes":["Porn","Hentai"],"figures":[{"version":1,"threshold":0,"decided":1,"upheld":0`)
}

func TestBanksGoThroughTheAPIAsText(t *testing.T) {
	changed := 0
	banks := bankDesk{storetest.Migrated(t, storetest.SQLite(t)), func() { changed++ }}
	text := strings.Repeat("ab", 32) + ",80,one\n" + strings.Repeat("cd", 32) + ",100,\n"
	if n, err := banks.Import(t.Context(), "known", []byte(text+text), admin.Operator); err != nil || n != 2 || changed != 1 {
		t.Errorf("%d added, %d changes, %v", n, changed, err)
	}
	if out, err := banks.Export(t.Context(), "known"); err != nil || string(out) != text {
		t.Errorf("exported %q, %v", out, err)
	}
	if list, err := banks.List(t.Context()); err != nil || len(list) != 1 || list[0].Hashes != 2 || list[0].ChangedAt == nil {
		t.Errorf("banks are %+v, %v", list, err)
	}
	if _, err := banks.Import(t.Context(), "known", []byte("moon\n"), admin.Operator); !isInvalid(err) || changed != 1 {
		t.Errorf("lines that are no hashes: %v", err)
	}
	if _, err := banks.Export(t.Context(), "other"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("no such bank: %v", err)
	}
}

func TestTheRulesAboutPicturesAreKeptLikeThePolicy(t *testing.T) {
	s := storetest.Migrated(t, storetest.SQLite(t))
	rules := newFrameRules(moderation.NewKeeper(shelf{s, moderation.RulesName}, func(int) {}, slog.New(slog.DiscardHandler)), s)
	document := []byte(rules.InForce().Rules)
	if _, err := rules.Set(t.Context(), []byte(`{"format":1}`), 0, "x", admin.Operator); !isInvalid(err) {
		t.Errorf("a document with problems: %v", err)
	}
	set, err := rules.Set(t.Context(), document, 0, "as they are", admin.Operator)
	if err != nil || set.Version != 1 || rules.InForce().Version != 1 {
		t.Errorf("set %+v, %v", set, err)
	}
	if _, err := rules.Set(t.Context(), document, 0, "again", admin.Operator); !errors.Is(err, admin.ErrConflict) {
		t.Errorf("from an older version: %v", err)
	}
	if list, err := rules.History(context.Background(), 5); err != nil || len(list) != 1 {
		t.Errorf("history is %+v, %v", list, err)
	}
}

func isInvalid(err error) bool {
	invalid, ok := errors.AsType[*admin.InvalidError](err)
	return ok && len(invalid.Problems) > 0
}
