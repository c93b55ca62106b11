package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
)

func newReport() *models.Report {
	return &models.Report{
		ID: models.NewReportID(), ClientID: "c1", Pair: models.NewPairID(), Reason: models.ReasonSpam, Description: "¡compra! \U0001f4b0", At: noon,
		Reporter: models.Party{Session: models.NewSessionID(), Device: models.NewDeviceID(), IP: "192.0.2.1", Port: 1025},
		Reported: models.Party{Session: models.NewSessionID(), Device: models.NewDeviceID(), IP: "2001:db8::2", Port: 40000},
		Status:   models.ReportOpen,
	}
}

func newBan() *models.BannedIP {
	return &models.BannedIP{
		ID: models.NewBanID(), Kind: models.BanDevice, Target: string(models.NewDeviceID()), Severity: models.SeverityNoAccess,
		At: noon, Active: true,
	}
}

func newFlag() *models.Flag {
	return &models.Flag{
		ID: models.NewFlagID(), Kind: models.FlagText, Session: models.NewSessionID(), Device: models.NewDeviceID(),
		Pair: models.NewPairID(), State: models.FlagOpen, At: noon,
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

func TestBlocksAreListedNewestFirstAndOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		me := models.NewDeviceID()
		var blocked []models.DeviceID
		for i := range 5 {
			other := models.NewDeviceID()
			blocked = append(blocked, other)
			must(t, s.Block(t.Context(), models.IPBlock{Blocker: me, Blocked: other, At: noon.Add(time.Duration(i) * time.Second)}))
		}
		must(t, s.Block(t.Context(), models.IPBlock{Blocker: me, Blocked: blocked[0], At: noon.Add(time.Hour)})) // again
		must(t, s.Block(t.Context(), models.IPBlock{Blocker: blocked[0], Blocked: me, At: noon}))                // the other way
		slices.Reverse(blocked)

		got, err := s.BlocksOf(t.Context(), me, 10)
		must(t, err)
		if !slices.Equal(got, blocked) {
			t.Errorf("blocks %v, want %v", got, blocked)
		}
		got, err = s.BlocksOf(t.Context(), me, 2)
		must(t, err)
		if !slices.Equal(got, blocked[:2]) {
			t.Errorf("two blocks %v, want %v", got, blocked[:2])
		}
		wantErr(t, s.Block(t.Context(), models.IPBlock{Blocker: me, Blocked: me, At: noon}), models.ErrInvalid)
	})
}

func TestAReportSentTwiceIsStoredOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		first := newReport()
		created, err := s.CreateReport(t.Context(), first)
		must(t, err)
		if !created {
			t.Error("the first was not created")
		}
		again := *first
		again.ID, again.Description = models.NewReportID(), "other words"
		created, err = s.CreateReport(t.Context(), &again)
		must(t, err)
		if created || !reflect.DeepEqual(&again, first) {
			t.Errorf("created %v: %+v, want the first: %+v", created, again, first)
		}
		got, err := s.Report(t.Context(), first.ID)
		must(t, err)
		if !reflect.DeepEqual(got, *first) {
			t.Errorf("read %+v, want %+v", got, *first)
		}
		_, err = s.Report(t.Context(), models.NewReportID())
		wantErr(t, err, store.ErrNotFound)

		other := *first // of another session, same client id
		other.ID, other.Reporter.Session = models.NewReportID(), models.NewSessionID()
		created, err = s.CreateReport(t.Context(), &other)
		must(t, err)
		if !created {
			t.Error("another session's report was taken for the same")
		}

		bad := newReport()
		bad.Description = "nul \x00"
		_, err = s.CreateReport(t.Context(), bad)
		wantErr(t, err, models.ErrInvalid)
	})
}

func TestReportsAreFilteredAndPagedWithoutGaps(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		offender := models.NewDeviceID()
		var want []models.ReportID
		for i := range 7 {
			report := newReport()
			report.Reported.Device = offender
			report.At = noon.Add(time.Duration(i/3) * time.Second) // some at the same moment
			report.ClientID = fmt.Sprint(i)
			if i == 6 {
				report.Reason = models.ReasonViolence
			}
			_, err := s.CreateReport(t.Context(), report)
			must(t, err)
			want = append(want, report.ID)
		}
		_, err := s.CreateReport(t.Context(), newReport()) // of somebody else
		must(t, err)

		var got []models.ReportID
		page := store.Page{Limit: 2}
		for range 10 {
			reports, next, err := s.Reports(t.Context(), store.ReportFilter{Reported: offender}, page)
			must(t, err)
			for i, report := range reports {
				if i > 0 && report.At.After(reports[i-1].At) {
					t.Error("an older report came first")
				}
				got = append(got, report.ID)
			}
			if page.Before = next; next.IsZero() {
				break
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("paged through %v, want %v", got, want)
		}

		count := func(filter store.ReportFilter) int {
			reports, _, err := s.Reports(t.Context(), filter, store.Page{})
			must(t, err)
			return len(reports)
		}
		for name, row := range map[string]struct {
			filter store.ReportFilter
			want   int
		}{
			"all":       {store.ReportFilter{}, 8},
			"by reason": {store.ReportFilter{Reason: models.ReasonViolence}, 1},
			"by status": {store.ReportFilter{Status: models.ReportDismissed}, 0},
			"since":     {store.ReportFilter{Reported: offender, Since: noon.Add(time.Second)}, 4},
			"until":     {store.ReportFilter{Reported: offender, Until: noon.Add(time.Second)}, 3},
		} {
			if got := count(row.filter); got != row.want {
				t.Errorf("%s: %d reports, want %d", name, got, row.want)
			}
		}
	})
}

func TestAReportIsResolvedByLegalStepsOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		report, staff := newReport(), models.NewStaffID()
		_, err := s.CreateReport(t.Context(), report)
		must(t, err)
		resolve := func(from, to models.ReportStatus, resolution models.Resolution) error {
			return s.Resolve(t.Context(), report.ID, from, to, resolution, staff, noon)
		}
		wantErr(t, resolve(models.ReportOpen, models.ReportActioned, models.ResolutionBanned), models.ErrTransition)
		wantErr(t, resolve(models.ReportReviewing, models.ReportActioned, models.ResolutionBanned), store.ErrConflict)
		must(t, resolve(models.ReportOpen, models.ReportReviewing, models.ResolutionNone))
		wantErr(t, resolve(models.ReportReviewing, models.ReportActioned, models.ResolutionDuplicate), models.ErrInvalid)
		must(t, resolve(models.ReportReviewing, models.ReportActioned, models.ResolutionBanned))

		got, err := s.Report(t.Context(), report.ID)
		must(t, err)
		if got.Status != models.ReportActioned || got.ResolvedBy != staff || got.ResolvedAt == nil || *got.ResolvedAt != stored {
			t.Errorf("after resolving: %+v", got)
		}
		must(t, resolve(models.ReportActioned, models.ReportReviewing, models.ResolutionNone))
		got, err = s.Report(t.Context(), report.ID)
		must(t, err)
		if got.Resolution != "" || got.ResolvedBy != "" || got.ResolvedAt != nil {
			t.Errorf("after undoing: %+v", got)
		}
		err = s.Resolve(t.Context(), models.NewReportID(), models.ReportOpen, models.ReportReviewing, "", staff, noon)
		wantErr(t, err, store.ErrNotFound)
	})
}

func TestBansAreActiveUntilTheyExpireOrAreLifted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		expiry := noon.Add(time.Hour)
		forever, hour, lifted := newBan(), newBan(), newBan()
		hour.ExpiresAt = &expiry
		for _, ban := range []*models.BannedIP{forever, hour, lifted} {
			must(t, s.CreateBan(t.Context(), ban))
		}
		must(t, s.LiftBan(t.Context(), lifted.ID))
		must(t, s.LiftBan(t.Context(), lifted.ID))
		wantErr(t, s.LiftBan(t.Context(), models.NewBanID()), store.ErrNotFound)
		bad := newBan()
		bad.Target = "somebody"
		wantErr(t, s.CreateBan(t.Context(), bad), models.ErrInvalid)

		active := func(now time.Time) []models.BanID {
			bans, err := s.ActiveBans(t.Context(), now)
			must(t, err)
			var ids []models.BanID
			for _, ban := range bans {
				ids = append(ids, ban.ID)
			}
			return ids
		}
		if got := active(noon); len(got) != 2 {
			t.Errorf("at once: %v", got)
		}
		if got := active(expiry); !slices.Equal(got, []models.BanID{forever.ID}) {
			t.Errorf("after an hour: %v, want %v", got, forever.ID)
		}
	})
}

func TestAFlagMovesByLegalStepsAndOnlyFromWhereItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		flag := newFlag()
		must(t, s.CreateFlag(t.Context(), flag))
		must(t, s.CreateFlag(t.Context(), newFlag()))
		later := noon.Add(time.Minute)
		wantErr(t, s.MoveFlag(t.Context(), flag.ID, models.FlagOpen, models.FlagUpheld, later), models.ErrTransition)
		must(t, s.MoveFlag(t.Context(), flag.ID, models.FlagOpen, models.FlagClaimed, later))
		wantErr(t, s.MoveFlag(t.Context(), flag.ID, models.FlagOpen, models.FlagClaimed, later), store.ErrConflict)
		wantErr(t, s.MoveFlag(t.Context(), models.NewFlagID(), models.FlagOpen, models.FlagClaimed, later), store.ErrNotFound)

		got, err := s.Flag(t.Context(), flag.ID)
		must(t, err)
		if got.State != models.FlagClaimed || got.At != stored || got.ChangedAt != stored.Add(time.Minute) {
			t.Errorf("flag %+v", got)
		}
		for _, filter := range []store.FlagFilter{{State: models.FlagClaimed}, {Session: flag.Session}, {Device: flag.Device}} {
			flags, next, err := s.Flags(t.Context(), filter, store.Page{})
			must(t, err)
			if len(flags) != 1 || flags[0].ID != flag.ID || !next.IsZero() {
				t.Errorf("filter %+v gives %v", filter, flags)
			}
		}
		if flags, next, err := s.Flags(t.Context(), store.FlagFilter{Kind: models.FlagText}, store.Page{Limit: 1}); err != nil || len(flags) != 1 || next.IsZero() {
			t.Errorf("first page %v, next %v, err %v", flags, next, err)
		}
	})
}

func TestStaffAreFoundByIdAndName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		zoe := &models.Staff{ID: models.NewStaffID(), Name: "zoe", Role: models.RoleSuperadmin, PasswordHash: "h", At: noon}
		ana := &models.Staff{ID: models.NewStaffID(), Name: "ana", Role: models.RoleViewer, PasswordHash: "h", At: noon}
		must(t, s.CreateStaff(t.Context(), zoe))
		must(t, s.CreateStaff(t.Context(), ana))
		twin := *ana
		twin.ID = models.NewStaffID()
		wantErr(t, s.CreateStaff(t.Context(), &twin), store.ErrExists)
		twin.Name = "Ana"
		wantErr(t, s.CreateStaff(t.Context(), &twin), models.ErrInvalid)

		byID, err := s.Staff(t.Context(), zoe.ID)
		must(t, err)
		byName, err := s.StaffByName(t.Context(), "zoe")
		must(t, err)
		if !reflect.DeepEqual(byID, *zoe) || !reflect.DeepEqual(byName, *zoe) {
			t.Errorf("by id %+v, by name %+v, want %+v", byID, byName, *zoe)
		}
		_, err = s.StaffByName(t.Context(), "nobody")
		wantErr(t, err, store.ErrNotFound)
		all, err := s.ListStaff(t.Context())
		must(t, err)
		if len(all) != 2 || all[0].Name != "ana" {
			t.Errorf("staff %+v", all)
		}
	})
}

func TestTheAuditLogIsNumberedAndPaged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i := range 5 {
			entry := models.ModerationLog{Action: "ban.create", Target: fmt.Sprintf("device:%d", i%2), Metadata: models.JSON(`{"n":1}`), At: noon}
			must(t, s.AppendLog(t.Context(), &entry))
			if entry.Seq != int64(i+1) {
				t.Errorf("entry %d has number %d", i, entry.Seq)
			}
		}
		first, err := s.Logs(t.Context(), store.LogFilter{Target: "device:0", Action: "ban.create"}, 0, 2)
		must(t, err)
		rest, err := s.Logs(t.Context(), store.LogFilter{Target: "device:0"}, first[len(first)-1].Seq, 2)
		must(t, err)
		var got []int64
		for _, entry := range append(first, rest...) {
			got = append(got, entry.Seq)
		}
		if !slices.Equal(got, []int64{5, 3, 1}) {
			t.Errorf("entries %v, want 5 3 1", got)
		}
	})
}

func TestErrorsNameWhatWasTried(t *testing.T) {
	s := storetest.Migrated(t, storetest.SQLite(t))
	_, err := s.Report(t.Context(), "none")
	if err == nil || !strings.HasPrefix(err.Error(), "store: report: ") {
		t.Errorf("error %v", err)
	}
}
