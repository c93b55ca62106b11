package review_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/moderation/review"
)

// bench is a desk on a real database, with what it reaches beside it.
type bench struct {
	desk  *review.Desk
	t     *testing.T
	store *store.Store
	now   time.Time

	items   map[models.EvidenceID]item
	settled []models.Outcome
	done    []string // what reached visitors
	broken  error    // what sanctions and evidence return
	mute    error    // what the audit log returns
}

type item struct {
	models.Evidence
	data []byte
}

func benches(t *testing.T, test func(t *testing.T, b *bench)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := &bench{t: t, store: s, now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), items: map[models.EvidenceID]item{}}
		b.desk = review.New(review.Deps{Flags: s, Evidence: b, Sanctions: b, Audit: b, Now: func() time.Time { return b.now }})
		test(t, b)
	})
}

func (b *bench) Of(_ context.Context, flag models.FlagID) (of []models.Evidence, _ error) {
	for _, i := range b.items {
		if i.Flag == flag {
			of = append(of, i.Evidence)
		}
	}
	return of, nil
}

func (b *bench) Open(_ context.Context, id models.EvidenceID) ([]byte, models.Evidence, error) {
	i, ok := b.items[id]
	if !ok {
		return nil, models.Evidence{}, models.ErrNotFound
	}
	if i.DestroyedAt != nil {
		return nil, i.Evidence, models.ErrDestroyed
	}
	return i.data, i.Evidence, nil
}

func (b *bench) Settle(_ context.Context, _ models.FlagID, outcome models.Outcome) (int, error) {
	b.settled = append(b.settled, outcome)
	return 1, b.broken
}

func (b *bench) Hold(_ context.Context, flag models.FlagID, on bool) (n int, _ error) {
	for id, i := range b.items {
		if i.Flag == flag {
			i.Held = on
			b.items[id] = i
			n++
		}
	}
	return n, nil
}

func (b *bench) Apply(_ context.Context, s models.Sanction) error {
	b.done = append(b.done, fmt.Sprint("apply ", s.Actions, s.BanFor, " by ", s.By))
	return b.broken
}

func (b *bench) Lift(_ context.Context, s models.Sanction) error {
	b.done = append(b.done, fmt.Sprint("lift ", s.Actions, " by ", s.By))
	return b.broken
}

func (b *bench) AppendLog(ctx context.Context, entry *models.ModerationLog) error {
	return errors.Join(b.mute, b.store.AppendLog(ctx, entry))
}

// flag queues a flag whose picture was blurred and stopped, and has some of its evidence kept.
func (b *bench) flag(actions ...models.Action) models.FlagID {
	b.t.Helper()
	flag := &models.Flag{
		ID: models.NewFlagID(), Kind: models.FlagFrame, Session: models.NewSessionID(), Device: models.NewDeviceID(), Pair: models.NewPairID(),
		Rule: "nudity@1", Actions: actions, State: models.FlagOpen, At: b.now,
	}
	if err := b.store.CreateFlag(b.t.Context(), flag); err != nil {
		b.t.Fatal(err)
	}
	return flag.ID
}

func (b *bench) keep(flag models.FlagID, kind models.EvidenceKind, data []byte) models.EvidenceID {
	id := models.NewEvidenceID()
	b.items[id] = item{models.Evidence{ID: id, Flag: flag, Kind: kind, At: b.now}, data}
	return id
}

func (b *bench) claimed(flag models.FlagID, by models.StaffID) models.Flag {
	b.t.Helper()
	f, err := b.desk.Claim(b.t.Context(), flag, 0, by)
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

func (b *bench) rule(f models.Flag, by models.StaffID, outcome models.Outcome, action models.Action, banFor time.Duration) (models.Ruled, error) {
	return b.desk.Decide(b.t.Context(), models.Ruling{
		Flag: f.ID, Version: f.Version, By: by, Outcome: outcome, Action: action, BanFor: banFor, Reason: "seen",
	})
}

// audited are the actions in the audit log, oldest first.
func (b *bench) audited() (actions []string) {
	b.t.Helper()
	entries, err := b.store.Logs(b.t.Context(), store.LogFilter{}, 0, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, entry := range entries {
		actions = append(actions, entry.Action)
	}
	slices.Reverse(actions)
	return actions
}

func (b *bench) fails(err, want error) {
	b.t.Helper()
	if !errors.Is(err, want) {
		b.t.Errorf("error %v, want %v", err, want)
	}
}

func (b *bench) works(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) did(want ...string) {
	b.t.Helper()
	if !slices.Equal(b.done, want) {
		b.t.Errorf("visitors saw %q, want %q", b.done, want)
	}
	b.done = nil
}

func TestADismissalTakesBackWhatIsInForceAndAnUndoPutsItBack(t *testing.T) {
	benches(t, func(t *testing.T, b *bench) {
		f := b.claimed(b.flag(models.ActionBlur, models.ActionStop, models.ActionWarn), "ann")
		ruled, err := b.rule(f, "ann", models.OutcomeNoViolation, models.ActionNone, 0)
		b.works(err)
		if ruled.Flag.State != models.FlagDismissed || !ruled.UndoUntil.Equal(b.now.Add(review.Undone)) {
			t.Errorf("ruled %+v", ruled)
		}
		b.did("lift [blur stop] by ")
		b.now = b.now.Add(9 * time.Second)
		ruled, err = b.desk.Undo(t.Context(), f.ID, ruled.Flag.Version, "ann")
		b.works(err)
		if ruled.Flag.State != models.FlagClaimed || len(ruled.Notes) != 0 {
			t.Errorf("undone %+v", ruled)
		}
		b.did("apply [blur stop] 0s by ")
		ruled, err = b.rule(ruled.Flag, "ann", models.OutcomeViolation, models.ActionNone, 0)
		b.works(err)
		b.did()
		if want := []models.Outcome{models.OutcomeNoViolation, models.OutcomeUndone, models.OutcomeViolation}; !slices.Equal(b.settled, want) {
			t.Errorf("evidence was told %v", b.settled)
		}
		if want := []string{"flag.claim", "flag.decide", "flag.undo", "flag.decide"}; !slices.Equal(b.audited(), want) {
			t.Errorf("the audit log has %v", b.audited())
		}
	})
}

func TestABanIsLiftedByAnUndoAndACallThatEndedStaysSo(t *testing.T) {
	benches(t, func(t *testing.T, b *bench) {
		f := b.claimed(b.flag(models.ActionBlur), "ann")
		_, err := b.rule(f, "ann", models.OutcomeViolation, models.ActionBan, time.Hour)
		b.works(err)
		b.did("apply [ban] 1h0m0s by ann")
		ruled, err := b.desk.Undo(t.Context(), f.ID, 0, "ann")
		b.works(err)
		b.did("lift [ban] by ann")
		if len(ruled.Notes) != 1 {
			t.Errorf("it says %q", ruled.Notes)
		}
		for action, notes := range map[models.Action]int{models.ActionEnd: 1, models.ActionWarn: 1, models.ActionNone: 0} {
			b.now = b.now.Add(time.Second)
			ruled, err = b.rule(ruled.Flag, "ann", models.OutcomeViolation, action, 0)
			b.works(err)
			ruled, err = b.desk.Undo(t.Context(), f.ID, 0, "ann")
			b.works(err)
			if len(ruled.Notes) != notes {
				t.Errorf("%s: it says %q", action, ruled.Notes)
			}
		}
	})
}

func TestOnlyWhoDecidedUndoesAndOnlyInTime(t *testing.T) {
	benches(t, func(t *testing.T, b *bench) {
		f := b.claimed(b.flag(), "ann")
		_, err := b.desk.Undo(t.Context(), f.ID, 0, "ann")
		b.fails(err, models.ErrConflict)
		_, err = b.rule(f, "bob", models.OutcomeViolation, models.ActionNone, 0)
		b.fails(err, models.ErrNotHolder)
		ruled, err := b.rule(f, "ann", models.OutcomeViolation, models.ActionNone, 0)
		b.works(err)
		_, err = b.rule(f, "ann", models.OutcomeViolation, models.ActionNone, 0)
		b.fails(err, models.ErrNotHolder)
		_, err = b.desk.Undo(t.Context(), f.ID, 0, "bob")
		b.fails(err, models.ErrNotHolder)
		_, err = b.desk.Undo(t.Context(), f.ID, ruled.Flag.Version-1, "ann")
		b.fails(err, models.ErrConflict)
		b.now = b.now.Add(review.Undone)
		_, err = b.desk.Undo(t.Context(), f.ID, 0, "ann")
		b.fails(err, models.ErrTooLate)
		_, err = b.desk.Undo(t.Context(), models.NewFlagID(), 0, "ann")
		b.fails(err, models.ErrNotFound)
	})
}

func TestADecisionStandsWhenItsEffectsFailAndItIsSaid(t *testing.T) {
	benches(t, func(t *testing.T, b *bench) {
		f := b.claimed(b.flag(models.ActionStop), "ann")
		b.broken = errors.New("no node answers")
		ruled, err := b.rule(f, "ann", models.OutcomeNoViolation, models.ActionNone, 0)
		b.fails(err, models.ErrUnenforced)
		b.fails(err, b.broken)
		if ruled.Flag.State != models.FlagDismissed {
			t.Errorf("ruled %+v", ruled)
		}
		entries, err := b.store.Logs(t.Context(), store.LogFilter{Action: "flag.decide"}, 0, 1)
		if err != nil || len(entries) != 1 || !bytes.Contains(entries[0].Metadata, []byte(`"failed":["take back","evidence"]`)) {
			t.Errorf("the audit log has %+v, %v", entries, err)
		}
		b.broken, b.mute = nil, errors.New("disk full")
		_, err = b.desk.Undo(t.Context(), f.ID, 0, "ann")
		b.fails(err, models.ErrUnaudited)
		if got, err := b.store.Flag(t.Context(), f.ID); err != nil || got.State != models.FlagClaimed {
			t.Errorf("undone it is %+v, %v", got, err)
		}
	})
}

func TestARulingThatCannotBeIsRefused(t *testing.T) {
	benches(t, func(t *testing.T, b *bench) {
		f := b.claimed(b.flag(), "ann")
		for name, change := range map[string]func(*models.Ruling){
			"a dismissal with a ban": func(r *models.Ruling) { r.Outcome = models.OutcomeNoViolation },
			"a ban of a second":      func(r *models.Ruling) { r.BanFor = time.Second },
			"a ban of ten years":     func(r *models.Ruling) { r.BanFor = 10 * models.MaxBan },
			"a warning for an hour":  func(r *models.Ruling) { r.Action = models.ActionWarn },
			"a blur":                 func(r *models.Ruling) { r.Action, r.BanFor = models.ActionBlur, 0 },
			"no outcome":             func(r *models.Ruling) { r.Outcome = "" },
			"an undo":                func(r *models.Ruling) { r.Outcome = models.OutcomeUndone },
			"no version":             func(r *models.Ruling) { r.Version = 0 },
			"a reason with NUL":      func(r *models.Ruling) { r.Reason = "x\x00" },
		} {
			r := models.Ruling{
				Flag: f.ID, Version: f.Version, By: "ann", Outcome: models.OutcomeViolation, Action: models.ActionBan, BanFor: time.Hour,
			}
			change(&r)
			if _, err := b.desk.Decide(t.Context(), r); !errors.Is(err, models.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.did()
	})
}

func TestAnOriginalLeavesToTheHolderOnlyAndAfterTheAuditLog(t *testing.T) {
	benches(t, func(t *testing.T, b *bench) {
		flag := b.flag()
		still := b.keep(flag, models.EvidenceStill, []byte("original"))
		reveal := func(by models.StaffID) ([]byte, error) {
			data, _, err := b.desk.Reveal(t.Context(), still, by, "to be sure")
			return data, err
		}
		_, err := reveal("ann")
		b.fails(err, models.ErrNotHolder)
		b.claimed(flag, "ann")
		_, err = reveal("bob")
		b.fails(err, models.ErrNotHolder)
		b.mute = errors.New("disk full")
		data, err := reveal("ann")
		b.fails(err, models.ErrUnaudited)
		if data != nil {
			t.Error("it left without an entry")
		}
		b.mute = nil
		b.now = b.now.Add(9 * time.Minute) // which renews the lease
		data, err = reveal("ann")
		b.works(err)
		if string(data) != "original" {
			t.Errorf("got %q", data)
		}
		entries, err := b.store.Logs(t.Context(), store.LogFilter{Action: "evidence.reveal", Admin: "ann"}, 0, 1)
		if err != nil || len(entries) != 1 || entries[0].Target != "evidence:"+string(still) || entries[0].Reason != "to be sure" {
			t.Errorf("the audit log has %+v, %v", entries, err)
		}
		b.now = b.now.Add(9 * time.Minute)
		_, err = b.desk.Claim(t.Context(), flag, 0, "bob")
		b.fails(err, models.ErrConflict)
		b.now = b.now.Add(2 * time.Minute)
		_, err = reveal("ann")
		b.fails(err, models.ErrNotHolder)
		_, _, err = b.desk.Reveal(t.Context(), models.NewEvidenceID(), "ann", "")
		b.fails(err, models.ErrNotFound)
	})
}

func TestChatIsReadAfterTheAuditLogAndWhatIsDestroyedIsLeftOut(t *testing.T) {
	benches(t, func(t *testing.T, b *bench) {
		flag := b.flag()
		said := []models.ChatLine{{Session: models.NewSessionID(), Text: "hello", At: b.now}}
		data, err := json.Marshal(said)
		b.works(err)
		b.keep(flag, models.EvidenceChat, data)
		b.keep(flag, models.EvidenceStill, []byte("no text"))
		gone := b.keep(flag, models.EvidenceChat, nil)
		i := b.items[gone]
		i.DestroyedAt = &b.now
		b.items[gone] = i
		items, err := b.desk.Items(t.Context(), flag, "ann")
		b.works(err)
		lines, err := b.desk.Chat(t.Context(), items, "ann")
		b.works(err)
		if !slices.Equal(lines, said) || !slices.Equal(b.audited(), []string{"evidence.chat"}) {
			t.Errorf("read %+v, audit log %v", lines, b.audited())
		}
		b.mute = errors.New("disk full")
		lines, err = b.desk.Chat(t.Context(), items, "ann")
		b.fails(err, models.ErrUnaudited)
		if lines != nil {
			t.Error("it left without an entry")
		}
	})
}

func TestAPreviewNeedsNoClaimAndAHoldIsAudited(t *testing.T) {
	benches(t, func(t *testing.T, b *bench) {
		var still bytes.Buffer
		b.works(jpeg.Encode(&still, image.NewGray(image.Rect(0, 0, 64, 48)), nil))
		flag := b.flag()
		id := b.keep(flag, models.EvidenceStill, still.Bytes())
		data, err := b.desk.Preview(t.Context(), id, "ann")
		b.works(err)
		if !bytes.HasPrefix(data, []byte("\x89PNG")) {
			t.Errorf("it is %q", data)
		}
		_, err = b.desk.Preview(t.Context(), b.keep(flag, models.EvidenceChat, []byte("[]")), "ann")
		b.fails(err, models.ErrInvalid)
		b.works(b.desk.Hold(t.Context(), flag, true, "ann", "the police ask"))
		if !b.items[id].Held {
			t.Error("it is not held")
		}
		b.works(b.desk.Hold(t.Context(), flag, false, "ann", "they have it"))
		b.fails(b.desk.Hold(t.Context(), models.NewFlagID(), true, "ann", ""), models.ErrNotFound)
		if want := []string{"evidence.hold", "evidence.unhold"}; b.items[id].Held || !slices.Equal(b.audited(), want) {
			t.Errorf("the audit log has %v", b.audited())
		}
	})
}
