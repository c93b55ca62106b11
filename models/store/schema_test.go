package store_test

import (
	"bytes"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
)

// noon is the time of every test, in a zone and with a precision that no
// database keeps; stored is what must come back.
var (
	noon   = time.Date(2026, 11, 23, 14, 0, 0, 123_456_789, time.FixedZone("two east", 2*3600))
	stored = time.Date(2026, 11, 23, 12, 0, 0, 123_000_000, time.UTC)
)

// everyModel has a row of each table with every field filled, which
// TestEveryModelSurvivesTheDatabase checks.
func everyModel() []any {
	later := noon.Add(time.Hour)
	return []any{
		&models.Session{
			ID: models.NewSessionID(), Device: models.NewDeviceID(), IP: "2001:db8::1", Port: 65535, StartedAt: noon,
			EndedAt: &later, ConsentVersion: "2026-11", AgentClass: "firefox/desktop", Region: "eu", Pairs: 1, Messages: 2, Flagged: 3,
		},
		&models.Pair{
			ID: models.NewPairID(), A: models.PairSide{Session: models.NewSessionID(), Device: models.NewDeviceID()},
			B: models.PairSide{Session: models.NewSessionID(), Device: models.NewDeviceID()}, Mode: models.ModeVideo, Language: "es",
			Interests: []string{"música", `"quoted"`}, Route: models.RouteP2P, StartedAt: noon, EndedAt: &later,
			EndReason: models.EndNext, EndedBy: models.NewSessionID(), Messages: 4,
		},
		&models.IPStat{IP: "192.0.2.1", FirstSeen: noon, LastSeen: later, Sessions: 1, Messages: 1 << 40, Flagged: 3},
		func() any {
			report := newReport()
			report.Status, report.Resolution = models.ReportActioned, models.ResolutionBanned
			report.ResolvedBy, report.ResolvedAt = models.NewStaffID(), &later
			return report
		}(),
		&models.IPBlock{
			Blocker: models.NewDeviceID(), Blocked: models.NewDeviceID(), BlockerIP: "192.0.2.1", BlockedIP: "192.0.2.2",
			Pair: models.NewPairID(), At: noon,
		},
		&models.BannedIP{
			ID: models.NewBanID(), Kind: models.BanAddress, Target: "192.0.2.0/24", Severity: models.SeverityNoAccess, Reason: "spam",
			By: models.NewStaffID(), At: noon, ExpiresAt: &later, Active: true, Notes: "by hand",
		},
		&models.Flag{
			ID: models.NewFlagID(), Kind: models.FlagFrame, Session: models.NewSessionID(), Device: models.NewDeviceID(),
			Pair: models.NewPairID(), Rule: "nudity@3", Model: "mobilenet_v2_mid@1", Scores: map[string]float64{"Porn": 0.93, "Sexy": 1e-9},
			ClientScores: map[string]float64{"Porn": 0.99}, Route: models.RouteSFU, Actions: []models.Action{models.ActionStop, models.ActionWarn},
			Shadow: true, Timeline: []models.TimelineEvent{{At: noon.UTC(), What: "matched", Side: models.SideB}},
			State: models.FlagOpen, At: noon, ChangedAt: later, Version: 2, Reviewer: models.NewStaffID(), LeaseUntil: &later,
		},
		&models.Evidence{
			ID: models.NewEvidenceID(), Flag: models.NewFlagID(), Report: models.NewReportID(), Kind: models.EvidenceStill, MediaType: "image/webp",
			Size: 4711, Width: 640, Height: 480, Scores: map[string]float64{"Porn": 0.93}, PDQ: bytes.Repeat([]byte{7}, 32), Quality: 88,
			Key: []byte{0, 255}, MasterKey: "k1", At: noon, ExpiresAt: &later, Held: true, DestroyedAt: &later,
		},
		&models.Sighting{
			ID: models.NewSightingID(), Pair: models.NewPairID(), Reporter: models.NewSessionID(), ReporterDevice: models.NewDeviceID(),
			Accused: models.NewSessionID(), AccusedDevice: models.NewDeviceID(), Scores: map[string]float64{"Hentai": 0.8},
			Outcome: models.SightingRefuted, At: noon, SettledAt: &later,
		},
		&models.RuleCount{Rule: "nudity", Version: 3, Day: "2026-11-23", Shadow: true, Alarms: 1 << 40},
		&models.Decision{
			ID: models.NewDecisionID(), Flag: models.NewFlagID(), Report: models.NewReportID(), By: models.NewStaffID(),
			Outcome: models.OutcomeViolation, Action: models.ActionBan, Reason: "clear", At: noon,
		},
		&models.ModerationLog{
			Seq: 7, Action: "ban.create", Target: "device:x", Admin: models.NewStaffID(), Reason: "spam",
			Metadata: models.JSON(`{"b": 1,  "a": [2]}`), At: noon, PrevHash: []byte{0, 1}, Hash: []byte{2, 255},
		},
		&models.Staff{
			ID: models.NewStaffID(), Name: "ana", Role: models.RoleModerator, PasswordHash: "$argon2id$...", TOTPSecret: []byte{1, 0, 2},
			Disabled: true, At: noon,
		},
		&models.Policy{Name: "routes", Version: 3, Rules: models.JSON(`[]`), Note: "first", By: models.NewStaffID(), At: noon},
		&models.HashBank{Name: "own", Note: "by hand", By: models.NewStaffID(), At: noon},
		&models.Hash{Bank: "own", PDQ: bytes.Repeat([]byte{9}, 32), Quality: 77, Label: "a", At: noon},
		&models.Setting{Key: "words", Value: models.JSON(`"x"`), Version: 2, By: models.NewStaffID(), At: noon},
	}
}

func TestEveryModelSurvivesTheDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, row := range everyModel() {
			model := reflect.TypeOf(row).Elem()
			t.Run(model.Name(), func(t *testing.T) {
				for _, field := range fieldsOf(t, s.DB(), row) {
					if _, zero := field.ValueOf(t.Context(), reflect.ValueOf(row).Elem()); zero {
						t.Errorf("field %s is empty: this test would not notice its loss", field.Name)
					}
				}
				if err := s.DB().Create(row).Error; err != nil {
					t.Fatal(err)
				}
				got := reflect.New(model).Interface()
				if err := s.DB().Take(got).Error; err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, row) { // Create has cut the times in row
					t.Errorf("stored %+v\nread   %+v", row, got)
				}
			})
		}
	})
}

func TestTimesComeBackInUTCCutToMilliseconds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ban := newBan()
		ban.At = noon
		if err := s.CreateBan(t.Context(), ban); err != nil {
			t.Fatal(err)
		}
		bans, err := s.ActiveBans(t.Context(), noon)
		if err != nil || len(bans) != 1 {
			t.Fatalf("bans %v, err %v", bans, err)
		}
		if bans[0].At != stored {
			t.Errorf("time %v, want %v", bans[0].At, stored)
		}
	})
}

func TestSchemaAndModelsHaveTheSameColumns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, row := range everyModel() {
			var want, got []string
			for _, field := range fieldsOf(t, s.DB(), row) {
				want = append(want, field.DBName)
			}
			columns, err := s.DB().Migrator().ColumnTypes(row)
			if err != nil {
				t.Fatal(err)
			}
			for _, column := range columns {
				got = append(got, column.Name())
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%T: the model has %v\nthe schema has %v", row, want, got)
			}
		}
		tables, err := s.DB().Migrator().GetTables()
		if err != nil {
			t.Fatal(err)
		}
		tables = slices.DeleteFunc(tables, func(name string) bool { return name == "sqlite_sequence" })
		if want := len(everyModel()) + 1; len(tables) != want {
			t.Errorf("tables %v: want one for each of the %d models and one for the migrations", tables, want-1)
		}
	})
}

func fieldsOf(t *testing.T, db *gorm.DB, row any) []*schema.Field {
	t.Helper()
	parsed, err := schema.Parse(row, &sync.Map{}, db.NamingStrategy)
	if err != nil {
		t.Fatal(err)
	}
	var fields []*schema.Field
	for _, field := range parsed.Fields {
		if field.DBName != "" {
			fields = append(fields, field)
		}
	}
	return fields
}

func TestMigrationsCanBeUndoneToNothingAndDoneAgain(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		wantVersion(t, s, "")
		for range 2 {
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantVersion(t, s, store.Newest())
			for {
				before, err := s.Version(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if before == "" {
					break
				}
				if err := s.Rollback(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			tables, err := s.DB().Migrator().GetTables()
			if err != nil {
				t.Fatal(err)
			}
			for _, table := range tables {
				if table != "schema_migrations" && table != "sqlite_sequence" {
					t.Errorf("table %s is left", table)
				}
			}
		}
		wantErr(t, s.Rollback(t.Context()), store.ErrNoMigration)
	})
}

func TestNodesThatStartTogetherMigrateOnce(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		var nodes []*store.Store
		for range 6 {
			nodes = append(nodes, storetest.Open(t, url))
		}
		errs := make(chan error)
		for _, node := range nodes {
			go func() { errs <- node.Migrate(t.Context()) }()
		}
		for range nodes {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		wantVersion(t, nodes[0], store.Newest())
	})
}

func wantVersion(t *testing.T, s *store.Store, want string) {
	t.Helper()
	got, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("version %q, want %q", got, want)
	}
}
