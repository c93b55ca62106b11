package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"omezle/signaling/bus"
	"omezle/signaling/redisdb"
)

// Nodes looks at who is in the registry of a Redis. version is this program's; deadAfter is when a silent node counts as dead.
func Nodes(ctx context.Context, r *Report, db *redisdb.DB, version string, deadAfter time.Duration) []bus.Sighting {
	a := r.Area("nodes")
	if db == nil {
		a.Skip("list", "there is no shared Redis to find them in", "")
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	list, err := bus.Look(ctx, db.Client())
	if err != nil {
		a.Fail("list", err.Error(), "allow the user of redis_url the keys omezle:*")
		return nil
	}
	if len(list) == 0 {
		a.OK("list", "none is running")
		return nil
	}
	versions := map[string]bool{version: true}
	for _, n := range list {
		versions[cmp.Or(n.Version, "unknown")] = true
		judgeNode(a, n, deadAfter)
	}
	if len(versions) > 1 {
		a.Warn("versions", "several run together: "+strings.Join(sorted(versions), ", ")+"; this program is "+version,
			"right while an upgrade rolls, for as long as it takes; else bring all to one version")
	} else {
		a.OK("versions", "all run %s", version)
	}
	return list
}

func judgeNode(a *Area, n bus.Sighting, deadAfter time.Duration) {
	subject := string(n.ID)
	what := fmt.Sprintf("%s, %s, region %s, %d sessions, up %s", cmp.Or(n.Version, "version unknown"), cmp.Or(strings.Join(n.Roles, "+"), "no role told"),
		cmp.Or(n.Region, "none"), n.Sessions, short(max(0, n.Seen.Sub(n.Started))))
	switch {
	case n.Silent > deadAfter:
		a.Warn(subject, fmt.Sprintf("silent for %s: %s", short(n.Silent), what), "it died, or cannot reach Redis; the next node that beats clears it away")
		return
	case n.Draining:
		a.OK(subject, "draining: %s", what)
	default:
		a.OK(subject, "%s", what)
	}
	if skew, known := n.Skew(); known && skew.Abs() > farClock {
		judgeClock(a, subject, "its clock is", skew)
	}
}

func sorted(set map[string]bool) []string {
	var list []string
	for name := range set {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
