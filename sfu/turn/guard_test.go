package turn

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"omezle/models"
)

func at(addr string, tcp bool) source { return source{addr: netip.MustParseAddrPort(addr), tcp: tcp} }

func TestTheFirstAddressOfEachWayKeepsACredential(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	g := newGuard(DefaultConfig(), func() time.Time { return now })
	username, _ := NewCredentials(secret, 5*time.Minute).Issue(models.NewSessionID(), now)
	for _, step := range []struct {
		name string
		from source
		ok   bool
	}{
		{"the first", at("192.0.2.1:1000", false), true},
		{"another port of it", at("192.0.2.1:2000", false), true},
		{"another address", at("192.0.2.2:1000", false), false},
		{"TCP through a proxy", at("192.0.2.2:1000", true), true},
		{"TCP through another proxy", at("192.0.2.1:1000", true), false},
		{"IPv6", at("[2001:db8:0:1::1]:1", false), true},
		{"another address of the same /64", at("[2001:db8:0:1::2]:1", false), true},
		{"another /64", at("[2001:db8:0:2::1]:1", false), false},
	} {
		err := g.admits(username, step.from, true)
		if (err == nil) != step.ok || (err != nil && !errors.Is(err, ErrReused)) {
			t.Errorf("%s: %v", step.name, err)
		}
		if g.keep(username, step.from) != step.ok {
			t.Errorf("%s: kept %v", step.name, !step.ok)
		}
	}
	now = now.Add(5 * time.Minute)
	if err := g.admits(username, at("192.0.2.1:1000", false), true); !errors.Is(err, ErrExpired) {
		t.Errorf("when it ends: %v", err)
	}
	now = now.Add(sweepInterval)
	other, _ := NewCredentials(secret, 5*time.Minute).Issue(models.NewSessionID(), now)
	g.keep(other, at("192.0.2.9:1", false))
	if len(g.owners) != 1 {
		t.Errorf("%d credentials are remembered, want the one that has not expired", len(g.owners))
	}
}

func TestAnAllocationVouchesForItsOwnCredentialOnly(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	g := newGuard(DefaultConfig(), func() time.Time { return now })
	credentials := NewCredentials(secret, time.Minute)
	mine, _ := credentials.Issue(models.NewSessionID(), now)
	other, _ := credentials.Issue(models.NewSessionID(), now)
	here := at("192.0.2.1:1000", false)
	g.created(here, mine)
	now = now.Add(time.Hour)
	if err := g.admits(mine, here, false); err != nil {
		t.Errorf("a refresh: %v", err)
	}
	for name, err := range map[string]error{
		"a new allocation":     g.admits(mine, here, true),
		"another's credential": g.admits(other, here, false),
		"from another port":    g.admits(mine, at("192.0.2.1:1001", false), false),
		"over TCP":             g.admits(mine, at("192.0.2.1:1000", true), false),
	} {
		if !errors.Is(err, ErrExpired) {
			t.Errorf("%s: %v", name, err)
		}
	}
	g.deleted(here)
	if err := g.admits(mine, here, false); !errors.Is(err, ErrExpired) {
		t.Errorf("after its end: %v", err)
	}
}

func TestRoomIsGivenBackOnce(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxPerSession, cfg.MaxAllocations = 1, 2
	g := newGuard(cfg, time.Now)
	username, _ := NewCredentials(secret, time.Minute).Issue(models.NewSessionID(), time.Now())
	release, ok := g.acquire(username)
	if !ok || g.room(username) {
		t.Fatal("the bound of a session does not hold")
	}
	if _, ok := g.acquire(username); ok {
		t.Error("a second one was given")
	}
	release()
	release()
	if g.count() != 0 || len(g.perSession) != 0 || !g.room(username) {
		t.Errorf("%d are counted, of %d sessions", g.count(), len(g.perSession))
	}
}

// FuzzParse holds that no user name but one that Issue could have made is taken, and that none does harm.
func FuzzParse(f *testing.F) {
	good, _ := NewCredentials(secret, time.Minute).Issue(models.NewSessionID(), time.Unix(1_700_000_000, 0))
	for _, seed := range []string{good, "", ":", "1:", ":x", "-1:" + good[11:], good + "x", good + checkMark, good + checkMark + checkMark, "99999999999999999999:" + good[11:], "1700000000:" + good} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, username string) {
		said, err := parse(username)
		if err != nil {
			if !errors.Is(err, ErrForeign) {
				t.Errorf("%q: %v", username, err)
			}
			return
		}
		if again, err := models.ParseSessionID(string(said.session)); err != nil || again != said.session {
			t.Errorf("%q: session %q", username, said.session)
		}
	})
}
