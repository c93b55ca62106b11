package route

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"omezle/models"
)

// shelf is a store with room for the newest version only.
type shelf struct{ newest models.Policy }

func (s *shelf) Newest(context.Context) (models.Policy, error) { return s.newest, nil }

func (s *shelf) Append(_ context.Context, policy *models.Policy) error {
	policy.Version++
	s.newest = *policy
	return nil
}

func TestTheKeeperDecidesByTheVersionInForce(t *testing.T) {
	k := NewKeeper(&shelf{}, func(int) {}, slog.New(slog.DiscardHandler))
	if d := k.Decide(facts()); d.Route != p2p || d.Version != 0 {
		t.Errorf("by default: %+v", d)
	}
	if _, err := k.Set(t.Context(), []byte(`{}`), 0, "x", "operator"); err == nil || !strings.Contains(err.Error(), "format: is missing") {
		t.Errorf("got %v", err)
	}
	document, err := Ready(RelayEverything)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Set(t.Context(), document, 0, "we look at everything", "operator"); err != nil {
		t.Fatal(err)
	}
	if d := k.Decide(facts()); d.Route != sfu || d.Version != 1 {
		t.Errorf("by what was set: %+v", d)
	}
}
